//! What is worth a line in the log.

use serde::Serialize;

use crate::ids::SessionId;
use crate::ids::UserId;
use crate::outbox::Topic;
use crate::state::EndReason;
use crate::state::Protocol;

/// One structured log line; no tokens, no content.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all_fields = "camelCase")]
pub enum LogEntry {
    /// L1.
    #[serde(rename = "session.started")]
    SessionStarted {
        /// Whose.
        user_id: UserId,
        /// Which.
        session_id: SessionId,
        /// What it speaks.
        protocol: Protocol,
    },
    /// L1.
    #[serde(rename = "session.resumed")]
    SessionResumed {
        /// Whose.
        user_id: UserId,
        /// Which.
        session_id: SessionId,
    },
    /// L1.
    #[serde(rename = "session.ended")]
    SessionEnded {
        /// Whose.
        user_id: UserId,
        /// Which.
        session_id: SessionId,
        /// Why.
        reason: EndReason,
        /// How long after its deadline it was noticed.
        late_ms: i64,
    },
    /// L2.
    #[serde(rename = "presence.changed")]
    PresenceChanged {
        /// Whose.
        user_id: UserId,
        /// As the owner sees it.
        status: crate::state::Status,
        /// Whether.
        online: bool,
        /// Whether others see it.
        visible: bool,
        /// The owner's count.
        revision: i64,
        /// What others count.
        version: i64,
    },
    /// L3.
    #[serde(rename = "subscription.created")]
    SubscriptionCreated {
        /// Who watches.
        user_id: UserId,
        /// How many in this turn.
        count: usize,
    },
    /// L3.
    #[serde(rename = "subscription.ended")]
    SubscriptionEnded {
        /// Who watched.
        user_id: UserId,
        /// How many in this turn.
        count: usize,
        /// Why.
        reason: crate::events::SubscriptionEnd,
    },
    /// Storage refused; the turn as a whole was undone.
    #[serde(rename = "turn.undone")]
    TurnUndone {
        /// Whose.
        user_id: UserId,
        /// What storage said.
        detail: String,
    },
    /// An event will never be taken; a placeholder stands in its place.
    #[serde(rename = "event.refused")]
    EventRefused {
        /// Whose.
        user_id: UserId,
        /// Where to.
        topic: Topic,
        /// What was said.
        reason: String,
    },
    /// The outbox was full, and the oldest events gave way.
    #[serde(rename = "events.dropped")]
    EventsDropped {
        /// Whose.
        user_id: UserId,
        /// How many.
        count: usize,
    },
    /// A user had too many dead letters, and the oldest are gone.
    #[serde(rename = "dead_letters.dropped")]
    DeadLettersDropped {
        /// Whose.
        user_id: UserId,
        /// How many.
        count: i64,
    },
    /// A refused command.
    #[serde(rename = "command.refused")]
    Refused {
        /// Whose.
        user_id: UserId,
        /// Which code.
        code: crate::errors::ErrorCode,
    },
}
