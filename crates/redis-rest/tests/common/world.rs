//! Environments for tests: one whose time passes only in `sleep`, and the real one.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use redis_rest::Environment;

/// Time stands still except in `sleep`, which takes none. Chance is always the same.
#[derive(Debug, Default)]
pub(crate) struct Still {
    pub(crate) now: Cell<u64>,
    pub(crate) chance: Cell<f64>,
    pub(crate) slept: RefCell<Vec<u64>>,
}

impl Still {
    pub(crate) fn with_chance(chance: f64) -> Self {
        Self { chance: Cell::new(chance), ..Self::default() }
    }
}

impl Environment for &Still {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn random(&self) -> f64 {
        self.chance.get()
    }

    async fn sleep(&self, ms: u64) {
        self.slept.borrow_mut().push(ms);
        self.now.set(self.now.get() + ms);
    }
}

/// Real time, from when it was made. Waits are as short as can be.
#[derive(Debug)]
pub(crate) struct Real {
    since: tokio::time::Instant,
}

impl Real {
    pub(crate) fn new() -> Self {
        Self { since: tokio::time::Instant::now() }
    }
}

impl Environment for Real {
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap()
    }

    fn random(&self) -> f64 {
        0.0
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
