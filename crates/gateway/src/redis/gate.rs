//! What is refused before it is sent.

use redis_rest::{Command, RedisError};

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everything that is served.
    Full,
    /// Only what changes nothing.
    ReadOnly,
}

/// These wait for something, while others wait for their turn on the same connection.
const BLOCKING: [&str; 11] = [
    "BLMOVE",
    "BLMPOP",
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BZMPOP",
    "BZPOPMAX",
    "BZPOPMIN",
    "MIGRATE",
    "WAIT",
    "WAITAOF",
];

/// These change what the connection is, or what it is answered, for all who share it.
const OF_THE_CONNECTION: [&str; 25] = [
    "ASKING",
    "AUTH",
    "CLIENT",
    "DISCARD",
    "EXEC",
    "HELLO",
    "MONITOR",
    "MULTI",
    "PSUBSCRIBE",
    "PSYNC",
    "PUNSUBSCRIBE",
    "QUIT",
    "READONLY",
    "READWRITE",
    "REPLCONF",
    "RESET",
    "SELECT",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "SYNC",
    "UNSUBSCRIBE",
    "UNWATCH",
    "WATCH",
    "RESTORE-ASKING",
];

/// These are the business of whoever runs the server: they stop it, hold it up, or show its secrets.
const OF_THE_OPERATOR: [&str; 16] = [
    "ACL",
    "BGREWRITEAOF",
    "BGSAVE",
    "CLUSTER",
    "CONFIG",
    "DEBUG",
    "FAILOVER",
    "MODULE",
    "PFDEBUG",
    "PFSELFTEST",
    "REPLICAOF",
    "SAVE",
    "SENTINEL",
    "SHUTDOWN",
    "SLAVEOF",
    "SWAPDB",
];

/// What changes nothing. What is not here is a write, so that a command of tomorrow is refused to a
/// token that may only read.
const READS: [&str; 86] = [
    "BITCOUNT",
    "BITFIELD_RO",
    "BITPOS",
    "COMMAND",
    "DBSIZE",
    "DUMP",
    "ECHO",
    "EVALSHA_RO",
    "EVAL_RO",
    "EXISTS",
    "EXPIRETIME",
    "FCALL_RO",
    "GEODIST",
    "GEOHASH",
    "GEOPOS",
    "GEORADIUSBYMEMBER_RO",
    "GEORADIUS_RO",
    "GEOSEARCH",
    "GET",
    "GETBIT",
    "GETRANGE",
    "HEXISTS",
    "HEXPIRETIME",
    "HGET",
    "HGETALL",
    "HKEYS",
    "HLEN",
    "HMGET",
    "HPEXPIRETIME",
    "HPTTL",
    "HRANDFIELD",
    "HSCAN",
    "HSTRLEN",
    "HTTL",
    "HVALS",
    "INFO",
    "KEYS",
    "LASTSAVE",
    "LCS",
    "LINDEX",
    "LLEN",
    "LOLWUT",
    "LPOS",
    "LRANGE",
    "MGET",
    "OBJECT",
    "PEXPIRETIME",
    "PFCOUNT",
    "PING",
    "PTTL",
    "PUBSUB",
    "RANDOMKEY",
    "ROLE",
    "SCAN",
    "SCARD",
    "SDIFF",
    "SINTER",
    "SINTERCARD",
    "SISMEMBER",
    "SMEMBERS",
    "SMISMEMBER",
    "SORT_RO",
    "SRANDMEMBER",
    "SSCAN",
    "STRLEN",
    "SUBSTR",
    "SUNION",
    "TIME",
    "TOUCH",
    "TTL",
    "TYPE",
    "XINFO",
    "XLEN",
    "XPENDING",
    "XRANGE",
    "XREAD",
    "XREVRANGE",
    "ZCARD",
    "ZCOUNT",
    "ZDIFF",
    "ZINTER",
    "ZINTERCARD",
    "ZLEXCOUNT",
    "ZMSCORE",
    "ZRANDMEMBER",
    "ZRANGE",
];

const MORE_READS: [&str; 9] = [
    "ZRANGEBYLEX",
    "ZRANGEBYSCORE",
    "ZRANK",
    "ZREVRANGE",
    "ZREVRANGEBYLEX",
    "ZREVRANGEBYSCORE",
    "ZREVRANK",
    "ZSCAN",
    "ZSCORE",
];

