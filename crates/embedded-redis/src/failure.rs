//! Why a command failed, and Redis's words for it.

use presence::store::StoreError;
use redis_rest::RedisError;

use crate::limits::{MAX_KEY, MAX_VALUE};

/// Why a command failed. What it had written is taken back, except within a transaction after
/// [`Failure::Redis`]: hence commands look first and write afterwards.
#[derive(Debug)]
pub(crate) enum Failure {
    /// As Redis fails: the others of a transaction are none the worse.
    Redis(RedisError),
    /// Storage refused: nothing of a transaction stays.
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Failure> for RedisError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Redis(error) => error,
            Failure::Store(error) => RedisError(format!("ERR {error}")),
        }
    }
}

impl Failure {
    /// In these words, code included.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::Redis(RedisError(text.into()))
    }

    pub(crate) fn arity(name: &str) -> Self {
        Self::new(format!("ERR wrong number of arguments for '{name}' command"))
    }

    pub(crate) fn expire_time(name: &str) -> Self {
        Self::new(format!("ERR invalid expire time in '{name}' command"))
    }

    pub(crate) fn wrong_type() -> Self {
        Self::new("WRONGTYPE Operation against a key holding the wrong kind of value")
    }

    pub(crate) fn syntax() -> Self {
        Self::new("ERR syntax error")
    }

    pub(crate) fn not_an_integer() -> Self {
        Self::new("ERR value is not an integer or out of range")
    }

    pub(crate) fn not_positive() -> Self {
        Self::new("ERR value is out of range, must be positive")
    }

    pub(crate) fn overflow() -> Self {
        Self::new("ERR increment or decrement would overflow")
    }

    pub(crate) fn no_such_key() -> Self {
        Self::new("ERR no such key")
    }

    pub(crate) fn out_of_memory() -> Self {
        Self::new("OOM command not allowed when used memory > 'maxmemory'.")
    }

    pub(crate) fn key_too_long() -> Self {
        Self::new(format!("ERR key exceeds maximum allowed size ({MAX_KEY} bytes)"))
    }

    pub(crate) fn value_too_long() -> Self {
        Self::new(format!("ERR string exceeds maximum allowed size ({MAX_VALUE} bytes)"))
    }

    pub(crate) fn answer_too_large(limit: usize) -> Self {
        Self::new(format!("ERR the answer would exceed the maximum of {limit} bytes: ask for less"))
    }
}
