//! What a run or a pass did, in numbers.

use std::ops::AddAssign;

use presence::outbox::{OutboxState, Topic};
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
    /// How the events of all who were looked at stand.
    #[serde(skip_serializing_if = "OutboxCounts::is_empty")]
    pub outbox: OutboxCounts,
}

/// Events on their way to Kafka (H4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OutboxCounts {
    /// Events that were not confirmed yet.
    pub waiting: u64,
    /// The longest that one of them had waited, in milliseconds.
    pub lag_ms: u64,
    /// Users whose lane of that topic was held: it takes nothing from us, or is not there.
    pub held: HeldCounts,
    /// Users whose outbox was full.
    pub full: u64,
    /// Events that were refused for good.
    pub dead_letters: u64,
}

/// Users by lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HeldCounts {
    /// Online, offline, changed.
    pub presence: u64,
    /// Sessions.
    pub session: u64,
    /// Subscriptions.
    pub subscription: u64,
    /// Messages.
    pub message: u64,
}

impl HeldCounts {
    fn of(topic: Topic) -> Self {
        let none = Self::default();
        match topic {
            Topic::Presence => Self { presence: 1, ..none },
            Topic::Session => Self { session: 1, ..none },
            Topic::Subscription => Self { subscription: 1, ..none },
            Topic::Message => Self { message: 1, ..none },
        }
    }
}

impl AddAssign for HeldCounts {
    fn add_assign(&mut self, more: Self) {
        self.presence += more.presence;
        self.session += more.session;
        self.subscription += more.subscription;
        self.message += more.message;
    }
}

impl OutboxCounts {
    /// Nothing waits and nothing was refused.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One user's.
impl From<&OutboxState> for OutboxCounts {
    fn from(state: &OutboxState) -> Self {
        let mut held = HeldCounts::default();
        state.held.iter().for_each(|topic| held += HeldCounts::of(*topic));
        Self {
            waiting: state.waiting.max(0) as u64,
            lag_ms: state.lag.max(0) as u64,
            held,
            full: u64::from(state.full),
            dead_letters: state.dead_letters.max(0) as u64,
        }
    }
}

impl AddAssign for OutboxCounts {
    fn add_assign(&mut self, more: Self) {
        self.waiting += more.waiting;
        self.lag_ms = self.lag_ms.max(more.lag_ms);
        self.held += more.held;
        self.full += more.full;
        self.dead_letters += more.dead_letters;
    }
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
        self.outbox += more.outbox;
    }
}

impl Counts {
    /// Nothing was looked at, and nothing failed: not worth a line in the log.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
