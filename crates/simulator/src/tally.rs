//! What is billed, counted where it happens: rows in the store, everything else in the interpreter of
//! effects. The bill multiplies these by prices; nothing else raises them.

use std::collections::BTreeMap;

/// Counts since the run began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Requests to objects, by kind: `connect`, `alarm`, `close`, calls by their names, `register`.
    pub requests: BTreeMap<&'static str, u64>,
    /// Requests to the Worker: REST, and upgrades.
    pub worker: u64,
    /// Frames from clients that reached an object (beats do not): twenty are one request.
    pub frames: u64,
    /// Rows written by statements.
    pub rows_written: u64,
    /// Rows returned by statements: what SQLite read to find them is not known here.
    pub rows_read: u64,
    /// Alarms set: one written row each.
    pub alarms_set: u64,
}

impl Tally {
    pub(crate) fn request(&mut self, kind: &'static str) {
        *self.requests.entry(kind).or_default() += 1;
    }

    pub(crate) fn worker_request(&mut self) {
        self.worker += 1;
    }

    pub(crate) fn frame(&mut self) {
        self.frames += 1;
    }

    pub(crate) fn rows(&mut self, written: u64, read: u64) {
        self.rows_written += written;
        self.rows_read += read;
    }

    pub(crate) fn alarm_set(&mut self) {
        self.alarms_set += 1;
    }

    /// What was counted since an earlier look.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let before = |kind: &&'static str| earlier.requests.get(*kind).copied().unwrap_or(0);
        let requests =
            self.requests.iter().map(|(kind, count)| (*kind, count - before(&kind))).collect();
        Self {
            requests,
            worker: self.worker - earlier.worker,
            frames: self.frames - earlier.frames,
            rows_written: self.rows_written - earlier.rows_written,
            rows_read: self.rows_read - earlier.rows_read,
            alarms_set: self.alarms_set - earlier.alarms_set,
        }
    }
}
