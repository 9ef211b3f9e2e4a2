//! What a run or a pass did, in numbers.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Counts of one run or of one pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Counts {
    /// Users that were looked at.
    pub scanned: u64,
    /// Edges that were looked at, from either end.
    pub edges: u64,
    /// Sessions and leases that were over, and that nobody had noticed.
    pub expired: u64,
    /// Differences that were there at a second look too.
    pub drifted: u64,
    /// Of those, how many were handed to their hub for repair; in a dry run, would have been.
    pub repaired: u64,
    /// Users whose hub was about to write to Redis anyway: no difference yet.
    pub pending: u64,
    /// Hubs, shards and edges that did not answer, and were passed over.
    pub failed: u64,
    /// Users whom Redis was not asked about, or not in vain.
    pub unread: u64,
    /// The longest that something had been waiting to be mirrored, in milliseconds.
    pub lag: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.scanned += more.scanned;
        self.edges += more.edges;
        self.expired += more.expired;
        self.drifted += more.drifted;
        self.repaired += more.repaired;
        self.pending += more.pending;
        self.failed += more.failed;
        self.unread += more.unread;
        self.lag = self.lag.max(more.lag);
    }
}

impl Counts {
    /// Nothing was looked at, and nothing failed: not worth a line in the log.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
