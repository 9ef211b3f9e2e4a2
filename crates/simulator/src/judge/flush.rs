//! What a hub may write to Redis: the truth as it is when it is sent, of its own user only, with times
//! to live that outlast the next look (rules, 19 and 20).

use std::collections::{BTreeMap, BTreeSet};

use presence::config::HubConfig;
use presence::ids::UserId;
use presence::mirror::Refresh;
use presence::time::Millis;
use redis_rest::Command;

use super::keys::{self, Holds, Kind, ONLINE};
use super::person::Person;
use super::redis::{HIDDEN, SHORT};
use super::{Check, Judge, breach};
use crate::disk::Disk;
use crate::keyspace::{Entry, Keyspace, Value};

/// A key lives so much longer than its hub's next look (contract, §4).
const SLACK: i64 = 30_000;
const HOUR: i64 = 3_600_000;
/// Where keys are written on change only they live for a day, and are written anew after half of one.
const LONG: i64 = 24 * HOUR;
const ANEW: i64 = 12 * HOUR;

const FALSE: &str = "6: a flush does not say what is";
const NOT_OWN: &str = "19: a hub speaks of somebody else";

/// A hub that flushes, as the judge sees it.
pub struct Flushing<'a> {
    /// Whose hub.
    pub user: &'a UserId,
    /// The world's clock.
    pub now: i64,
    /// Its own.
    pub clock: i64,
    /// When its alarm stands.
    pub alarm: Option<i64>,
    /// Its tables.
    pub disk: &'a Disk,
    /// What it sends.
    pub commands: &'a [Command],
    /// `ws:connections:{user}` is kept.
    pub deprecated: bool,
}

impl Judge {
    /// A hub sends a transaction.
    pub fn flush(&mut self, seen: &Flushing<'_>) -> Check {
        let config = self.config;
        let audience = keys::audience(seen.disk);
        let person = self.person(seen.user);
        let mut holds = person.keys(seen.user, &audience, seen.deprecated, false);
        if !audience.awake.is_empty() {
            let (least, most) = (BTreeSet::new(), audience.awake);
            let key = format!("presence:user:{}:watchers", seen.user);
            holds.insert(key, Holds::Watchers { least, most });
        }
        let written = person.written(seen, &holds)?;
        for (key, entry) in written.entries() {
            let Some(expected) = holds.get(key) else {
                let detail = format!("{key} is {:?}, and should not be", entry.value);
                return breach(person.how_wrong(key), detail);
            };
            if !expected.is_in(seen.user, entry) {
                return breach(FALSE, format!("{key} is {:?}, not {expected:?}", entry.value));
            }
            if *expected == Holds::Activity {
                person.check_activity(seen, entry)?;
            }
            person.check_ttl(seen, key, entry, &config)?;
        }
        let key = format!("presence:user:{}:watchers", seen.user);
        if is_named(seen.commands, &key) {
            self.watchers_written(seen.user, seen.now, &written.members(&key))?;
        }
        Ok(())
    }
}

impl Person {
    /// What the transaction alone leaves behind, if every command may be there.
    fn written(
        &self,
        seen: &Flushing<'_>,
        holds: &BTreeMap<String, Holds>,
    ) -> Result<Keyspace, super::Violation> {
        let user = seen.user;
        let mut written = Keyspace::default();
        for command in seen.commands {
            let words: Vec<_> =
                command.parts().iter().map(|part| String::from_utf8_lossy(part)).collect();
            let key = words.get(1).map(AsRef::as_ref).unwrap_or_default();
            if key == ONLINE {
                self.check_standing(user, &words)?;
                continue;
            }
            if keys::owner(key).is_none_or(|(owner, _)| owner != *user) {
                return breach(NOT_OWN, format!("{user}: {words:?}"));
            }
            if words[0] == "DEL" && is_held(holds, key) && !is_set(seen.commands, key) {
                return breach(FALSE, format!("{user}: {words:?}, and it is there"));
            }
            if let Err(strange) = written.write(command, seen.clock) {
                return breach(
                    "6: a command that no flush should hold",
                    format!("{user}: {strange}"),
                );
            }
        }
        Ok(written)
    }

