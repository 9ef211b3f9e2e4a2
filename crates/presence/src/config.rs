//! The settings that the domain needs, already validated.

use serde::{Deserialize, Serialize};

use crate::mirror::Refresh;
use crate::outbox::{Publishing, WhenFull};

/// Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubConfig {
    /// `SESSION_TTL`: an attached session ends this long after its last proof of life.
    pub session_ttl: i64,
    /// `HEARTBEAT_INTERVAL`: how often clients are told to beat.
    pub heartbeat: i64,
    /// `OFFLINE_GRACE`: a closed session may be resumed for this long.
    pub offline_grace: i64,
    /// `SUBSCRIPTION_TTL`: a lease outlives its subscriber's last session by this much.
    pub subscription_ttl: i64,
    /// `MAX_SESSIONS_PER_USER`.
    pub max_sessions: usize,
    /// `MAX_SUBSCRIPTIONS_PER_USER`.
    pub max_subscriptions: i64,
    /// `MAX_SUBSCRIBERS_PER_USER`.
    pub max_subscribers: i64,
    /// `COALESCE_MS`: changes that come within it after one was sent go out as one frame.
    pub coalesce: i64,
    /// `REDIS_REFRESH`.
    #[serde(default)]
    pub refresh: Refresh,
    /// Whether events are published.
    #[serde(default)]
    pub publishing: Publishing,
    /// `OUTBOX_FULL`.
    #[serde(default)]
    pub when_full: WhenFull,
}

impl Default for HubConfig {
    fn default() -> Self {
        Self {
            session_ttl: 60_000,
            heartbeat: 25_000,
            offline_grace: 10_000,
            subscription_ttl: 3_600_000,
            max_sessions: 16,
            max_subscriptions: 1000,
            max_subscribers: 10_000,
            coalesce: 200,
            refresh: Refresh::Off,
            publishing: Publishing::Off,
            when_full: WhenFull::Block,
        }
    }
}

/// A socket that sent nothing for this long after it opened is closed with 4000.
pub const FIRST_FRAME: i64 = 10_000;
/// How long after it was sent an internal call may still be taken (rules, 5).
pub const CALL_LIFETIME: i64 = 10_000;
/// How long a tombstone of an edge stays. It must for longer than any call may travel (rules, 5); it
/// does for so long that a subscriber who comes back the next morning, or after a weekend, finds its
/// row and its slot: taking it away and making both anew would be two rows more.
pub const TOMBSTONE: i64 = 72 * 3_600_000;
/// How much earlier than the last proof of life a new socket asks (rules, 9): clocks of two hubs differ.
pub const SINCE_SLACK: i64 = 5_000;
/// How long a `clientMessageId` is remembered, and how long a message is still owed.
pub const MESSAGE_MEMORY: i64 = 3_600_000;
/// Work under way is looked at again after this long, whatever happened (rules, 21).
pub const BACKSTOP: i64 = 60_000;
/// How long a change waits for more before Redis is told.
pub const MIRROR_DELAY: i64 = 250;
/// How long after a flush that an older one may still overwrite it is repeated (rules, 18).
pub const REPEAT_FLUSH: i64 = 60_000;
/// Where keys live for a day: how often a live user's are all written anew (rules, 20).
pub const MIRROR_FULL: i64 = 12 * 3_600_000;
/// How many events an outbox may hold.
pub const MOST_EVENTS: usize = 2_000;
/// The longest wait between two tries of a follower.
pub const MAX_BACKOFF: i64 = 300_000;
/// Calls under way at once, a hub.
pub const CALLS_AT_ONCE: usize = 16;
/// Calls an invocation may start (the platform allows 1,000 subrequests; rules, 24).
pub const CALLS_PER_TURN: usize = 500;
