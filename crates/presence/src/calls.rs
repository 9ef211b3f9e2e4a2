//! Typed calls to a hub: between hubs, and from the Worker on behalf of a REST request. Shared by
//! caller and callee; all idempotent; JSON over an internal `fetch` at the edge.

mod values;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::errors::Refusal;
use crate::ids::{SessionId, UserId};
use crate::mirror::Digest;
use crate::outbox::{DeadLetter, OutboxState, Replay};
use crate::state::{Presence, Session};
use crate::store::MAX_INTEGER;
use crate::time::Millis;

pub use values::{
    Message, Outcome, Parcel, SetStatus, Subscriber, Subscription, SubscriptionStatus,
    TargetOutcome,
};

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
        /// Whether others may see that the subscriber is there to be told (rules, 12).
        #[serde(default = "yes")]
        shows: bool,
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
    /// How my events stand. → `Outbox`
    Outbox,
    /// My events that were refused for good. → `DeadLetters`
    DeadLetters,
    /// Publish dead letters once more. → `Replayed`
    Replay(Replay),
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

/// What a hub answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum HubResponse {
    /// To `Sweep`.
    Swept(Digest),
    /// To `Outbox`.
    Outbox(OutboxState),
    /// To `DeadLetters`.
    DeadLetters {
        /// Oldest first.
        letters: Vec<DeadLetter>,
    },
    /// To `Replay`.
    Replayed {
        /// How many.
        count: i64,
    },
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
        /// Whether others may see that it has one.
        #[serde(default = "yes")]
        shows: bool,
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

/// What a hub of an older version means that does not say.
fn yes() -> bool {
    true
}

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
