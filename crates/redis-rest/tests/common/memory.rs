//! A small Redis in memory behind the protocol, to try the client and the checks of conformance on.
//! Its time stands still. [`Fault`] makes it wrong in one respect.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use redis_rest::{Answer, Call, Command, Outcome, RedisError, Reply, Request, Shape};

/// In what respect it is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    IgnoresConditions,
    ForgetsTtlOnSet,
    KeepsTtlOnSet,
    KeepsEmptySets,
    ScansOnePageOnly,
    IgnoresScanType,
    RunsBadTransactions,
    StopsAtErrors,
    WordsErrorsItsOwnWay,
    TakesAnyToken,
}

#[derive(Clone, Debug)]
enum Value {
    Text(Vec<u8>),
    Set(BTreeSet<Vec<u8>>),
    Hash(BTreeMap<Vec<u8>, Vec<u8>>),
}

#[derive(Debug)]
struct Entry {
    value: Value,
    ttl: Option<i64>,
}

#[derive(Debug)]
pub(crate) struct Memory {
    fault: Fault,
    keys: RefCell<BTreeMap<Vec<u8>, Entry>>,
}

const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_A_NUMBER: &str = "ERR value is not an integer or out of range";
const SYNTAX: &str = "ERR syntax error";

fn error(text: &str) -> RedisError {
    RedisError(text.to_owned())
}

fn integer(number: impl TryInto<i64>) -> Outcome {
    Ok(Reply::Integer(number.try_into().ok().unwrap()))
}

fn number(text: &[u8]) -> Result<i64, RedisError> {
    let text = std::str::from_utf8(text).ok();
    text.and_then(|text| text.parse().ok()).ok_or_else(|| error(NOT_A_NUMBER))
}

