//! What chance does not come by: words of errors, ends of ranges, real time, long scans.

use std::collections::BTreeSet;
use std::time::Duration;

use redis_rest::{Command, Outcome, Reply};

use crate::compare;
use crate::generate::spelled;
use crate::pair::Pair;
use crate::server::Server;

type Verdict = Result<(), String>;

/// Each is played on both from empty. `~` is a space, `''` nothing.
const STORIES: &[&str] = &[
    "NOSUCH; nosuch a b; NoSuch '' ~; config get maxmemoryx x; get; GET a b; set a; hset h f; HSET h f 1 g; \
     mset a; MSET a 1 b; msetnx a 1 b; ping a b; info; echo; sadd s; smove a b; spop; expire a; scan; copy a",
    "SET n 3; INCRBYFLOAT n 1e400; INCRBYFLOAT n -1e400; INCRBYFLOAT n 1e4932; INCRBYFLOAT n 1e4932; \
     SET n 1e4933; INCRBYFLOAT n 1; SET n 0.1; INCRBYFLOAT n 0.2; INCRBYFLOAT n 1e-19; INCRBYFLOAT n 1000000000000000; \
     INCRBYFLOAT n 0.3; SET n 18446744073709551617; INCRBYFLOAT n 0; SET n 18446744073709551619; INCRBYFLOAT n 0; \
     INCRBYFLOAT n 1; INCRBYFLOAT n 3; SET n 1000000000000000.3; INCRBYFLOAT n -1000000000000000; SET n 123456789012345678901234567890; INCRBYFLOAT n 1",
    "HSET h f inf; HINCRBYFLOAT h f 1; HINCRBYFLOAT h f inf; HINCRBYFLOAT h g -inf; HINCRBYFLOAT h g nan; \
     EXISTS h; HSET h f 1e4932; HINCRBYFLOAT h f 1.1e4932; HINCRBY h f 1; HINCRBYFLOAT none f x; EXISTS none",
    "SADD s a; SRANDMEMBER s 1 2; SRANDMEMBER none x; SPOP none x; SPOP none -1; SPOP s 0; SRANDMEMBER s 0; \
     SRANDMEMBER none 5; SRANDMEMBER none; SPOP none; SRANDMEMBER s -9223372036854775808; SRANDMEMBER s -9223372036854775807x",
    "SADD s a; SSCAN s x; SSCAN s -1; SSCAN s ~0; SSCAN s 0~; SSCAN s '' COUNT 1000; SSCAN s +0; SSCAN s 0 COUNT; \
     SSCAN s 0 COUNT x; SSCAN s 0 COUNT 0; SSCAN s 0 COUNT -1; SSCAN s 0 TYPE set; SSCAN none 0 BAD; \
     SSCAN none 99999999999999999999; SCAN 0 MATCH; SCAN 0 TYPE; SCAN 0 COUNT 9 BAD; HSCAN s 0; SCAN 0x",
    "SET k v; SELECT 0; SELECT x; SELECT -1; SELECT 99; SELECT 9999999999; COPY k k; COPY k l DB; COPY k l DB x; \
     COPY k l DB 0 REPLACE REPLACE; COPY k l DB -1; COPY k l DB 9999999999; COPY none k BAD; FLUSHALL BAD; FLUSHDB SYNC ASYNC; EXISTS k",
    "SET k v PX 9223372036854775807; SET k v PX 9223372036854770000; SET k v EXAT 9223372036854775; \
     SET k v EX 9223372036854776; EXISTS k; EXPIRE k 9223372036854775; EXPIRE k 9223372036854776; \
     EXPIRE k -9223372036854776; PEXPIRE k 9223372036854775807; EXPIREAT k 9223372036854775; \
     EXPIRE none 1 NX XX; EXPIRE none x NX; EXPIRE none 1 BAD; EXPIRE none x BAD; PEXPIREAT k -5; EXISTS k",
    "SET k v EXAT 1; EXISTS k; DBSIZE; SET k v PXAT 1 GET; GET k; SET k v; GETEX k EXAT 1; EXISTS k; SET k v; \
     EXPIREAT k 1; EXISTS k; SET k v; PEXPIRE k 0; EXISTS k; SETEX k -1 v; PSETEX k 0 v; SETEX k x v",
    "SADD s a; GETEX s EX 0; GETEX none EX 0; GETEX none EX x; GETEX s BAD; SET s v GET; SET s v GET EX 0; SET s v NX GET; \
     GETSET s v; MGET s; MSETNX s 1; MSET s 1; GET s; SADD s b; SMOVE none s m; SINTERSTORE s none; EXISTS s",
    "SET k v; SMOVE none k m; SMOVE k none m; SADD s m; SMOVE s k m; SMOVE s k z; SMOVE s s z; SINTER none k; SINTER k none; \
     SUNION none k; SDIFF none k; SDIFFSTORE d none k; SUNIONSTORE k none; EXISTS k",
    "SET k '' ; APPEND k ''; SETRANGE k 0 ''; SETRANGE new 0 ''; SETRANGE new 5 ''; EXISTS new; GETRANGE k 0 -1; \
     SETRANGE k 2 ab; GET k; GETRANGE k -100 1; GETRANGE k 1 -100; GETRANGE k -9223372036854775808 9223372036854775807; \
     SETRANGE k -1 ''; SETRANGE none -1 x; SADD s a; SETRANGE s -1 x; SETRANGE s 0 ''; GETRANGE s x 0; GETRANGE none x 0",
    "SET a 1; RENAME a a; RENAMENX a a; RENAME none none; RENAMENX none a; SADD b m; RENAME a b; TYPE b; TTL b",
    "TYPE none; OBJECT; DEL none; PERSIST none; TTL none; PEXPIRETIME none; TOUCH none none; KEYS none; RANDOMKEY; DBSIZE",
];

