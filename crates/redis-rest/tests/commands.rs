//! Typed commands: how they are spelled, and what their replies mean.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::fmt::Debug;

use redis_rest::commands::*;
use redis_rest::{Ask, Error, RedisError, Reply};

fn spelled(ask: &impl Ask) -> String {
    let parts = ask.command().parts().to_vec();
    parts.into_iter().map(|p| String::from_utf8(p).unwrap()).collect::<Vec<_>>().join(" ")
}

fn bulk(text: &str) -> Reply {
    Reply::Bulk(text.as_bytes().to_vec())
}

/// Checks the spelling, the values of replies, and that other replies are none.
fn holds<A: Ask>(ask: &A, spelling: &str, replies: Vec<(Reply, A::Value)>, others: Vec<Reply>)
where
    A::Value: Debug + PartialEq,
{
    assert_eq!(spelled(ask), spelling);
    for (reply, value) in replies {
        assert_eq!(ask.read(Ok(reply)), Ok(value), "{spelling}");
    }
    for reply in others {
        let read = ask.read(Ok(reply));
        assert!(matches!(read, Err(Error::Ambiguous(_))), "{spelling}: {read:?}");
    }
}

#[test]
fn strings() {
    let value = Some(b"v".to_vec());
    let none = Reply::Null;
    let others = vec![Reply::Integer(1), Reply::Array(vec![])];
    holds(&get("k"), "GET k", vec![(bulk("v"), value), (none, None)], others);
    let each = Reply::Array(vec![bulk("v"), Reply::Null]);
    let others = vec![Reply::Null, bulk("v"), Reply::Array(vec![Reply::Integer(1)])];
    holds(&mget(["k", "l"]), "MGET k l", vec![(each, vec![Some(b"v".to_vec()), None])], others);
    let ok = || vec![(Reply::ok(), true), (bulk("OK"), true)];
    holds(&set("k", "v"), "SET k v", ok(), vec![Reply::Null, bulk("v")]);
    holds(&set("k", "v").ex(7), "SET k v EX 7", ok(), vec![Reply::Null]);
    holds(&set("k", "v").px(7), "SET k v PX 7", ok(), vec![]);
    holds(&set("k", "v").keep_ttl(), "SET k v KEEPTTL", ok(), vec![]);
    let both = vec![(Reply::ok(), true), (Reply::Null, false)];
    holds(&set("k", "v").ex(7).nx(), "SET k v NX EX 7", both.clone(), vec![bulk("v")]);
    holds(&set("k", "v").nx().xx().px(1).ex(2), "SET k v XX EX 2", both, vec![]);
}

#[test]
fn keys() {
    let flags = || vec![(Reply::Integer(0), false), (Reply::Integer(1), true)];
    let others = || vec![Reply::Integer(2), Reply::ok(), Reply::Null];
    holds(&del("k"), "DEL k", flags(), others());
    holds(&exists("k"), "EXISTS k", flags(), others());
    holds(&expire("k", -1), "EXPIRE k -1", flags(), others());
    holds(&pexpire("k", 500), "PEXPIRE k 500", flags(), others());
    let times = vec![
        (Reply::Integer(-2), Ttl::Missing),
        (Reply::Integer(-1), Ttl::Forever),
        (Reply::Integer(0), Ttl::Seconds(0)),
        (Reply::Integer(60), Ttl::Seconds(60)),
    ];
    holds(&ttl("k"), "TTL k", times, vec![Reply::Integer(-3), Reply::Null]);
    let kinds = vec![
        (bulk("none"), Kind::None),
        (bulk("string"), Kind::String),
        (bulk("list"), Kind::List),
        (bulk("set"), Kind::Set),
        (bulk("zset"), Kind::SortedSet),
        (bulk("hash"), Kind::Hash),
        (Reply::Status("stream".to_owned()), Kind::Stream),
        (bulk("ReJSON-RL"), Kind::Other("ReJSON-RL".to_owned())),
    ];
    holds(&kind("k"), "TYPE k", kinds, vec![Reply::Null, Reply::Bulk(vec![0xff])]);
}

