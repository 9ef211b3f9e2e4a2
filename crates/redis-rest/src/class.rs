//! What an error of Redis means for whoever sent the command.

use crate::RedisError;

/// What to do about an error of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// The server cannot just now, and did nothing: the same command may succeed later.
    Waiting,
    /// The server will not, for this caller: authentication, permission, quota. Somebody has to
    /// change something first.
    Refused,
    /// The command is wrong, or does not fit what is stored: it will fail again.
    Permanent,
}

/// Codes of a server that recovers: a replica without its primary, a full memory, a restart, a
/// cluster that moves slots, a script in the way.
const WAITING: [&str; 13] = [
    "READONLY",
    "OOM",
    "LOADING",
    "CLUSTERDOWN",
    "MASTERDOWN",
    "TRYAGAIN",
    "MISCONF",
    "BUSY",
    "NOREPLICAS",
    "NOGOODSLAVE",
    "MOVED",
    "ASK",
    "UNBLOCKED",
];

const REFUSED: [&str; 4] = ["NOAUTH", "WRONGPASS", "NOPERM", "DENIED"];

impl RedisError {
    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        let code = self.code();
        if WAITING.contains(&code) || self.is_full_house() {
            ErrorClass::Waiting
        } else if REFUSED.contains(&code) || self.is_quota() {
            ErrorClass::Refused
        } else {
            self.cause().map_or(ErrorClass::Permanent, |cause| cause.class())
        }
    }

    /// Whether it speaks of a limit that a provider sold: so many commands, so much data.
    pub(crate) fn is_quota(&self) -> bool {
        let limit = self.0.starts_with("ERR max ") && self.0.contains(" exceeded");
        (limit && !self.is_too_large()) || self.0.contains("quota exceeded")
    }

    /// Whether it speaks of one request that is too large, as Upstash words it.
    pub(crate) fn is_too_large(&self) -> bool {
        self.0.starts_with("ERR max request size exceeded")
    }

    /// All connections of the server are in use.
    fn is_full_house(&self) -> bool {
        self.0.starts_with("ERR max number of clients reached")
    }

    /// A transaction that was discarded says why, from Redis 7 on.
    fn cause(&self) -> Option<RedisError> {
        let (_, cause) = self.0.strip_prefix("EXECABORT ")?.split_once("because of: ")?;
        Some(RedisError(cause.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorClass::{self, Permanent, Refused, Waiting};
    use crate::RedisError;

    fn class(text: &str) -> ErrorClass {
        RedisError(text.to_owned()).class()
    }

    #[test]
    fn a_server_that_recovers_is_waited_for() {
        for text in [
            "READONLY You can't write against a read only replica.",
            "OOM command not allowed when used memory > 'maxmemory'.",
            "LOADING Redis is loading the dataset in memory",
            "CLUSTERDOWN The cluster is down",
            "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
            "TRYAGAIN Multiple keys request during rehashing of slot",
            "MISCONF Redis is configured to save RDB snapshots",
            "BUSY Redis is busy running a script.",
            "ERR max number of clients reached",
            "EXECABORT Transaction discarded because of: READONLY You can't write",
        ] {
            assert_eq!(class(text), Waiting, "{text}");
        }
    }

    #[test]
    fn authentication_permission_and_quota_are_refusals() {
        for text in [
            "NOAUTH Authentication required.",
            "WRONGPASS invalid or missing auth token",
            "NOPERM this user has no permissions to run the 'flushdb' command",
            "ERR max daily request limit exceeded. Limit: 10000, Usage: 10000.",
            "ERR max requests limit exceeded. Limit: 500000, Usage: 500001.",
            "ERR DB capacity quota exceeded",
        ] {
            assert_eq!(class(text), Refused, "{text}");
        }
    }

    #[test]
    fn a_wrong_command_stays_wrong() {
        for text in [
            "WRONGTYPE Operation against a key holding the wrong kind of value",
            "ERR wrong number of arguments for 'get' command",
            "ERR max request size exceeded. Limit: 10485760 bytes, Actual: 10485761 bytes.",
            "ERR max or min is not a float",
            "ERR the depth was exceeded",
            "CROSSSLOT Keys in request don't hash to the same slot",
            "EXECABORT Transaction discarded because of previous errors.",
            "",
        ] {
            assert_eq!(class(text), Permanent, "{text}");
        }
    }
}
