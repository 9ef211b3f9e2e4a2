//! A small Redis: strings and sets with times to live, under the virtual clock. It knows the commands
//! that the mirror sends and those that scheduled tasks ask; another one is a surprise.

use std::collections::{BTreeMap, BTreeSet};

use redis_rest::{Command, Outcome, RedisError, Reply};

/// What a key holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `SET`.
    Text(String),
    /// `SADD`.
    Set(BTreeSet<String>),
}

/// A key's value, and its times by the world's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it holds.
    pub value: Value,
    /// When it ends; `None`: never.
    pub until: Option<i64>,
    /// When it was last written.
    pub written: i64,
}

/// All keys.
#[derive(Clone, Debug, Default)]
pub struct Keyspace {
    entries: BTreeMap<String, Entry>,
    /// The same by their ends.
    ends: BTreeSet<(i64, String)>,
}

impl Keyspace {
    /// Every key with what it holds.
    pub fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// The members of a set; of anything else none.
    pub fn members(&self, key: &str) -> BTreeSet<String> {
        match self.entries.get(key).map(|entry| &entry.value) {
            Some(Value::Set(members)) => members.clone(),
            _ => BTreeSet::new(),
        }
    }

    /// When the next key ends.
    pub fn next_end(&self) -> Option<i64> {
        self.ends.first().map(|(at, _)| *at)
    }

    /// Takes away the keys whose time is over.
    pub fn lapse(&mut self, now: i64) -> Vec<(String, Entry)> {
        let mut gone = Vec::new();
        while self.ends.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, key)) = self.ends.pop_first() else { break };
            gone.extend(self.entries.remove_entry(&key));
        }
        gone
    }

    fn take(&mut self, key: &str) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        if let Some(at) = entry.until {
            self.ends.remove(&(at, key.to_owned()));
        }
        Some(entry)
    }

    fn put(&mut self, key: &str, entry: Entry) {
        if let Some(at) = entry.until {
            self.ends.insert((at, key.to_owned()));
        }
        self.entries.insert(key.to_owned(), entry);
    }

    /// Carries out a command that writes.
    ///
    /// # Errors
    /// If it is none that the mirror should send, or meets a key of another type.
    pub fn write(&mut self, command: &Command, now: i64) -> Result<(), String> {
        let words = texts(command)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let strange = || Err(format!("{words:?}"));
        match words.as_slice() {
            ["SET", key, value] => self.set(key, value, None, now),
            ["SET", key, value, "EX", ttl] => match seconds(ttl) {
                Some(ttl) => self.set(key, value, Some(ttl), now),
                None => return strange(),
            },
            ["DEL", key] => drop(self.take(key)),
            ["SADD", key, members @ ..] if !members.is_empty() => {
                return self.change_set(key, now, |set| {
                    set.extend(members.iter().map(|member| (*member).to_owned()));
                });
            }
            ["SREM", key, members @ ..] if !members.is_empty() => {
                return self.change_set(key, now, |set| {
                    set.retain(|member| !members.contains(&member.as_str()));
                });
            }
            ["EXPIRE", key, ttl] => {
                let Some(ttl) = seconds(ttl) else { return strange() };
                if let Some(entry) = self.take(key) {
                    self.put(key, Entry { until: Some(now + ttl), ..entry });
                }
            }
            _ => return strange(),
        }
        Ok(())
    }

    fn set(&mut self, key: &str, value: &str, ttl: Option<i64>, now: i64) {
        self.take(key);
        let (value, until) = (Value::Text(value.to_owned()), ttl.map(|ttl| now + ttl));
        self.put(key, Entry { value, until, written: now });
    }

    fn change_set(
        &mut self,
        key: &str,
        now: i64,
        change: impl FnOnce(&mut BTreeSet<String>),
    ) -> Result<(), String> {
        let (mut set, until) = match self.take(key) {
            None => (BTreeSet::new(), None),
            Some(Entry { value: Value::Set(set), until, .. }) => (set, until),
            Some(entry) => return Err(format!("{key} is no set: {entry:?}")),
        };
        change(&mut set);
        if !set.is_empty() {
            self.put(key, Entry { value: Value::Set(set), until, written: now });
        }
        Ok(())
    }

    /// Answers a command that only reads.
    pub fn read(&self, command: &Command) -> Outcome {
        let words = texts(command).map_err(RedisError)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let string = |key: &str| match self.entries.get(key).map(|entry| &entry.value) {
            Some(Value::Text(text)) => Reply::Bulk(text.clone().into_bytes()),
            _ => Reply::Null,
        };
        let list = |set: BTreeSet<String>| {
            Reply::Array(set.into_iter().map(|member| Reply::Bulk(member.into_bytes())).collect())
        };
        Ok(match words.as_slice() {
            ["MGET", keys @ ..] => Reply::Array(keys.iter().map(|key| string(key)).collect()),
            ["SMISMEMBER", key, wanted @ ..] => {
                let set = self.members(key);
                let is_there = |member: &&str| Reply::Integer(i64::from(set.contains(*member)));
                Reply::Array(wanted.iter().map(is_there).collect())
            }
            ["SMEMBERS", key] => list(self.members(key)),
            // All at once: a server may.
            ["SSCAN", key, ..] => {
                Reply::Array(vec![Reply::Bulk(b"0".to_vec()), list(self.members(key))])
            }
            _ => return Err(RedisError(format!("ERR unknown command {words:?}"))),
        })
    }
}

fn texts(command: &Command) -> Result<Vec<String>, String> {
    let text = |part: &Vec<u8>| String::from_utf8(part.clone()).map_err(|_| format!("{part:?}"));
    command.parts().iter().map(text).collect()
}

/// A time to live in milliseconds: Redis refuses none at all.
fn seconds(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|seconds| *seconds > 0).map(|seconds| seconds * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(keys: &mut Keyspace, now: i64, text: &str) -> Result<(), String> {
        let mut words = text.split(' ');
        let name = Command::new(words.next().unwrap_or_default());
        keys.write(&words.fold(name, Command::arg), now)
    }

    #[test]
    fn keys_end_at_their_time_and_a_new_set_has_none() {
        let mut keys = Keyspace::default();
        run(&mut keys, 0, "SADD s a b").unwrap();
        run(&mut keys, 0, "SET t x EX 60").unwrap();
        assert_eq!(keys.next_end(), Some(60_000));
        run(&mut keys, 0, "EXPIRE s 30").unwrap();
        run(&mut keys, 10_000, "SADD s c").unwrap();
        assert_eq!(keys.lapse(29_999), []);
        assert_eq!(keys.lapse(30_000).len(), 1, "SADD leaves the time that a set has");
        run(&mut keys, 50_000, "SET t y").unwrap();
        assert_eq!(keys.lapse(90_000), [], "SET takes it away");
    }

    #[test]
    fn a_set_without_members_is_no_key_and_expire_makes_none() {
        let mut keys = Keyspace::default();
        run(&mut keys, 0, "EXPIRE s 30").unwrap();
        run(&mut keys, 0, "SADD s a").unwrap();
        assert_eq!(keys.next_end(), None);
        run(&mut keys, 0, "SREM s a").unwrap();
        assert!(keys.entries().is_empty());
    }

    #[test]
    fn what_the_mirror_should_not_send_is_a_surprise() {
        let mut keys = Keyspace::default();
        run(&mut keys, 0, "SET t x").unwrap();
        for strange in ["SADD t a", "SADD s", "FLUSHALL", "EXPIRE s 0", "SET t x EX -1", "KEYS *"] {
            assert!(run(&mut keys, 0, strange).is_err(), "{strange}");
        }
    }
}