#[test]
fn sets() {
    let counts = || vec![(Reply::Integer(0), 0), (Reply::Integer(3), 3)];
    let others = || vec![Reply::Integer(-1), Reply::Null, bulk("1")];
    holds(&sadd("k", ["a", "b"]), "SADD k a b", counts(), others());
    holds(&srem("k", vec!["a".to_owned()]), "SREM k a", counts(), others());
    holds(&scard("k"), "SCARD k", counts(), others());
    let flags = vec![(Reply::Integer(0), false), (Reply::Integer(1), true)];
    holds(&sismember("k", "a"), "SISMEMBER k a", flags, others());
    let each = vec![(Reply::Array(vec![Reply::Integer(0), Reply::Integer(1)]), vec![false, true])];
    let others = vec![Reply::Null, Reply::Integer(1), Reply::Array(vec![Reply::Integer(2)])];
    holds(&smismember("k", ["a", "b"]), "SMISMEMBER k a b", each, others);
    let members = vec![
        (Reply::Array(vec![]), vec![]),
        (Reply::Array(vec![bulk("a"), Reply::ok()]), vec![b"a".to_vec(), b"OK".to_vec()]),
    ];
    let others = vec![Reply::Null, Reply::Array(vec![Reply::Null])];
    holds(&smembers("k"), "SMEMBERS k", members, others);
}

#[test]
fn scans() {
    let page = |cursor: Reply| Reply::Array(vec![cursor, Reply::Array(vec![bulk("a")])]);
    let items = || vec![b"a".to_vec()];
    // Larger than 64 bits hold: it is the server's affair what a cursor is.
    let far = "99999999999999999999";
    let replies = || {
        let next = Some(Cursor::from_text(far));
        vec![
            (page(bulk("0")), Page { next: None, items: items() }),
            (page(Reply::Integer(0)), Page { next: None, items: items() }),
            (page(bulk(far)), Page { next, items: items() }),
        ]
    };
    let others = || {
        let lonely = Reply::Array(vec![bulk("0")]);
        let three = Reply::Array(vec![bulk("0"), Reply::Array(vec![]), Reply::Null]);
        vec![
            Reply::Null,
            lonely,
            three,
            page(Reply::Null),
            Reply::Array(vec![bulk("0"), bulk("a")]),
        ]
    };
    let start = Cursor::start();
    holds(&sscan("k", &start).count(50), "SSCAN k 0 COUNT 50", replies(), others());
    let all = scan(&Cursor::from_text(far)).matching("p:*").count(5).of_type("set");
    holds(&all, &format!("SCAN {far} MATCH p:* COUNT 5 TYPE set"), replies(), others());
    assert_eq!(spelled(&sscan("k", &start).matching("a*")), "SSCAN k 0 MATCH a*");
    assert_eq!(Cursor::from_text(far).as_str(), far);
}

#[test]
fn the_server_itself() {
    holds(&dbsize(), "DBSIZE", vec![(Reply::Integer(9), 9)], vec![Reply::Null]);
    holds(&flushdb(), "FLUSHDB", vec![(Reply::ok(), ())], vec![Reply::Null, bulk("NO")]);
    let pongs = vec![(bulk("PONG"), ()), (Reply::Status("PONG".to_owned()), ())];
    holds(&ping(), "PING", pongs, vec![Reply::ok(), Reply::Null]);
    assert_eq!(spelled(&info(Some("memory"))), "INFO memory");
    let text = "# Memory\r\nused_memory:1024\r\nused_memory_human:1.00K\r\n\r\n# Keyspace\r\ndb0:keys=1\r\n";
    let info = info(None).read(Ok(bulk(text))).unwrap();
    assert_eq!(info.text(), text);
    assert_eq!((info.used_memory(), info.number("used_memory_human")), (Some(1_024), None));
    assert_eq!((info.field("db0"), info.field("used")), (Some("keys=1"), None));
}

#[test]
fn an_error_of_redis_stays_one() {
    let error = RedisError("WRONGTYPE Operation".to_owned());
    assert_eq!(get("k").read(Err(error.clone())), Err(Error::Command(error)));
}