impl Memory {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, keys: RefCell::default() }
    }

    /// What it answers over HTTP.
    pub(crate) fn answer(&self, request: &Request<'_>) -> Answer {
        let good = |token: &str| token == "secret" || self.fault == Fault::TakesAnyToken;
        match redis_rest::read(request, &good) {
            Ok(call) => self.call(&call),
            Err(refusal) => refusal,
        }
    }

    fn call(&self, call: &Call) -> Answer {
        let bad = call.commands.iter().any(|command| command.name() == "NOSUCHCOMMAND");
        let lenient = self.fault == Fault::RunsBadTransactions;
        if call.shape == Shape::Transaction && bad && !lenient {
            let text = "EXECABORT Transaction discarded because of previous errors.";
            return redis_rest::write_refusal(&error(text), 400);
        }
        let mut outcomes: Vec<Outcome> = Vec::new();
        for command in &call.commands {
            let stop = self.fault == Fault::StopsAtErrors && outcomes.iter().any(Result::is_err);
            let outcome = if stop { Err(error("ERR stopped")) } else { self.run(command) };
            outcomes.push(outcome.map_err(|error| self.worded(error)));
        }
        redis_rest::write(call, &outcomes)
    }

    fn worded(&self, error: RedisError) -> RedisError {
        if self.fault == Fault::WordsErrorsItsOwnWay {
            return RedisError("ERR it did not work".to_owned());
        }
        error
    }

    fn run(&self, command: &Command) -> Outcome {
        let name = command.name();
        let arguments: Vec<&[u8]> = command.arguments().iter().map(Vec::as_slice).collect();
        self.dispatch(&name, &arguments).unwrap_or_else(|| {
            let lower = name.to_lowercase();
            Err(error(&format!("ERR wrong number of arguments for '{lower}' command")))
        })
    }

    /// `None` if there are too few or too many arguments.
    fn dispatch(&self, name: &str, arguments: &[&[u8]]) -> Option<Outcome> {
        Some(match (name, arguments) {
            ("PING", []) => Ok(Reply::Status("PONG".to_owned())),
            ("DBSIZE", []) => integer(self.keys.borrow().len()),
            ("INFO", _) => Ok(Reply::Bulk(b"# Server\r\nredis_version:0\r\n".to_vec())),
            ("FLUSHDB", []) => {
                self.keys.borrow_mut().clear();
                Ok(Reply::ok())
            }
            ("GET", [key]) => self.get(key),
            ("MGET", [_, ..]) => {
                let there = |key: &&[u8]| self.get(key).unwrap_or(Reply::Null);
                Ok(Reply::Array(arguments.iter().map(there).collect()))
            }
            ("SET", [key, value, options @ ..]) => self.set(key, value, options),
            ("DEL", [key]) => integer(u8::from(self.keys.borrow_mut().remove(*key).is_some())),
            ("EXISTS", [key]) => integer(u8::from(self.keys.borrow().contains_key(*key))),
            ("TYPE", [key]) => Ok(Reply::Status(self.kind(key).to_owned())),
            ("TTL", [key]) => {
                integer(self.keys.borrow().get(*key).map_or(-2, |entry| entry.ttl.unwrap_or(-1)))
            }
            ("EXPIRE", [key, seconds]) => number(seconds).and_then(|s| self.expire(key, s)),
            ("PEXPIRE", [key, ms]) => number(ms).and_then(|ms| self.expire(key, ms / 1_000)),
            ("SCAN", [cursor, options @ ..]) => self.scan(cursor, options),
            (_, [key, rest @ ..]) if name.starts_with('S') => self.on_set(name, key, rest)?,
            (_, [key, rest @ ..]) if name.starts_with('H') => self.on_hash(name, key, rest)?,
            ("GET" | "SET", _) => return None,
            _ => Err(error(&format!("ERR unknown command '{name}'"))),
        })
    }

    fn get(&self, key: &[u8]) -> Outcome {
        match self.keys.borrow().get(key).map(|entry| &entry.value) {
            None => Ok(Reply::Null),
            Some(Value::Text(text)) => Ok(Reply::Bulk(text.clone())),
            Some(_) => Err(error(WRONG_TYPE)),
        }
    }

    fn set(&self, key: &[u8], value: &[u8], options: &[&[u8]]) -> Outcome {
        let mut keys = self.keys.borrow_mut();
        let old = keys.get(key).and_then(|entry| entry.ttl);
        let mut ttl = if self.fault == Fault::KeepsTtlOnSet { old } else { None };
        let mut condition = None;
        let mut options = options.iter();
        while let Some(option) = options.next() {
            match *option {
                b"NX" | b"XX" if condition.is_none() => condition = Some(*option == b"NX"),
                b"KEEPTTL" => ttl = old,
                b"EX" | b"PX" => {
                    let time = number(options.next().ok_or_else(|| error(SYNTAX))?)?;
                    if time <= 0 {
                        return Err(error("ERR invalid expire time in 'set' command"));
                    }
                    ttl = Some(if *option == b"EX" { time } else { time / 1_000 });
                }
                _ => return Err(error(SYNTAX)),
            }
        }
        let ignored = self.fault == Fault::IgnoresConditions;
        if condition.is_some_and(|nx| nx == keys.contains_key(key)) && !ignored {
            return Ok(Reply::Null);
        }
        let ttl = if self.fault == Fault::ForgetsTtlOnSet { None } else { ttl };
        keys.insert(key.to_vec(), Entry { value: Value::Text(value.to_vec()), ttl });
        Ok(Reply::ok())
    }

    fn kind(&self, key: &[u8]) -> &'static str {
        match self.keys.borrow().get(key).map(|entry| &entry.value) {
            None => "none",
            Some(Value::Text(_)) => "string",
            Some(Value::Set(_)) => "set",
            Some(Value::Hash(_)) => "hash",
        }
    }

    fn expire(&self, key: &[u8], seconds: i64) -> Outcome {
        let mut keys = self.keys.borrow_mut();
        let Some(entry) = keys.get_mut(key) else { return integer(0) };
        entry.ttl = Some(seconds);
        if seconds <= 0 {
            keys.remove(key);
        }
        integer(1)
    }

    fn scan(&self, cursor: &[u8], options: &[&[u8]]) -> Outcome {
        let kind = option(options, b"TYPE").filter(|_| self.fault != Fault::IgnoresScanType);
        let keys: Vec<Vec<u8>> = self.keys.borrow().keys().cloned().collect();
        let fits = |key: &[u8]| kind.is_none_or(|kind| self.kind(key).as_bytes() == kind);
        self.page(keys, cursor, options, &fits)
    }

    fn page(
        &self,
        all: Vec<Vec<u8>>,
        cursor: &[u8],
        options: &[&[u8]],
        fits: &dyn Fn(&[u8]) -> bool,
    ) -> Outcome {
        let from = usize::try_from(number(cursor).map_err(|_| error("ERR invalid cursor"))?);
        let from = from.map_err(|_| error("ERR invalid cursor"))?;
        let count = option(options, b"COUNT").map_or(Ok(10), number)?;
        let to = from + usize::try_from(count).unwrap();
        let ended = to >= all.len() || self.fault == Fault::ScansOnePageOnly;
        let pattern = option(options, b"MATCH");
        let page = all
            .into_iter()
            .skip(from)
            .take(to - from)
            .filter(|item| pattern.is_none_or(|pattern| matches(pattern, item)) && fits(item));
        let next = if ended { 0 } else { to };
        Ok(Reply::Array(vec![Reply::Bulk(next.to_string().into_bytes()), bulks(page)]))
    }

    fn on_set(&self, name: &str, key: &[u8], rest: &[&[u8]]) -> Option<Outcome> {
        if rest.is_empty() != matches!(name, "SMEMBERS" | "SCARD") {
            return None;
        }
        let mut keys = self.keys.borrow_mut();
        let new = || Entry { value: Value::Set(BTreeSet::new()), ttl: None };
        let entry = keys.entry(key.to_vec()).or_insert_with(new);
        let Value::Set(members) = &mut entry.value else { return Some(Err(error(WRONG_TYPE))) };
        let outcome = match name {
            "SADD" => integer(rest.iter().filter(|m| members.insert(m.to_vec())).count()),
            "SREM" => integer(rest.iter().filter(|m| members.remove(**m)).count()),
            "SMEMBERS" => Ok(bulks(members.iter().cloned())),
            "SCARD" => integer(members.len()),
            "SISMEMBER" => integer(u8::from(members.contains(rest[0]))),
            "SMISMEMBER" => {
                let there = |m: &&[u8]| Reply::Integer(i64::from(members.contains(*m)));
                Ok(Reply::Array(rest.iter().map(there).collect()))
            }
            "SSCAN" => self.page(members.iter().cloned().collect(), rest[0], &rest[1..], &|_| true),
            _ => Err(error("ERR unknown command")),
        };
        if members.is_empty() && self.fault != Fault::KeepsEmptySets {
            keys.remove(key);
        }
        Some(outcome)
    }

    fn on_hash(&self, name: &str, key: &[u8], rest: &[&[u8]]) -> Option<Outcome> {
        if rest.is_empty() != (name == "HGETALL") {
            return None;
        }
        let mut keys = self.keys.borrow_mut();
        let new = || Entry { value: Value::Hash(BTreeMap::new()), ttl: None };
        let entry = keys.entry(key.to_vec()).or_insert_with(new);
        let Value::Hash(fields) = &mut entry.value else { return Some(Err(error(WRONG_TYPE))) };
        let outcome = match name {
            "HSET" => {
                let pairs = rest.chunks(2);
                let new = pairs.filter(|p| fields.insert(p[0].to_vec(), p[1].to_vec()).is_none());
                integer(new.count())
            }
            "HGET" => Ok(fields.get(rest[0]).map_or(Reply::Null, |v| Reply::Bulk(v.clone()))),
            "HDEL" => integer(rest.iter().filter(|f| fields.remove(**f).is_some()).count()),
            "HGETALL" => {
                let flat = fields.iter().flat_map(|(f, v)| [f.clone(), v.clone()]);
                Ok(bulks(flat))
            }
            _ => Err(error("ERR unknown command")),
        };
        if fields.is_empty() {
            keys.remove(key);
        }
        Some(outcome)
    }
}

fn bulks(items: impl Iterator<Item = Vec<u8>>) -> Reply {
    Reply::Array(items.map(Reply::Bulk).collect())
}

fn option<'a>(options: &[&'a [u8]], name: &[u8]) -> Option<&'a [u8]> {
    options.chunks(2).find(|pair| pair[0] == name).map(|pair| pair[1])
}

/// `*` at the end and `?` anywhere, which is all that is asked of it.
fn matches(pattern: &[u8], item: &[u8]) -> bool {
    let (pattern, item) = match pattern.strip_suffix(b"*") {
        Some(start) if item.len() >= start.len() => (start, &item[..start.len()]),
        Some(_) => return false,
        None => (pattern, item),
    };
    let same = |(p, i): (&u8, &u8)| *p == b'?' || p == i;
    pattern.len() == item.len() && pattern.iter().zip(item).all(same)
}