/// Why a command is refused, if it is.
pub(super) fn refusal(command: &Command, access: Access) -> Option<RedisError> {
    let name = command.name();
    let why = unavailable(&name, command.arguments());
    if let Some(why) = why {
        let said = name.to_ascii_lowercase();
        return Some(RedisError(format!("ERR Command is not available: '{said}'. {why}")));
    }
    if access == Access::Full || is_read(&name, command.arguments()) {
        return None;
    }
    let said = name.to_ascii_lowercase();
    Some(RedisError(format!(
        "NOPERM this user has no permissions to run the '{said}' command: its token may only read"
    )))
}

fn unavailable(name: &str, arguments: &[Vec<u8>]) -> Option<&'static str> {
    if BLOCKING.contains(&name) || blocks(name, arguments) {
        return Some("It would make others wait, who share the connection");
    }
    if OF_THE_CONNECTION.contains(&name) {
        return Some("It would change the connection for others, who share it");
    }
    if OF_THE_OPERATOR.contains(&name) || (name == "SCRIPT" && first_is(arguments, "DEBUG")) {
        return Some("It is for whoever runs the server");
    }
    None
}

/// `XREAD … BLOCK …` waits; the options stand before `STREAMS`.
fn blocks(name: &str, arguments: &[Vec<u8>]) -> bool {
    let is = |argument: &Vec<u8>, word: &str| argument.eq_ignore_ascii_case(word.as_bytes());
    matches!(name, "XREAD" | "XREADGROUP")
        && arguments.iter().take_while(|each| !is(each, "STREAMS")).any(|each| is(each, "BLOCK"))
}

fn is_read(name: &str, arguments: &[Vec<u8>]) -> bool {
    match name {
        "MEMORY" => first_is(arguments, "USAGE"),
        "SCRIPT" => first_is(arguments, "EXISTS"),
        "FUNCTION" => first_is(arguments, "LIST"),
        _ => READS.contains(&name) || MORE_READS.contains(&name),
    }
}

fn first_is(arguments: &[Vec<u8>], word: &str) -> bool {
    arguments.first().is_some_and(|first| first.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use redis_rest::Command;

    use super::{Access, refusal};

    fn said(words: &str, access: Access) -> String {
        let parts = words.split(' ').map(|part| part.as_bytes().to_vec()).collect();
        let command = Command::from_parts(parts).unwrap();
        refusal(&command, access).map(|error| error.0).unwrap_or_default()
    }

    #[test]
    fn what_waits_or_changes_a_shared_connection_is_refused_however_it_is_spelled() {
        for words in [
            "SUBSCRIBE a",
            "psubscribe a*",
            "Monitor",
            "BLPOP a 0",
            "blmove a b LEFT LEFT 0",
            "WATCH a",
            "MULTI",
            "EXEC",
            "DISCARD",
            "SELECT 1",
            "AUTH x",
            "CLIENT SETNAME x",
            "CLIENT KILL x",
            "QUIT",
            "RESET",
            "HELLO 3",
            "DEBUG SLEEP 1",
            "SHUTDOWN",
            "CONFIG GET *",
            "XREAD BLOCK 0 STREAMS a 0",
            "XREADGROUP GROUP g c block 5 STREAMS a >",
            "CLIENT REPLY OFF",
            "SCRIPT DEBUG YES",
        ] {
            assert!(
                said(words, Access::Full).starts_with("ERR Command is not available: '"),
                "{words}"
            );
        }
    }

    #[test]
    fn a_stream_may_be_called_block() {
        assert_eq!(said("XREAD COUNT 1 STREAMS block 0", Access::Full), "");
    }

    #[test]
    fn a_token_that_may_only_read_is_refused_all_else() {
        for words in
            ["GET a", "smembers a", "SCAN 0", "TTL a", "INFO", "MEMORY USAGE a", "ZSCORE a b"]
        {
            assert_eq!(said(words, Access::ReadOnly), "", "{words}");
        }
        for words in [
            "SET a 1",
            "GETDEL a",
            "GETEX a",
            "FLUSHDB",
            "EVAL x 0",
            "SCRIPT FLUSH",
            "MEMORY PURGE",
            "SORT a STORE b",
            "NOSUCHCOMMAND",
            "XREADGROUP GROUP g c STREAMS a >",
            "PUBLISH a b",
        ] {
            assert!(said(words, Access::ReadOnly).starts_with("NOPERM "), "{words}");
            assert_eq!(said(words, Access::Full), "", "{words}");
        }
    }
}
