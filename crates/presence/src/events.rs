//! What other systems are told: one typed value a change, made in the transaction of the change.

use serde::{Deserialize, Serialize};

use crate::ids::{MessageId, UserId};
use crate::state::{EndReason, Presence, Session};
use crate::time::Millis;

/// Why a subscription ended (contract §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionEnd {
    /// The subscriber said so.
    Unsubscribed,
    /// Its lease ended.
    Expired,
    /// The target refused.
    Denied,
}

/// An event's type and data (contract §5). Events of one transaction share a `revision`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data", rename_all_fields = "camelCase")]
pub enum EventKind {
    /// Topic `presence-events`: the first session began.
    #[serde(rename = "rollcall.presence.online")]
    Online {
        /// As the owner sees it.
        presence: Presence,
        /// Whether others see it.
        visible: bool,
    },
    /// Topic `presence-events`: the last session ended.
    #[serde(rename = "rollcall.presence.offline")]
    Offline {
        /// As the owner sees it.
        presence: Presence,
        /// Whether others see it.
        visible: bool,
    },
    /// Topic `presence-events`: anything else in it changed.
    #[serde(rename = "rollcall.presence.changed")]
    Changed {
        /// As the owner sees it.
        presence: Presence,
        /// Whether others see it.
        visible: bool,
    },
    /// Topic `session-events`.
    #[serde(rename = "rollcall.session.started")]
    SessionStarted {
        /// Which.
        session: Session,
        /// Whether others see this user.
        visible: bool,
    },
    /// Topic `session-events`.
    #[serde(rename = "rollcall.session.ended")]
    SessionEnded {
        /// Which.
        session: Session,
        /// Why.
        reason: EndReason,
        /// Whether others see this user.
        visible: bool,
    },
    /// Topic `subscription-events`.
    #[serde(rename = "rollcall.subscription.created")]
    SubscriptionCreated {
        /// Who is watched.
        target: UserId,
        /// Whether others see this user.
        visible: bool,
    },
    /// Topic `subscription-events`.
    #[serde(rename = "rollcall.subscription.ended")]
    SubscriptionEnded {
        /// Who was watched.
        target: UserId,
        /// Why.
        reason: SubscriptionEnd,
        /// Whether others see this user.
        visible: bool,
    },
    /// Topic `message-events`.
    #[serde(rename = "rollcall.message.sent")]
    MessageSent {
        /// Its id.
        message_id: MessageId,
        /// The sender's own.
        client_message_id: Option<String>,
        /// All recipients.
        to: Vec<UserId>,
        /// Any JSON.
        content: serde_json::Value,
        /// Whether others see this user.
        visible: bool,
    },
}

/// One event of one user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Whose.
    pub user: UserId,
    /// When.
    pub time: Millis,
    /// The owner's count of changes at that time.
    pub revision: i64,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}
