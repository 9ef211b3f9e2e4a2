//! What Redis ought to hold of a user, by the contract's table (§4): nine patterns of keys.

use std::collections::{BTreeMap, BTreeSet};

use presence::ids::UserId;
use presence::state::{DeviceType, Protocol, Session};
use presence::store::Value as Db;

use super::person::{Person, Visit};
use crate::disk::Disk;
use crate::keyspace::{Entry, Value};

/// The one set that all users share.
pub(super) const ONLINE: &str = "presence:online";

/// What a key ought to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// `ws:session:{session}`. When it was last seen, when it would end and whether a socket is attached
    /// are as of the last write.
    Session(Visit),
    /// Exactly this text.
    Text(String),
    /// Exactly these.
    Set(BTreeSet<String>),
    /// The last activity that others may know of; what it is, is held where it is written.
    Activity,
    /// Who would be told now: some of who watches (`most`), and all of `least`.
    Watchers { least: BTreeSet<String>, most: BTreeSet<String> },
}

/// Which kind a key is of, for its time to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// About sessions.
    Session,
    /// Whom a user watches.
    Subscription,
    /// Who watches a user.
    Audience,
    /// Without an end.
    Lasting,
}

/// A user's audience as its own tables have it.
#[derive(Clone, Debug, Default)]
pub(super) struct Audience {
    /// All of them.
    pub all: BTreeSet<String>,
    /// Those whom the table does not know asleep.
    pub awake: BTreeSet<String>,
}

/// Reads it.
pub(super) fn audience(disk: &Disk) -> Audience {
    let bits = disk.look("SELECT asleep FROM follower WHERE id = 1");
    let bits = bits.first().and_then(|row| row.first()?.blob()).unwrap_or_default().to_vec();
    let asleep = |slot: i64| {
        let byte = usize::try_from(slot / 8).ok().and_then(|at| bits.get(at));
        slot >= 0 && byte.is_some_and(|byte| byte & (1 << (slot % 8)) != 0)
    };
    let mut audience = Audience::default();
    for row in disk.look("SELECT subscriber, slot FROM audience WHERE ended_at IS NULL") {
        let (Some(name), Some(slot)) =
            (row.first().and_then(Db::text), row.get(1).and_then(Db::integer))
        else {
            continue;
        };
        audience.all.insert(name.to_owned());
        if !asleep(slot) {
            audience.awake.insert(name.to_owned());
        }
    }
    audience
}

/// Whose a key is, and of what kind; nothing for the shared set and for what is no key of ours.
pub(super) fn owner(key: &str) -> Option<(UserId, Kind)> {
    let user = |text: &str| UserId::parse(text).ok();
    let of_session = |text: &str| presence::ids::SessionId::parse(text)?.user();
    if let Some(id) = key.strip_prefix("ws:session:") {
        return Some((of_session(id)?, Kind::Session));
    }
    for (prefix, kind) in [
        ("ws:user:sessions:", Kind::Session),
        ("ws:connections:", Kind::Session),
        ("presence:subscription:", Kind::Subscription),
        ("presence:subscribers:", Kind::Audience),
    ] {
        if let Some(id) = key.strip_prefix(prefix) {
            return Some((user(id)?, kind));
        }
    }
    let (id, rest) = key.strip_prefix("presence:user:")?.split_once(':')?;
    let kind = match rest {
        "last_active" => Kind::Lasting,
        "watchers" => Kind::Audience,
        _ => rest.strip_prefix("online:").map(|_| Kind::Session)?,
    };
    Some((user(id)?, kind))
}

impl Person {
    /// Whether others see this user online.
    pub(super) fn is_seen(&self) -> bool {
        self.public().online
    }

    /// Every key that there ought to be, but the shared one.
    pub(super) fn keys(
        &self,
        user: &UserId,
        audience: &Audience,
        deprecated: bool,
        may_lack_activity: bool,
    ) -> BTreeMap<String, Holds> {
        let mut keys = BTreeMap::new();
        let seen = self.is_seen();
        for visit in &self.visits {
            keys.insert(format!("ws:session:{}", visit.id), Holds::Session(visit.clone()));
            if seen {
                let kind = Holds::Text(visit.kind.as_str().to_owned());
                keys.insert(format!("presence:user:{user}:online:{}", visit.id), kind);
            }
        }
        let mut set = |key: String, members: BTreeSet<String>| {
            if !members.is_empty() {
                keys.insert(key, Holds::Set(members));
            }
        };
        let ids = self.visits.iter().map(|visit| visit.id.clone()).collect();
        set(format!("ws:user:sessions:{user}"), ids);
        let wants = self.wants.keys().map(ToString::to_string).collect();
        set(format!("presence:subscription:{user}"), wants);
        set(format!("presence:subscribers:{user}"), audience.all.clone());
        if deprecated && !self.visits.is_empty() {
            let count = Holds::Text(self.visits.len().to_string());
            keys.insert(format!("ws:connections:{user}"), count);
        }
        if !may_lack_activity {
            keys.insert(format!("presence:user:{user}:last_active"), Holds::Activity);
        }
        keys
    }
}

impl Holds {
    /// Whether `entry` holds it.
    pub(super) fn is_in(&self, user: &UserId, entry: &Entry) -> bool {
        match (self, &entry.value) {
            (Self::Text(text), Value::Text(found)) => text == found,
            (Self::Set(set), Value::Set(found)) => set == found,
            (Self::Watchers { least, most }, Value::Set(found)) => {
                least.is_subset(found) && found.is_subset(most)
            }
            (Self::Activity, Value::Text(found)) => found.parse::<i64>().is_ok(),
            (Self::Session(visit), Value::Text(found)) => {
                serde_json::from_str(found).is_ok_and(|session| is_of(&session, user, visit))
            }
            _ => false,
        }
    }
}

fn is_of(session: &Session, user: &UserId, visit: &Visit) -> bool {
    let began = session.connected_at.0;
    session.session_id.as_str() == visit.id
        && session.user_id == *user
        && session.device.kind.unwrap_or(DeviceType::Other) == visit.kind
        && (session.protocol == Protocol::Json) != visit.stomp
        && (visit.connected.lo..=visit.connected.hi).contains(&began)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_has_its_owner_and_its_kind() {
        let ada = UserId::parse("ada").unwrap();
        let session = presence::ids::SessionId::new(&ada, [7; 16]);
        let patterns = [
            (format!("ws:session:{session}"), Kind::Session),
            ("ws:user:sessions:ada".into(), Kind::Session),
            ("ws:connections:ada".into(), Kind::Session),
            (format!("presence:user:ada:online:{session}"), Kind::Session),
            ("presence:user:ada:last_active".into(), Kind::Lasting),
            ("presence:user:ada:watchers".into(), Kind::Audience),
            ("presence:subscription:ada".into(), Kind::Subscription),
            ("presence:subscribers:ada".into(), Kind::Audience),
        ];
        for (key, kind) in patterns {
            assert_eq!(owner(&key), Some((ada.clone(), kind)), "{key}");
        }
        for key in [ONLINE, "presence:user:ada", "presence:user:ada:what", "ws:session:none", ""] {
            assert_eq!(owner(key), None, "{key}");
        }
    }
}
