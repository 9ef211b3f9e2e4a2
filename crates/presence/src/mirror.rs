//! What the mirror makes Redis say of one user (contract §4), as a value. Which keys and commands
//! that becomes is the business of others.
//!
//! State-based: a [`Flush`] says how things stand now, of each part that it names. It may be
//! repeated, and a newer one makes an older one moot.

use crate::ids::{SessionId, UserId};
use crate::outbox::OutboxState;
use crate::state::{DeviceType, Session};
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// `REDIS_REFRESH`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refresh {
    /// There is no Redis.
    #[default]
    Off,
    /// Keys live hardly longer than what they say is true, and are written anew at each look.
    Exact,
    /// Keys are written when something changes, with a long time to live as a backstop.
    Transitions,
}

/// One flush: all of it in one transaction. Absent parts are left alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Flush {
    /// Whose.
    pub user: UserId,
    /// Sessions that began, changed or ended.
    pub sessions: Vec<SessionState>,
    /// The ids of all live sessions; with every change of which there are.
    pub session_ids: Option<Vec<SessionId>>,
    /// As others see this user.
    pub standing: Option<Standing>,
    /// Whom this user watches.
    pub subscription: Option<Vec<UserId>>,
    /// Who watches this user.
    pub subscribers: Option<Vec<UserId>>,
    /// Who of them would be told now.
    pub watchers: Option<Vec<UserId>>,
    /// How long keys of each kind live.
    pub ttl: Ttl,
}

/// A session, or that there is none of this id.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionState {
    /// Which.
    pub id: SessionId,
    /// As its owner reads it; `None`: it has ended.
    pub session: Option<Session>,
    /// Its device, if others may see it.
    pub shown: Option<DeviceType>,
    /// The user hid or showed themself: what its owner reads is there already, and left alone.
    pub kept: bool,
}

/// What others see of a user, as far as Redis says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Online, and not hidden.
    pub online: bool,
    /// The last activity that others may know of.
    pub last_active: Option<Millis>,
}

/// Times to live, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ttl {
    /// Of keys about sessions.
    pub session: i64,
    /// Of the set of whom this user watches.
    pub subscription: i64,
    /// Of the sets about who watches this user.
    pub audience: i64,
}

/// How a flush went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// All of it is there.
    Done,
    /// None of it is there, or some command was refused. Not to be tried again before `until`.
    Failed {
        /// When the way to Redis may be open again.
        until: Option<Millis>,
    },
    /// It may be there, or come to be there late (rules, 18).
    Unknown,
}

/// Tells sets of the same size apart, in whatever order their members come.
pub fn fingerprint<'a>(members: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    members.into_iter().map(hash).fold(0, u64::wrapping_add)
}

/// What in a session's key can be wrong for long. When it was last seen, when it would end and whether a
/// socket is attached are as of the last write.
pub fn look(session: &Session) -> u64 {
    let lasting = (&session.device, session.protocol, session.connected_at);
    serde_json::to_vec(&lasting).map_or(0, |text| hash(&text))
}

fn hash(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// What the projection should say, in short: to be compared with what Redis says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Digest {
    /// Ids of the live sessions.
    pub sessions: Vec<SessionId>,
    /// Whether others see this user online.
    pub online: bool,
    /// How many this user watches.
    pub subscriptions: i64,
    /// How many watch this user.
    pub subscribers: i64,
    /// How each of the sessions looks ([`look`]), in the same order.
    #[serde(default)]
    pub looks: Vec<u64>,
    /// Whom this user watches ([`fingerprint`]): an old copy of Redis may hold as many others.
    #[serde(default)]
    pub watched: u64,
    /// Who watches this user.
    #[serde(default)]
    pub watching: u64,
    /// Who of them stands among those who would be told now; absent while Redis need not know yet.
    #[serde(default)]
    pub told_now: Option<u64>,
    /// The last activity that others may know of.
    #[serde(default)]
    pub last_active: Option<Millis>,
    /// For how long something has been waiting to be mirrored, in milliseconds.
    pub lag: i64,
    /// How the events stand.
    #[serde(default)]
    pub outbox: OutboxState,
    /// How many sessions were over and ended with this very look.
    #[serde(default)]
    pub ended_sessions: i64,
    /// How many leases were.
    #[serde(default)]
    pub ended_leases: i64,
}
