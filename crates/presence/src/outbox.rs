//! Events on their way to other systems (contract §5), as values: what is to be published, and how it
//! went. What a topic is called, and how it is reached, is the business of others.

use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::time::Millis;

/// Whether events are published, and what of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Publishing {
    /// There is nobody to publish to: no event is kept.
    #[default]
    Off,
    /// Messages with their content.
    Full,
    /// Messages without it.
    Metadata,
    /// Nobody knows: a setting is wrong. Of users whose events were published they are kept, as
    /// [`Self::Metadata`], until the settings are right again; of others none is.
    Hold,
}

/// `OUTBOX_FULL`: what gives way when nothing can be delivered for so long that the outbox is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenFull {
    /// What a client starts is refused.
    #[default]
    Block,
    /// The oldest events go; a placeholder says from where to where.
    DropOldest,
}

/// A lane: events of one user in one topic are in order, and nothing orders lanes among each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// Online, offline, changed.
    Presence,
    /// Sessions.
    Session,
    /// Subscriptions.
    Subscription,
    /// Messages.
    Message,
}

impl Topic {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Presence, Self::Session, Self::Subscription, Self::Message];

    /// Its place in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// Where a batch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// Which topic.
    pub topic: Topic,
    /// Its dead letters.
    pub dead: bool,
}

/// Records for one destination, in order, all of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The key of each.
    pub user: UserId,
    /// Where they go.
    pub destination: Destination,
    /// At least one.
    pub records: Vec<Record>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Stable across repeats.
    pub id: String,
    /// In its lane, from 1.
    pub sequence: i64,
    /// The event as JSON (CloudEvents 1.0, structured).
    pub value: String,
}

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is there.
    Delivered,
    /// It is not there, and may be later.
    Retriable,
    /// It will never be taken.
    Refused(String),
    /// It may be there.
    Unknown,
}

/// What became of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// One verdict a record.
    Records(Vec<Verdict>),
    /// The whole destination is refused: unknown, or not allowed. Somebody has to do something.
    Held(String),
    /// None of it is there. Not to be tried again before `until`.
    Failed {
        /// When the way may be open again.
        until: Option<Millis>,
    },
    /// All of it may be there.
    Unknown,
}

/// A record that was refused for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// The event's.
    pub id: String,
    /// Its lane.
    pub topic: Topic,
    /// Its place there, where a placeholder stands now.
    pub sequence: i64,
    /// Why, and when.
    pub failure: Failure,
    /// Whether the dead-letter topic has it.
    pub published: bool,
    /// The event as it was, JSON.
    pub event: serde_json::Value,
}

/// Why a record was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What the other side said.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The first time.
    pub first_failed_at: Millis,
    /// The last time.
    pub last_failed_at: Millis,
}

/// How the outbox stands, for health.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboxState {
    /// Events that are not confirmed yet.
    pub waiting: i64,
    /// For how long the oldest has waited, in milliseconds.
    pub lag: i64,
    /// Lanes that are refused as a whole.
    pub held: Vec<Topic>,
    /// Whether it is full.
    pub full: bool,
    /// Records in the dead-letter table.
    pub dead_letters: i64,
}

/// Which dead letters to publish once more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Replay {
    /// These; none: all.
    pub ids: Vec<String>,
    /// Refused then or later.
    pub from: Option<Millis>,
    /// Refused then or earlier.
    pub to: Option<Millis>,
    /// Only count them.
    pub dry_run: bool,
}
