//! Redis equals the projection of the truth (invariant 6; rules, 18 to 20).
//!
//! What has landed shows no hidden user. In calm times no key lapses that should be there. At rest every
//! key is there that should be, and no other. What a flush may say is in `flush`.

use std::collections::BTreeSet;

use presence::config::HubConfig;
use presence::ids::{SessionId, UserId};
use presence::mirror::Refresh;

use super::keys::{self, Audience, Holds, Kind, ONLINE};
use super::person::Person;
use super::{Check, Judge, breach};
use crate::disk::Disk;
use crate::keyspace::{Entry, Value};
use crate::world::node::Node;
use crate::world::{Redis, World};

/// What was begun before a calm is over by then: an alarm that came late, a flush on its way.
const SETTLING: i64 = 130_000;

pub(super) const HIDDEN: &str = "8: a hidden user shows in Redis";
pub(super) const SHORT: &str = "20: a key may lapse while it is true";
const WRONG: &str = "6: a key does not say what is";

impl Judge {
    /// A transaction has landed that was sent at `sent`, in its turn and whole: nothing of a user shows
    /// who has hidden since before.
    pub fn landed(&self, user: &UserId, sent: i64, redis: &Redis) -> Check {
        let Some(person) = self.people.get(user) else { return Ok(()) };
        if self.unclean.contains(user) || person.hidden_since.is_none_or(|at| at >= sent) {
            return Ok(());
        }
        let prefix = format!("presence:user:{user}:online:");
        let range = redis.keys.entries().range(prefix.clone()..);
        let mut shown = range.take_while(|(key, _)| key.starts_with(&prefix));
        let shown = shown.find(|(_, entry)| !redis.came_back(entry));
        if shown.is_some() || redis.keys.members(ONLINE).contains(user.as_str()) {
            return breach(HIDDEN, format!("{user}: {shown:?}"));
        }
        Ok(())
    }

    /// What Redis says of a user may be older than what was last written: until the next rest nobody can
    /// say what shows in between.
    pub fn disturbed(&mut self, user: &UserId) {
        self.unclean.insert(user.clone());
    }

    /// The time of a key is over; since `calm` no fault has struck.
    pub fn lapsed<'a>(
        &self,
        key: &str,
        entry: &Entry,
        calm: Option<i64>,
        disk: impl FnOnce(&UserId) -> Option<&'a Disk>,
    ) -> Check {
        let Some((user, kind)) = keys::owner(key) else { return Ok(()) };
        let Some(person) = self.people.get(&user) else { return Ok(()) };
        let calm = calm.is_some_and(|since| since + SETTLING <= entry.written);
        // Sets about who watches carry their day as a backstop: nobody looks after those of the absent.
        if !calm || (kind == Kind::Audience && person.visits.is_empty()) {
            return Ok(());
        }
        let audience = disk(&user).map(keys::audience).unwrap_or_default();
        if person.keys(&user, &audience, true, true).contains_key(key) {
            return breach("20: a key lapsed while it was true", format!("{key}: {entry:?}"));
        }
        Ok(())
    }

    /// All that Redis says at rest. What it lost by itself since the last rest (`hurt`) comes right within
    /// a look where keys are kept exact, for those who have sessions; for all others, and otherwise, only
    /// a cleanup can see it.
    pub fn redis(&mut self, world: &World, hurt: bool) -> Check {
        let found = &world.redis.keys;
        match self.config.refresh {
            Refresh::Off if found.entries().is_empty() => return Ok(()),
            Refresh::Off => return breach("6: there is no Redis", format!("{found:?}")),
            Refresh::Transitions if hurt => return Ok(()),
            _ => {}
        }
        let online = found.members(ONLINE);
        let nobody = Person::new();
        for node in &world.nodes {
            let person = self.people.get(&node.user).unwrap_or(&nobody);
            if !(hurt && person.visits.is_empty()) {
                person.check_online(&node.user, &online)?;
                self.keys_at_rest(world, node, person)?;
            }
        }
        let strange = |key: &&String| *key != ONLINE && keys::owner(key).is_none();
        if let Some(strange) = found.entries().keys().find(strange) {
            return breach("6: a key of no pattern", strange.clone());
        }
        if !hurt {
            self.unclean.clear();
        }
        Ok(())
    }

    fn keys_at_rest(&self, world: &World, node: &Node, person: &Person) -> Check {
        let user = &node.user;
        let audience = keys::audience(&node.disk);
        let known = node.disk.look("SELECT public_active FROM meta WHERE id = 1");
        let known = known.first().and_then(|row| row.first()?.integer());
        let never = known.is_none() && !person.is_seen();
        let mut holds = person.keys(user, &audience, world.redis.kept.deprecated, never);
        let (least, most) = self.watchers(world, (user, person), &audience);
        let optional = least.is_empty();
        let watchers = format!("presence:user:{user}:watchers");
        holds.insert(watchers.clone(), Holds::Watchers { least, most });
        let mut missing: BTreeSet<&String> = holds.keys().collect();
        for (key, entry) in keys_of(world, user) {
            missing.remove(key);
            let Some(expected) = holds.get(key) else {
                check_left_behind(world, key, entry)?;
                continue;
            };
            let activity = (*expected == Holds::Activity && !person.is_seen()).then(|| text(known));
            if !expected.is_in(user, entry) || activity.is_some_and(|known| entry.value != known) {
                let detail = format!("{key} is {:?}, not {expected:?}, {known:?}", entry.value);
                return breach(WRONG, detail);
            }
            // What an old copy says is true may lapse before its time, and is found missing then.
            if node.flushing.is_none() && !world.redis.came_back(entry) {
                person.check_end(key, entry, (world.now, node), &self.config)?;
            }
        }
        match missing.iter().find(|key| !(optional && ***key == watchers)) {
            Some(key) => breach("6: a key is missing", (*key).clone()),
            None => Ok(()),
        }
    }

    /// Who must and who may stand among those that `audience` would be told: a departure shows at the
    /// target's next change; an arrival too, unless keys are kept exact. The user's own devices need no
    /// notice.
    fn watchers(
        &self,
        world: &World,
        (user, person): (&UserId, &Person),
        audience: &Audience,
    ) -> (BTreeSet<String>, BTreeSet<String>) {
        let mut most = audience.all.clone();
        most.remove(user.as_str());
        if self.config.refresh != Refresh::Exact {
            return (BTreeSet::new(), most);
        }
        let asks = |name: &&String| {
            UserId::parse(name).is_ok_and(|id| {
                let hides = self.people.get(&id).is_some_and(|other| other.hidden_since.is_some());
                let mut devices = world.devices_of_user(&id);
                !hides && devices.any(|device| device.hears && (!device.stomp || device.queue))
            })
        };
        let least = most.iter().filter(asks).cloned().collect();
        (least, &most & &self.may_stand(person, audience))
    }
}

