//! Typed calls to a hub: between hubs, and from the Worker on behalf of a REST request. Shared by
//! caller and callee; all idempotent; JSON over an internal `fetch` at the edge.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::errors::Refusal;
use crate::ids::{MessageId, SessionId, UserId};
use crate::mirror::Digest;
use crate::state::{Presence, Scope, Session, Status};
use crate::store::MAX_INTEGER;
use crate::time::Millis;

/// The envelope of every call: whose hub is meant, and until when it may be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HubCall {
    /// Whose hub: an object does not know its own name for certain.
    pub user: UserId,
    /// Refused with `too_late` after this (rules, 5).
    pub not_after: Millis,
    /// For log lines; of the request that caused this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What is asked.
    pub request: HubRequest,
}

/// Who looks at a presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Viewer {
    /// The user's own devices: sees everything.
    Owner,
    /// Somebody else: sees what the target lets them.
    User(UserId),
    /// A trusted back end (`admin`, `service`): sees what everyone may see.
    Service,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// How many at most.
    pub limit: i64,
    /// The last id of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<UserId>,
}

/// What a hub can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum HubRequest {
    /// Subscriber → target: hold this edge, wake it, and tell me what changed. → `Watched`
    Watch {
        /// Who watches.
        subscriber: UserId,
        /// The edge's generation (rules, 5).
        #[serde(deserialize_with = "storable")]
        generation: i64,
        /// Answer with the state only if something changed since; absent: always.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Millis>,
    },
    /// Subscriber → target: end this edge. → `Unwatched`
    Unwatch {
        /// Who watched.
        subscriber: UserId,
        /// The edge's generation.
        #[serde(deserialize_with = "storable")]
        generation: i64,
    },
    /// Target → subscriber: this is my newest state. → `Notified`
    Notify {
        /// The edge's generation as the target has it.
        generation: i64,
        /// The state, projected for this subscriber.
        presence: Presence,
    },
    /// Sender → recipient: pass this on to your sockets. → `Delivered`
    Deliver {
        /// A message or a typing indicator.
        parcel: Parcel,
    },
    /// How this user looks to `viewer`. → `Presence`
    Presence {
        /// Who asks.
        viewer: Viewer,
    },
    /// Look at your deadlines, and say what Redis should say. → `Swept`
    Sweep,
    /// Redis does not say what it should: write everything anew, and take away these sessions if they
    /// are not yours. → `Done`
    Mirror {
        /// Found in Redis.
        #[serde(default)]
        strays: Vec<SessionId>,
    },
    /// REST subscribe. → `Outcomes`
    Subscribe {
        /// User ids as received: a bad one fails alone.
        targets: Vec<String>,
    },
    /// REST unsubscribe. → `Outcomes`
    Unsubscribe {
        /// User ids as received.
        targets: Vec<String>,
    },
    /// Whom I watch. → `Subscriptions`
    Subscriptions {
        /// Which page.
        page: Page,
    },
    /// Who watches me. → `Subscribers`
    Subscribers {
        /// Which page.
        page: Page,
    },
    /// Whether I watch `target`. → `SubscribedTo`
    SubscribedTo {
        /// Who may be watched.
        target: UserId,
    },
    /// My sessions. → `Sessions`
    Sessions,
    /// One of my sessions. → `Session`, or refused with `session_not_found`
    Session {
        /// Which.
        session: SessionId,
    },
    /// End one of my sessions. → `Done`, or refused with `session_not_found`
    Revoke {
        /// Which.
        session: SessionId,
    },
    /// Set my status. → `Presence` (as the owner sees it)
    SetStatus(SetStatus),
    /// Whether I hold the edge of `subscriber`. → `Held`
    Holds {
        /// Who may watch me.
        subscriber: UserId,
    },
    /// I watch `target` and it does not hold the edge, or the other way round: tell it again. → `Done`
    Reassert {
        /// The other end.
        target: UserId,
        /// The generation that it knows.
        #[serde(deserialize_with = "storable")]
        above: i64,
    },
    /// What `request`, which only reads, would be answered, without the turn that every other request
    /// is: nothing ends that is over, and nothing is written. → as `request`
    Peek {
        /// `Sweep`, a list, `SubscribedTo` or `Holds`.
        request: Box<HubRequest>,
    },
}

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

/// What a hub answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum HubResponse {
    /// To `Sweep`.
    Swept(Digest),
    /// To `Watch`.
    Watched {
        /// The highest generation that the target knows of this subscriber.
        #[serde(deserialize_with = "storable")]
        generation: i64,
        /// Whether the edge is held.
        watching: bool,
        /// The state, if it was asked for or changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        presence: Option<Presence>,
    },
    /// To `Unwatch`.
    Unwatched,
    /// To `Notify`.
    Notified {
        /// Whether the subscriber still wants this edge.
        watching: bool,
        /// Whether it has a socket to pass it on to.
        awake: bool,
    },
    /// To `Deliver`.
    Delivered {
        /// How many open sockets it was written to, as far as the sender may know.
        sessions: i64,
    },
    /// To `Presence` and `SetStatus`.
    Presence(Presence),
    /// Nothing more to say.
    Done,
    /// To `Subscribe` and `Unsubscribe`.
    Outcomes {
        /// One an entry, each distinct target once.
        results: Vec<TargetOutcome>,
    },
    /// To `Subscriptions`.
    Subscriptions {
        /// The page.
        subscriptions: Vec<Subscription>,
        /// The total.
        count: i64,
        /// Ask for what comes after it; absent at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<UserId>,
    },
    /// To `Subscribers`.
    Subscribers {
        /// The page.
        subscribers: Vec<Subscriber>,
        /// The total.
        count: i64,
        /// Ask for what comes after it; absent at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<UserId>,
    },
    /// To `SubscribedTo`.
    SubscribedTo {
        /// Whether.
        subscribed: bool,
        /// `active` or `none`.
        status: SubscriptionStatus,
        /// When it would end if the subscriber were away from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Millis>,
    },
    /// To `Sessions`.
    Sessions {
        /// All of them, oldest first.
        sessions: Vec<Session>,
    },
    /// To `Session`.
    Session(Session),
    /// To `Holds`.
    Held {
        /// Whether.
        held: bool,
        /// The highest generation known of that subscriber, also of an edge that has ended.
        #[serde(deserialize_with = "storable")]
        generation: i64,
    },
}

/// The answer on the wire: the response, or why it was refused.
pub type HubAnswer = Result<HubResponse, Refusal>;

/// A number that storage takes: a call with another one is no call, and never reaches a turn.
fn storable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = i64::deserialize(deserializer)?;
    if number.unsigned_abs() > MAX_INTEGER as u64 {
        return Err(de::Error::custom("a number beyond ±2^53"));
    }
    Ok(number)
}

#[cfg(test)]
mod tests;
