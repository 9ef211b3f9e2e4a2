use embedded_redis::{Limits, MAX_KEY, MAX_VALUE};
use redis_rest::Command;

use crate::world::{World, command, shown};

const OOM: &str = "!OOM command not allowed when used memory > 'maxmemory'.";

fn small() -> World {
    World::with_limits(Limits { bytes: 2_000, keys: 5, answer: 1_000 })
}

#[test]
fn a_full_store_refuses_what_grows_and_nothing_else() {
    let mut world = small();
    let long = "x".repeat(1_700);
    assert_eq!(world.run(&format!("SET k {long}")), "OK");
    for words in [
        "SET other 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678",
        "SADD s aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbb",
        "HSET h aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbb",
        "COPY k l",
        "SETRANGE k 1950 x",
        "MSET a 1 b 2 c 3",
    ] {
        assert_eq!(world.run(words), OOM, "{words}");
    }
    world.plays("EXISTS a b c s h l other → 0\nSTRLEN k → 1700\nEXPIRE k 100 → 1\nRENAME k l → OK\nSET l short → OK");
    world.plays("SADD s a → 1\nDEL l s → 2\nDBSIZE → 0");
    assert_eq!(world.run(&format!("SET k {long}")), "OK");
}

#[test]
fn too_many_keys_are_refused_as_too_many_bytes_are() {
    let mut world = small();
    assert_eq!(world.run("MSET a 1 b 2 c 3 d 4 e 5 f 6"), OOM);
    world.plays("DBSIZE → 0\nMSET a 1 b 2 c 3 d 4 e 5 → OK");
    for words in ["SET f 1", "SADD f 1", "HSET f 1 1", "COPY a f", "SETNX f 1", "APPEND f 1"] {
        assert_eq!(world.run(words), OOM, "{words}");
    }
    world.plays("SET a 9 → OK\nRENAME a f → OK\nDEL f → 1\nSADD s m → 1");
}

#[test]
fn a_store_that_is_refused_leaves_its_target_alone() {
    let mut world = World::with_limits(Limits { bytes: 1_100, ..Limits::default() });
    world.plays("SADD a 1 2 3 4 5 → 5\nSADD b 6 7 8 9 → 4\nSET t v → OK");
    assert_eq!(world.run("SUNIONSTORE t a b"), OOM);
    world.plays("GET t → \"v\"\nSINTERSTORE t a b → 0\nEXISTS t → 0");
}

#[test]
fn names_and_values_have_a_longest() {
    let mut world = World::new();
    let key = |length| Command::new("SET").arg(vec![b'k'; length]).arg("v");
    let value = |length| Command::new("SET").arg("k").arg(vec![b'v'; length]);
    assert_eq!(shown(&world.outcome(&key(MAX_KEY))), "OK");
    let wanted = "!ERR key exceeds maximum allowed size (65536 bytes)";
    assert_eq!(shown(&world.outcome(&key(MAX_KEY + 1))), wanted);
    assert_eq!(shown(&world.outcome(&value(MAX_VALUE))), "OK");
    let wanted = "!ERR string exceeds maximum allowed size (1900000 bytes)";
    assert_eq!(shown(&world.outcome(&value(MAX_VALUE + 1))), wanted);
    assert_eq!(world.run("STRLEN k"), MAX_VALUE.to_string());
    assert_eq!(world.run("APPEND k x"), wanted);
    assert_eq!(world.run("SETRANGE k 1900000 x"), wanted);
    assert_eq!(world.run("SETRANGE n 9223372036854775807 x"), wanted);
    let pair = Command::new("HSET").arg("h").arg(vec![b'f'; MAX_VALUE]).arg("v");
    assert_eq!(shown(&world.outcome(&pair)), wanted);
    let widest = Command::new("SADD").arg(vec![b'k'; MAX_KEY]).arg(vec![b'm'; MAX_VALUE]);
    world.run("FLUSHALL");
    assert_eq!(shown(&world.outcome(&widest)), "1");
    let widest = Command::new("SET").arg(vec![b'k'; MAX_KEY]).arg(vec![b'm'; MAX_VALUE]);
    assert_eq!(shown(&world.outcome(&widest)), "OK");
}

#[test]
fn an_answer_that_would_be_too_large_is_refused_and_nothing_is_done() {
    let mut world = World::with_limits(Limits { answer: 1_000, ..Limits::default() });
    let long = "x".repeat(990);
    world.run(&format!("SET k {long}"));
    (0..50).for_each(|n| drop(world.run(&format!("SADD s member:{n}"))));
    (0..50).for_each(|n| drop(world.run(&format!("HSET h field:{n} v"))));
    (0..50).for_each(|n| drop(world.run(&format!("SET key:{n} v"))));
    let wanted = "!ERR the answer would exceed the maximum of 1000 bytes: ask for less";
    for words in [
        "GET k",
        "GETDEL k",
        "GETSET k v",
        "SET k v GET",
        "SMEMBERS s",
        "SPOP s 40",
        "SRANDMEMBER s -999999999999",
        "SUNION s s",
        "HGETALL h",
        "HVALS h",
        "HMGET h field:1 field:2",
        "KEYS *",
        "SSCAN s 0 COUNT 1000",
    ] {
        assert_eq!(world.run(words), wanted, "{words}");
    }
    world.plays("STRLEN k → 990\nSCARD s → 50\nKEYS key:7 → [\"key:7\"]\nHGET h field:1 → \"v\"\nGETRANGE k 0 1 → \"xx\"");
}

/// Together, and not each: a thousand small questions can have a large answer.
#[test]
fn the_commands_of_one_request_share_what_they_may_answer() {
    let mut world = World::with_limits(Limits { answer: 1_000, ..Limits::default() });
    world.run(&format!("SET k {}", "x".repeat(300)));
    let outcomes = world.engine.pipeline(&vec![command("GET k"); 4], world.now);
    let fit = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!((outcomes.len(), fit), (4, 2));
    assert_eq!(world.engine.pipeline(&[command("GET k")], world.now).len(), 1);
}

#[test]
fn looking_whether_an_answer_fits_costs_nothing() {
    let mut world = World::with_limits(Limits { answer: 1_000, ..Limits::default() });
    world.run(&format!("SET k {}", "x".repeat(3_000)));
    world.run("SADD s 0 1 2 3 4 5 6 7 8 9 a b");
    assert_eq!(world.sorted("SMEMBERS s").len(), 12);
}

#[test]
fn a_set_may_take_the_place_of_another_in_a_full_store() {
    let mut world = World::with_limits(Limits { bytes: 650, ..Limits::default() });
    world.plays("SADD a 1 2 3 → 3\nSADD b 4 5 6 → 3\nSUNIONSTORE a b → 3\nSISMEMBER a 4 → 1");
    assert_eq!(world.run("SUNIONSTORE c b"), OOM);
}

/// A transaction does not take back what a command wrote that failed: it must not have begun.
#[test]
fn in_a_transaction_too_several_strings_are_set_all_or_none() {
    let mut world = small();
    let long = "x".repeat(1_500);
    let commands = [command(&format!("MSET a {long} b {long}")), command("EXISTS a b")];
    let outcomes = world.engine.transaction(&commands, world.now).unwrap();
    assert_eq!([shown(&outcomes[0]), shown(&outcomes[1])], [OOM, "0"]);
}
