//! Sets: `SADD`, `SREM`, `SMEMBERS`, `SISMEMBER`, `SMISMEMBER`, `SCARD`.

use super::decode;
use crate::{Command, Plain};

/// `SADD`: how many of them are new. Redis refuses none at all.
pub fn sadd<I>(key: impl AsRef<[u8]>, members: I) -> Plain<u64>
where
    I: IntoIterator,
    I::Item: AsRef<[u8]>,
{
    Plain::new(Command::new("SADD").arg(key).args(members), decode::count)
}

/// `SREM`: how many of them were there. Redis refuses none at all.
pub fn srem<I>(key: impl AsRef<[u8]>, members: I) -> Plain<u64>
where
    I: IntoIterator,
    I::Item: AsRef<[u8]>,
{
    Plain::new(Command::new("SREM").arg(key).args(members), decode::count)
}

/// `SMEMBERS`: all of them, in no order. For sets of any size there is [`sscan`](super::sscan).
pub fn smembers(key: impl AsRef<[u8]>) -> Plain<Vec<Vec<u8>>> {
    Plain::new(Command::new("SMEMBERS").arg(key), decode::list)
}

/// `SISMEMBER`.
pub fn sismember(key: impl AsRef<[u8]>, member: impl AsRef<[u8]>) -> Plain<bool> {
    Plain::new(Command::new("SISMEMBER").arg(key).arg(member), decode::flag)
}

/// `SMISMEMBER`: of each of `members` whether it is there, in their order. Redis refuses none at all.
pub fn smismember<I>(key: impl AsRef<[u8]>, members: I) -> Plain<Vec<bool>>
where
    I: IntoIterator,
    I::Item: AsRef<[u8]>,
{
    Plain::new(Command::new("SMISMEMBER").arg(key).args(members), decode::flags)
}

/// `SCARD`: how many members there are.
pub fn scard(key: impl AsRef<[u8]>) -> Plain<u64> {
    Plain::new(Command::new("SCARD").arg(key), decode::count)
}
