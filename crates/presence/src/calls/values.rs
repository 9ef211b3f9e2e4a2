//! What calls carry: statuses, messages, outcomes and entries of lists.

use serde::{Deserialize, Serialize};

use crate::errors::Refusal;
use crate::ids::{MessageId, SessionId, UserId};
use crate::state::{Presence, Scope, Status};
use crate::time::Millis;

/// A status to set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetStatus {
    /// `ONLINE`, `AWAY`, `BUSY` or `INVISIBLE`; `OFFLINE` is refused.
    pub status: Status,
    /// At most 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The user's, or one session's.
    #[serde(default)]
    pub scope: Scope,
    /// Which session, where the scope is `device` and no socket says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
}

/// What goes from a sender to a recipient's sockets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Parcel {
    /// A message.
    Message(Message),
    /// Somebody types.
    Typing {
        /// Who.
        from: UserId,
        /// Began or stopped.
        typing: bool,
    },
}

/// A message as every device of a recipient receives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Devices drop repeats by it.
    pub message_id: MessageId,
    /// The sender's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// The sender.
    pub from: UserId,
    /// All recipients.
    pub to: Vec<UserId>,
    /// Any JSON of at most 16 KiB.
    pub content: serde_json::Value,
    /// When the sender's hub took it.
    pub sent_at: Millis,
}

/// How one entry of a subscribe or unsubscribe went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A new subscription.
    Subscribed,
    /// It was there; its time runs afresh.
    Refreshed,
    /// Awaits the target's approval.
    Requested,
    /// The target refused.
    Denied,
    /// Nothing was written.
    Failed,
    /// It was there and has ended.
    Unsubscribed,
    /// It was not there.
    NotSubscribed,
}

/// One entry of the answer to subscribe or unsubscribe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetOutcome {
    /// The id as received, or its canonical form.
    pub target_user_id: String,
    /// How it went.
    pub outcome: Outcome,
    /// When it would end if the subscriber were away from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
    /// The target's presence, where it answered in time (added by the Worker).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Refusal>,
}

/// One of the users that somebody watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Who is watched.
    pub user_id: UserId,
    /// Since when.
    pub since: Millis,
    /// When it would end if the subscriber were away from now on.
    pub expires_at: Millis,
    /// `active`.
    pub status: SubscriptionStatus,
    /// Added by the Worker, where the target answered in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
}

/// The state of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionStatus {
    /// Watching.
    Active,
    /// Not subscribed.
    None,
}

/// One of the users who watch somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscriber {
    /// Who watches.
    pub user_id: UserId,
    /// Since when.
    pub since: Millis,
    /// Whether they would be told now. The hub says "not asleep"; the Worker asks the subscriber's
    /// own hub, so that it never shows more than their presence does.
    pub watching_now: bool,
}
