//! What the object did since it woke: for development and tests, where beats must wake nothing.

use std::cell::Cell;
use std::rc::Rc;

use presence::time::Millis;
use serde::Serialize;

/// Counters in memory.
#[derive(Default)]
pub(super) struct Stats {
    pub(super) frames: Counter,
    pub(super) closes: Counter,
    pub(super) alarms: Counter,
    pub(super) calls: Counter,
    pub(super) answers: Counter,
    pub(super) timers: Counter,
    pub(super) flushes: Counter,
    pub(super) publishes: Counter,
    pub(super) written: Rc<Cell<u64>>,
}

/// One of them.
#[derive(Default)]
pub(super) struct Counter(Cell<u64>);

impl Counter {
    pub(super) fn count(&self) {
        self.0.set(self.0.get() + 1);
    }
}

/// The body of `GET /stats`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    woken_at: Millis,
    frames: u64,
    closes: u64,
    alarms: u64,
    calls: u64,
    answers: u64,
    timers: u64,
    flushes: u64,
    publishes: u64,
    rows_written: u64,
}

impl Stats {
    pub(super) fn report(&self, woken_at: Millis) -> Report {
        Report {
            woken_at,
            frames: self.frames.0.get(),
            closes: self.closes.0.get(),
            alarms: self.alarms.0.get(),
            calls: self.calls.0.get(),
            answers: self.answers.0.get(),
            timers: self.timers.0.get(),
            flushes: self.flushes.0.get(),
            publishes: self.publishes.0.get(),
            rows_written: self.written.get(),
        }
    }
}
