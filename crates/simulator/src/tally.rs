//! What is billed, counted where it happens: rows in the store, everything else in the interpreter of
//! effects. The bill multiplies these by prices; nothing else raises them.

use std::collections::BTreeMap;

/// A table, and what its hub was doing when it wrote there: `("meta", "connect")`.
pub type Origin = (&'static str, &'static str);

/// What an alarm is called among the rows: setting one writes a row.
pub const ALARM: &str = "setAlarm";

/// Counts since the run began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Requests to objects, by kind: `connect`, `alarm`, `close`, calls by their names, `register`. A
    /// `watch` of an edge that its target holds already is a `snapshot`.
    pub requests: BTreeMap<&'static str, u64>,
    /// Requests to the Worker: REST, and upgrades.
    pub worker: u64,
    /// Frames from clients that reached an object (beats do not): twenty are one request.
    pub frames: u64,
    /// Rows written, alarms too, by where they come from.
    pub rows: BTreeMap<Origin, u64>,
    /// Rows written by statements.
    pub rows_written: u64,
    /// Rows that statements read: those returned, and those looked at by scans.
    pub rows_read: u64,
    /// Alarms set: one written row each.
    pub alarms_set: u64,
    /// Handlers run, answers to calls and timers included.
    pub turns: u64,
    /// Turns that found their hub out of memory.
    pub woken: u64,
    /// Commands to Redis, by what the hub was doing: each of a transaction is billed.
    pub commands: BTreeMap<&'static str, u64>,
    /// Transactions that they came in.
    pub flushes: u64,
    /// Batches of events, by what the hub was doing: each is a request to the bridge.
    pub batches: BTreeMap<&'static str, u64>,
    /// Events in them.
    pub records: u64,
    /// Milliseconds in which hubs could not hibernate since a call was out.
    pub calling_ms: u64,
    /// Milliseconds in which only a timer kept hubs from it.
    pub timer_ms: u64,
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

    /// A turn was run and wrote these rows.
    pub(crate) fn turn(&mut self, cause: &'static str, rows: &Rows) {
        self.turns += 1;
        self.rows_read += rows.read;
        for (table, count) in &rows.written {
            self.rows_written += count;
            *self.rows.entry((table, cause)).or_default() += count;
        }
    }

    pub(crate) fn alarm_set(&mut self, cause: &'static str) {
        self.alarms_set += 1;
        *self.rows.entry((ALARM, cause)).or_default() += 1;
    }

    pub(crate) fn flush(&mut self, cause: &'static str, commands: usize) {
        self.flushes += 1;
        *self.commands.entry(cause).or_default() += commands as u64;
    }

    pub(crate) fn publish(&mut self, cause: &'static str, records: usize) {
        *self.batches.entry(cause).or_default() += 1;
        self.records += records as u64;
    }

    /// A hub could not hibernate for so long.
    pub(crate) fn awake(&mut self, calling: bool, ms: i64) {
        let counter = if calling { &mut self.calling_ms } else { &mut self.timer_ms };
        *counter += ms.max(0) as u64;
    }

    /// What was counted since an earlier look.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            requests: less(&self.requests, &earlier.requests),
            worker: self.worker - earlier.worker,
            frames: self.frames - earlier.frames,
            rows: less(&self.rows, &earlier.rows),
            rows_written: self.rows_written - earlier.rows_written,
            rows_read: self.rows_read - earlier.rows_read,
            alarms_set: self.alarms_set - earlier.alarms_set,
            turns: self.turns - earlier.turns,
            woken: self.woken - earlier.woken,
            commands: less(&self.commands, &earlier.commands),
            flushes: self.flushes - earlier.flushes,
            batches: less(&self.batches, &earlier.batches),
            records: self.records - earlier.records,
            calling_ms: self.calling_ms - earlier.calling_ms,
            timer_ms: self.timer_ms - earlier.timer_ms,
        }
    }
}

fn less<K: Ord + Copy>(now: &BTreeMap<K, u64>, then: &BTreeMap<K, u64>) -> BTreeMap<K, u64> {
    now.iter().map(|(key, count)| (*key, count - then.get(key).copied().unwrap_or(0))).collect()
}

/// Rows of one turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Written, by table.
    pub written: BTreeMap<&'static str, u64>,
    /// Read.
    pub read: u64,
}

impl Rows {
    /// Written, in all.
    pub fn all_written(&self) -> u64 {
        self.written.values().sum()
    }
}
