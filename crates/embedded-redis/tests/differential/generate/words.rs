//! What random commands are made of.

/// How each command goes: small letters stand for arguments, `?` before a group of options for perhaps
/// some of them, `+` after a letter for one or more. What stands here twice comes twice as often.
pub(super) const FORMS: &str = "\
     GET k; SET k v; SET k v ?set; SET k v ?set; SET k v ?set; SETEX k t v; PSETEX k T v; \
     SETNX k v; GETSET k v; GETDEL k; GETEX k ?getex; GETEX k ?getex; APPEND k v; STRLEN k; \
     INCR k; DECR k; INCRBY k i; DECRBY k i; INCRBYFLOAT k x; INCRBYFLOAT k x; MGET k+; \
     MSET kv+; MSETNX kv+; GETRANGE k o o; SUBSTR k o o; SETRANGE k o v; SADD k m+; SADD k m+; \
     SADD k m+; SREM k m+; SMEMBERS k; SISMEMBER k m; SMISMEMBER k m+; SCARD k; SSCAN k 0 ?scan; \
     SPOP k; SPOP k n; SRANDMEMBER k; SRANDMEMBER k n; SMOVE k k m; SINTER k+; SUNION k+; \
     SDIFF k+; SINTERSTORE k k+; SUNIONSTORE k k+; SDIFFSTORE k k+; HSET k mv+; HSET k mv+; \
     HSET k mv+; HMSET k mv+; HSETNX k m v; HGET k m; HMGET k m+; HGETALL k; HDEL k m+; \
     HEXISTS k m; HLEN k; HKEYS k; HVALS k; HINCRBY k m i; HINCRBYFLOAT k m x; HSCAN k 0 ?scan; \
     HSTRLEN k m; DEL k+; UNLINK k+; EXISTS k+; TYPE k; EXPIRE k t ?expire; PEXPIRE k T ?expire; \
     EXPIREAT k a ?expire; PEXPIREAT k A ?expire; EXPIRE k t; TTL k; PTTL k; EXPIRETIME k; \
     PEXPIRETIME k; PERSIST k; KEYS g; SCAN 0 ?scan; SCAN 0 ?scankeys; RENAME k k; RENAMENX k k; \
     RANDOMKEY; DBSIZE; COPY k k; COPY k k REPLACE; COPY k k DB 0; COPY k k BAD; TOUCH k+; PING; \
     PING v; ECHO v; SELECT 0; NOSUCH v+; SSCAN k m; SCAN x; FLUSHALL; FLUSHDB ASYNC; \
     FLUSHALL v";

/// What comes seldom, or nothing would last.
pub(super) const RARE: [&str; 3] = ["FLUSHALL", "FLUSHDB", "NOSUCH"];

pub(super) const KEYS: &[&[u8]] = &[b"a", b"b", b"c", b"d", b"key:1", b"key:2", b"", b"\xff\x00\n"];
pub(super) const MEMBERS: &[&[u8]] =
    &[b"m", b"n", b"1", b"2", b"3", b"", b"\x00\xfe", b"field:1", b"0.5", b"-7"];
pub(super) const VALUES: &[&[u8]] = &[
    b"v",
    b"",
    b"0",
    b"1",
    b"-1",
    b"10",
    b"3.0e3",
    b"10.50",
    b"01",
    b"+1",
    b" 1",
    b"1.5",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"9223372036854775808",
    b"Hello-World",
    b"\x80\x00\xff",
    b"1e20",
    b"inf",
    b"nan",
    b"-0",
];
pub(super) const INTEGERS: &[&[u8]] = &[
    b"1",
    b"-1",
    b"0",
    b"42",
    b"-1000",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"1.5",
    b"abc",
    b"",
    b"007",
];
pub(super) const FLOATS: &[&[u8]] = &[
    b"0.1",
    b"-0.1",
    b"1",
    b"1e3",
    b"3.14159265358979",
    b"-2.5e-7",
    b"1e17",
    b"0.00000000000000001",
    b"1e400",
    b"abc",
    b"inf",
    b"-inf",
    b"nan",
    b"",
    b"1e5000",
    b".5",
    b"5.",
    b"123456789.123456789",
    b"1e-400",
    b"+7",
];
pub(super) const OFFSETS: &[&[u8]] = &[
    b"0",
    b"1",
    b"2",
    b"5",
    b"20",
    b"-1",
    b"-3",
    b"-100",
    b"100",
    b"x",
    b"9223372036854775807",
    b"-9223372036854775808",
];
pub(super) const COUNTS: &[&[u8]] =
    &[b"0", b"1", b"2", b"3", b"100", b"-1", b"-2", b"-5", b"x", b"-9223372036854775808"];
pub(super) const GLOBS: &[&[u8]] = &[
    b"*",
    b"?",
    b"key:*",
    b"[a-c]",
    b"[^a-c]",
    b"k[ae]y:?",
    b"",
    b"\\a",
    b"*:1",
    b"[",
    b"**",
    b"[b",
    b"\xff*",
    b"a\\",
    b"[^",
    b"*[1-2]",
    b"?*",
    b"[c-a]",
    b"[\\a]",
];
pub(super) const SET_OPTIONS: &[&str] =
    &["NX", "XX", "GET", "KEEPTTL", "EX t", "PX T", "EXAT a", "PXAT A", "nx", "PERSIST", "EX"];
pub(super) const GETEX_OPTIONS: &[&str] =
    &["EX t", "PX T", "EXAT a", "PXAT A", "PERSIST", "persist", "KEEPTTL", "PX"];
pub(super) const EXPIRE_OPTIONS: &[&str] = &["NX", "XX", "GT", "LT", "gt", "LT", "XX", "BAD"];
pub(super) const SCAN_OPTIONS: &[&str] =
    &["MATCH g", "MATCH g", "MATCH", "COUNT", "COUNT n", "TYPE v"];
pub(super) const TYPES: &[&str] =
    &["TYPE string", "TYPE set", "TYPE hash", "TYPE zset", "TYPE STRING", "MATCH g"];