pub(crate) fn run(server: &Server) -> Verdict {
    for story in STORIES {
        let mut pair = Pair::new(server);
        for words in story.split(';').map(str::trim) {
            let command = command(words);
            let (here, there) = (pair.here(&command), pair.there(&command));
            if !allowed(words) && !compare::same(&command, &here, &there) {
                let words = spelled(&command);
                return Err(format!("{words}\n    here     {here:?}\n    in Redis {there:?}"));
            }
        }
    }
    Ok(())
}

/// What differs and may: `INFO`'s text, other databases, commands that only Redis has.
fn allowed(words: &str) -> bool {
    ["info", "SELECT 9", "OBJECT", "config"].iter().any(|begin| words.starts_with(begin))
}

fn command(words: &str) -> Command {
    let part = |word: &str| match word {
        "''" => Vec::new(),
        word => word.replace('~', " ").into_bytes(),
    };
    Command::from_parts(words.split(' ').map(part).collect()).unwrap()
}

/// How often, every 5 ms, to look whether a key is gone.
const LOOKS: u32 = 2_000;

/// Keys with little time left go in both, never before it is over.
pub(crate) fn expiry(server: &Server) -> Verdict {
    let mut pair = Pair::new(server);
    for words in [
        "SET k v PX 150",
        "SADD s m",
        "PEXPIRE s 150",
        "HSET h f v",
        "PEXPIRE h 150",
        "SET stays v",
    ] {
        pair.single(&command(words))?;
    }
    let begun = crate::pair::now();
    let exists = command("EXISTS k s h");
    let gone: Outcome = Ok(Reply::Integer(0));
    for _ in 0..LOOKS {
        let (here, there) = (pair.here(&exists), pair.there(&exists));
        if here == gone && there == gone {
            let passed = crate::pair::now() - begun;
            return if passed >= 140 {
                pair.single(&command("DBSIZE"))
            } else {
                Err(format!("after {passed} ms"))
            };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err("keys whose time was over are still there".to_owned())
}

/// More than Redis keeps in compact form, so that it scans in steps too.
const MANY: usize = 700;

pub(crate) fn scans(server: &Server) -> Verdict {
    let mut pair = Pair::new(server);
    for n in 0..MANY {
        for words in [format!("SADD s m{n}"), format!("HSET h f{n} {n}"), format!("SET key:{n} v")]
        {
            pair.single(&command(&words))?;
        }
    }
    for words in [
        "SSCAN s @ COUNT 9",
        "SSCAN s @ MATCH m*7",
        "HSCAN h @",
        "SCAN @ COUNT 50",
        "SCAN @ MATCH key:1* TYPE string",
    ] {
        let here = all_steps(words, |command| pair.here(command))?;
        let there = all_steps(words, |command| pair.there(command))?;
        if here != there {
            return Err(format!("{words}: {} found here, {} in Redis", here.len(), there.len()));
        }
    }
    Ok(())
}

fn all_steps(
    words: &str,
    mut ask: impl FnMut(&Command) -> Outcome,
) -> Result<BTreeSet<Vec<u8>>, String> {
    let (mut cursor, mut all) = ("0".to_owned(), BTreeSet::new());
    loop {
        let Ok(Reply::Array(parts)) = ask(&command(&words.replace('@', &cursor))) else {
            return Err(format!("{words}: no step of a scan"));
        };
        let [next, Reply::Array(found)] = parts.as_slice() else {
            return Err(format!("{words}: {parts:?}"));
        };
        all.extend(found.iter().filter_map(Reply::as_bytes).map(<[u8]>::to_vec));
        cursor = String::from_utf8_lossy(next.as_bytes().unwrap_or_default()).into_owned();
        if cursor == "0" {
            return Ok(all);
        }
    }
}
