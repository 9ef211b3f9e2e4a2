//! Keys of any type: `DEL`, `EXISTS`, `EXPIRE`, `PEXPIRE`, `TTL`, `TYPE`. One key each, since the
//! keys of a Cluster live in different places.

use super::decode;
use crate::{Command, Plain, Reply};

/// `DEL`: whether there was something to delete.
pub fn del(key: impl AsRef<[u8]>) -> Plain<bool> {
    Plain::new(Command::new("DEL").arg(key), decode::flag)
}

/// `EXISTS`.
pub fn exists(key: impl AsRef<[u8]>) -> Plain<bool> {
    Plain::new(Command::new("EXISTS").arg(key), decode::flag)
}

/// `EXPIRE`: gone after so many seconds, at once if there are none; whether there was such a key.
pub fn expire(key: impl AsRef<[u8]>, seconds: i64) -> Plain<bool> {
    Plain::new(Command::new("EXPIRE").arg(key).arg(seconds.to_string()), decode::flag)
}

/// `PEXPIRE`: gone after so many milliseconds, at once if there are none; whether there was such a
/// key.
pub fn pexpire(key: impl AsRef<[u8]>, millis: i64) -> Plain<bool> {
    Plain::new(Command::new("PEXPIRE").arg(key).arg(millis.to_string()), decode::flag)
}

/// How long a key has to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ttl {
    /// There is no such key.
    Missing,
    /// It stays.
    Forever,
    /// So many seconds, rounded as Redis does.
    Seconds(u64),
}

/// `TTL`.
pub fn ttl(key: impl AsRef<[u8]>) -> Plain<Ttl> {
    Plain::new(Command::new("TTL").arg(key), |reply| match decode::integer(reply)? {
        -2 => Ok(Ttl::Missing),
        -1 => Ok(Ttl::Forever),
        seconds => decode::count(Reply::Integer(seconds)).map(Ttl::Seconds),
    })
}

/// The type of what a key holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is no such key.
    None,
    /// A string.
    String,
    /// A list.
    List,
    /// A set.
    Set,
    /// A sorted set.
    SortedSet,
    /// A hash.
    Hash,
    /// A stream.
    Stream,
    /// What a module made.
    Other(String),
}

/// `TYPE`.
pub fn kind(key: impl AsRef<[u8]>) -> Plain<Kind> {
    Plain::new(Command::new("TYPE").arg(key), read_kind)
}

fn read_kind(reply: Reply) -> Result<Kind, Reply> {
    let name = decode::text(reply)?;
    Ok(match name.as_str() {
        "none" => Kind::None,
        "string" => Kind::String,
        "list" => Kind::List,
        "set" => Kind::Set,
        "zset" => Kind::SortedSet,
        "hash" => Kind::Hash,
        "stream" => Kind::Stream,
        _ => Kind::Other(name),
    })
}
