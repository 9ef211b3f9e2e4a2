//! A bell that tasks of one object wait for.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Counts how often it rang, so that nobody misses a ring between looking and waiting.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Cell<u64>,
    waiting: RefCell<Vec<Waker>>,
}

impl Bell {
    /// Wakes all who wait.
    pub(crate) fn ring(&self) {
        self.rung.set(self.rung.get() + 1);
        let waiting = self.waiting.take();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// How often it rang so far.
    pub(crate) fn rung(&self) -> u64 {
        self.rung.get()
    }

    /// Ends when it has rung more often than that.
    pub(crate) fn after(&self, rung: u64) -> impl Future<Output = ()> + Unpin {
        Box::pin(poll_fn(move |context| {
            if self.rung.get() > rung {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        }))
    }
}
