//! A timer that can be dropped: a pending one keeps the object in memory, billed.

use std::time::Duration;

use futures_util::future::{AbortHandle, abortable};
use presence::time::Millis;
use wasm_bindgen_futures::spawn_local;
use worker::Delay;

use super::clock;

/// Dropping it clears the platform's timer.
pub(crate) struct Timer(AbortHandle);

impl Timer {
    /// Runs `fired` at `at`.
    pub(crate) fn start(at: Millis, fired: impl FnOnce() + 'static) -> Self {
        let (delay, handle) = abortable(until(at));
        spawn_local(async move {
            if delay.await.is_ok() {
                fired();
            }
        });
        Self(handle)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Waits until `at`, at most the platform's longest timer.
pub(crate) fn until(at: Millis) -> Delay {
    let longest = i64::from(i32::MAX);
    let wait = at.since(clock::now()).clamp(0, longest);
    Delay::from(Duration::from_millis(wait as u64))
}