    /// The shared set: the user's own member and no other.
    fn check_standing(&self, user: &UserId, words: &[std::borrow::Cow<'_, str>]) -> Check {
        if words.len() != 3 || words[2] != user.as_str() {
            return breach(NOT_OWN, format!("{user}: {words:?}"));
        }
        let named = match words[0].as_ref() {
            "SADD" => true,
            "SREM" => false,
            _ => return breach(NOT_OWN, format!("{user}: {words:?}")),
        };
        if named == self.is_seen() {
            return Ok(());
        }
        let hides = self.hidden_since.is_some();
        breach(if hides { HIDDEN } else { FALSE }, format!("{user}: {words:?}"))
    }

    fn how_wrong(&self, key: &str) -> &'static str {
        let leaks = self.hidden_since.is_some() && key.contains(":online:");
        if leaks { HIDDEN } else { FALSE }
    }

    /// Readers of Redis are told the same activity of somebody who is offline as everybody else.
    fn check_activity(&mut self, seen: &Flushing<'_>, entry: &Entry) -> Check {
        let Value::Text(text) = &entry.value else { return Ok(()) };
        let at = Millis(text.parse().unwrap_or(i64::MAX));
        let (now, online) = (self.moment(seen.clock), self.is_seen());
        let Some(shown) = self.shown.get_mut(&self.version) else { return Ok(()) };
        let first = if online { Some(at) } else { *shown.active.get_or_insert(Some(at)) };
        let latest = if online { now.hi } else { shown.since };
        if first == Some(at) && at.0 <= latest {
            return Ok(());
        }
        let detail = format!("{}: last active {first:?}, in Redis {at}; since {latest}", seen.user);
        breach("8: activity of somebody who is offline", detail)
    }

    fn check_ttl(
        &mut self,
        seen: &Flushing<'_>,
        key: &str,
        entry: &Entry,
        config: &HubConfig,
    ) -> Check {
        let kind = keys::owner(key).map_or(Kind::Lasting, |(_, kind)| kind);
        let now = self.moment(seen.clock);
        // A hub whose clock went back reckons from the newest time that it knows.
        let ahead = now.hi - now.lo;
        let least = self.least_end(seen, kind, config).map(|end| end - ahead);
        if entry.until.is_none() != least.is_none() || entry.until < least {
            return breach(SHORT, format!("{key} ends at {:?}, not after {least:?}", entry.until));
        }
        let most = config.session_ttl.max(config.offline_grace) + SLACK + 1_000 + ahead;
        let exact = (kind, config.refresh) == (Kind::Session, Refresh::Exact);
        if exact && entry.until > Some(seen.clock + most) {
            return breach("6: a key outlives what it says", format!("{key}: {:?}", entry.until));
        }
        Ok(())
    }

    /// When a key that is written now may end at the earliest; nothing where it never may.
    fn least_end(&self, seen: &Flushing<'_>, kind: Kind, config: &HubConfig) -> Option<i64> {
        let look = seen.alarm.unwrap_or(seen.clock);
        match (kind, config.refresh) {
            (Kind::Lasting, _) => None,
            (Kind::Session, Refresh::Exact) => Some(look + SLACK),
            (Kind::Audience | Kind::Session, _) => Some(seen.clock + LONG),
            (Kind::Subscription, _) if self.visits.is_empty() => self.last_lease(config),
            (Kind::Subscription, Refresh::Exact) => Some(look + config.subscription_ttl + SLACK),
            (Kind::Subscription, _) => Some(seen.clock + ANEW + config.subscription_ttl),
        }
    }

    /// When the last lease ends, if no session lives.
    pub(super) fn last_lease(&self, config: &HubConfig) -> Option<i64> {
        self.wants.values().map(|want| self.lease(want, config).lo).max()
    }
}

/// Whether a key should be there, whatever it holds.
fn is_held(holds: &BTreeMap<String, Holds>, key: &str) -> bool {
    !matches!(holds.get(key), None | Some(Holds::Watchers { .. } | Holds::Activity))
}

/// Whether the transaction says anything of this key.
fn is_named(commands: &[Command], key: &str) -> bool {
    let named = |first: &Vec<u8>| first == key.as_bytes();
    commands.iter().any(|command| command.arguments().first().is_some_and(named))
}

/// Whether the transaction writes this key too.
fn is_set(commands: &[Command], key: &str) -> bool {
    let sets = |command: &Command| {
        matches!(command.name().as_str(), "SET" | "SADD")
            && command.arguments().first().is_some_and(|first| first == key.as_bytes())
    };
    commands.iter().any(sets)
}