/// Nobody knows any more of a session that ended before an old copy of it came back, once the user's set
/// was written anew: it goes at its own time. Everything else should be gone.
fn check_left_behind(world: &World, key: &str, entry: &Entry) -> Check {
    let kind = keys::owner(key).map(|(_, kind)| kind);
    if kind == Some(Kind::Session) && world.redis.came_back(entry) {
        return Ok(());
    }
    breach("6: a key is left behind", format!("{key}: {:?}", entry.value))
}

/// The keys of a user.
fn keys_of<'a>(world: &'a World, user: &UserId) -> Vec<(&'a String, &'a Entry)> {
    let all = world.redis.keys.entries();
    let prefixes = [
        format!("presence:subscribers:{user}"),
        format!("presence:subscription:{user}"),
        format!("presence:user:{user}:"),
        format!("ws:connections:{user}"),
        format!("ws:session:{}", session_prefix(user)),
        format!("ws:user:sessions:{user}"),
    ];
    let range = |prefix: &String| {
        let prefix = prefix.clone();
        all.range(prefix.clone()..).take_while(move |(key, _)| key.starts_with(&prefix))
    };
    let mine = |(key, _): &(&String, &Entry)| keys::owner(key).is_some_and(|(of, _)| of == *user);
    prefixes.iter().flat_map(range).filter(mine).collect()
}

/// What all session ids of a user begin with.
fn session_prefix(user: &UserId) -> String {
    let id = SessionId::new(user, [0; 16]);
    id.as_str().rsplit_once('.').map(|(own, _)| format!("{own}.")).unwrap_or_default()
}

fn text(number: Option<i64>) -> Value {
    Value::Text(number.map(|number| number.to_string()).unwrap_or_default())
}

impl Person {
    fn check_online(&self, user: &UserId, online: &BTreeSet<String>) -> Check {
        let named = online.contains(user.as_str());
        if named == self.is_seen() {
            return Ok(());
        }
        let hides = named && self.hidden_since.is_some();
        breach(if hides { HIDDEN } else { WRONG }, format!("{user} is in {ONLINE}: {named}"))
    }

    /// The time of a key at rest outlasts what would write it anew.
    fn check_end(
        &self,
        key: &str,
        entry: &Entry,
        (now, node): (i64, &Node),
        config: &HubConfig,
    ) -> Check {
        let look = node.alarm.map(|alarm| alarm.at - node.skew);
        let least = match keys::owner(key).map_or(Kind::Lasting, |(_, kind)| kind) {
            Kind::Lasting => None,
            Kind::Audience => Some(now),
            Kind::Subscription if self.visits.is_empty() => {
                self.last_lease(config).map(|end| end - node.skew)
            }
            Kind::Subscription => look.map(|at| at + config.subscription_ttl),
            Kind::Session => look,
        };
        if entry.until.is_none() != least.is_none() || entry.until < least {
            return breach(SHORT, format!("{key} ends at {:?}, not after {least:?}", entry.until));
        }
        Ok(())
    }
}
