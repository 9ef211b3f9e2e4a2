//! Where a pass stands: stored between runs, and shown as an opaque cursor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use presence::directory::SHARDS;
use presence::ids::UserId;
use serde::{Deserialize, Serialize};

/// What comes next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// The shard of the directory.
    #[serde(default)]
    pub(crate) shard: u32,
    /// The last user of it that was seen to; within a page of a scan, of that page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<UserId>,
    /// Whose edges are not all seen to, although `after` is this user already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) inside: Option<Inside>,
    /// The cursor of a scan of Redis, which comes before the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scan: Option<String>,
}

/// A place among the edges of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inside {
    pub(crate) user: UserId,
    pub(crate) side: Side,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after: Option<UserId>,
}

/// From which end the user has an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// The user watches.
    Subscriptions,
    /// The user is watched.
    Subscribers,
}

impl Place {
    pub(crate) fn of_shard(shard: u32, after: Option<UserId>) -> Option<Self> {
        (shard < SHARDS).then_some(Self { shard, after, ..Self::default() })
    }

    pub(crate) fn scan(cursor: &str) -> Self {
        Self { scan: Some(cursor.to_owned()), ..Self::default() }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What an older version stored and this one cannot read begins anew.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|place| place.shard < SHARDS)
    }

    /// For people: nothing goes by its content.
    pub(crate) fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.to_json())
    }

    /// How much of the directory is seen to, from 0 to 1.
    pub(crate) fn share(&self) -> f64 {
        if self.scan.is_some() { 0.0 } else { f64::from(self.shard) / f64::from(SHARDS) }
    }
}

/// What a step of a task comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is more, from here.
    On(Place),
    /// The pass is over.
    Done,
    /// It cannot go on now; later, from where it was.
    Halt,
}

impl Step {
    pub(crate) fn to(next: Option<Place>) -> Self {
        next.map_or(Self::Done, Self::On)
    }
}
