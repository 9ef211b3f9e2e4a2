use redis_rest::{Command, Reply};

use crate::world::World;

#[test]
fn a_string_is_what_was_set_last() {
    World::new().plays(
        r#"
        GET k → nil
        SET k one → OK
        GET k → "one"
        SET k '' → OK
        GET k → ""
        STRLEN k → 0
        GETSET k two → ""
        GETDEL k → "two"
        GETDEL k → nil
        GETSET k three → nil
        APPEND k -four → 10
        APPEND new '' → 0
        EXISTS new → 1
        STRLEN k → 10
        "#,
    );
}

#[test]
fn bytes_are_kept_as_they_are() {
    let mut world = World::new();
    let (key, value) = ([0, 0xff, b'\n', 0x80], [0xc3, 0x28, 0, 0xfe]);
    let set = Command::new("SET").arg(key).arg(value);
    assert_eq!(world.outcome(&set), Ok(Reply::ok()));
    let get = Command::new("GET").arg(key);
    assert_eq!(world.outcome(&get), Ok(Reply::Bulk(value.to_vec())));
    assert_eq!(
        world.outcome(&Command::new("KEYS").arg("*")),
        Ok(Reply::Array(vec![Reply::Bulk(key.to_vec())]))
    );
}

#[test]
fn conditions_of_set_are_kept() {
    World::new().plays(
        r#"
        SET k a XX → nil
        SET k a NX → OK
        SET k b NX → nil
        SET k b XX GET → "a"
        SET k c NX GET → "b"
        GET k → "b"
        SET other v NX GET → nil
        GET other → "v"
        SETNX k d → 0
        SETNX third d → 1
        "#,
    );
}

#[test]
fn options_of_set_that_exclude_each_other_are_a_syntax_error() {
    let mut world = World::new();
    for options in [
        "NX XX",
        "EX 1 PX 1",
        "EX 1 KEEPTTL",
        "KEEPTTL EX 1",
        "EXAT 1 PXAT 1",
        "EX",
        "PERSIST",
        "BAD",
        "''",
    ] {
        assert_eq!(world.run(&format!("SET k v {options}")), "!ERR syntax error", "{options}");
    }
    for options in ["NX NX", "ex 5 EX 6", "KEEPTTL keepttl", "GET GET"] {
        let key = options.replace(' ', "");
        assert!(!world.run(&format!("SET {key} v {options}")).starts_with('!'), "{options}");
    }
}

#[test]
fn times_of_set_must_be_numbers_above_zero() {
    let mut world = World::new();
    let invalid = "!ERR invalid expire time in 'set' command";
    for (time, wanted) in [
        ("EX 0", invalid),
        ("PX -1", invalid),
        ("EXAT 0", invalid),
        ("EX 9223372036854775807", invalid),
        ("PX 9223372036854775807", invalid),
        ("EX 1.5", "!ERR value is not an integer or out of range"),
        ("PXAT soon", "!ERR value is not an integer or out of range"),
    ] {
        assert_eq!(world.run(&format!("SET k v {time}")), wanted, "{time}");
    }
    world.plays(
        "SETEX k 0 v → !ERR invalid expire time in 'setex' command
         PSETEX k -5 v → !ERR invalid expire time in 'psetex' command
         SET k v → OK
         GETEX k EX 0 → !ERR invalid expire time in 'getex' command",
    );
}

#[test]
fn another_type_is_not_a_string() {
    let mut world = World::new();
    world.run("SADD s m");
    for words in [
        "GET s",
        "GETSET s v",
        "GETDEL s",
        "GETEX s",
        "APPEND s v",
        "STRLEN s",
        "INCR s",
        "INCRBYFLOAT s 1",
        "GETRANGE s 0 1",
        "SETRANGE s 0 a",
        "SET s v GET",
    ] {
        let wanted = "!WRONGTYPE Operation against a key holding the wrong kind of value";
        assert_eq!(world.run(words), wanted, "{words}");
    }
    world.plays("SCARD s → 1\nMGET s none → [nil nil]\nSET s v → OK\nTYPE s → string\nSADD s m → !WRONGTYPE Operation against a key holding the wrong kind of value");
}

#[test]
fn counters_count_and_refuse_what_is_no_number() {
    World::new().plays(
        r#"
        INCR n → 1
        INCRBY n 41 → 42
        DECR n → 41
        DECRBY n 50 → -9
        SET n 9223372036854775807 → OK
        INCR n → !ERR increment or decrement would overflow
        DECRBY n -9223372036854775808 → !ERR decrement would overflow
        SET n 01 → OK
        INCR n → !ERR value is not an integer or out of range
        INCRBY none 1.5 → !ERR value is not an integer or out of range
        EXISTS none → 0
        SET n 10.50 → OK
        INCRBYFLOAT n 0.1 → "10.6"
        INCRBYFLOAT n -10.6 → "0"
        INCRBYFLOAT n 5e3 → "5000"
        INCRBYFLOAT n abc → !ERR value is not a valid float
        INCRBYFLOAT n inf → !ERR increment would produce NaN or Infinity
        SET n text → OK
        INCRBYFLOAT n 1 → !ERR value is not a valid float
        "#,
    );
}

#[test]
fn several_strings_are_set_all_or_none() {
    World::new().plays(
        r#"
        MSET a 1 b 2 a 3 → OK
        MGET a b c a → ["3" "2" nil "3"]
        MSETNX c 4 a 5 → 0
        EXISTS c → 0
        MSETNX c 4 d 5 → 1
        MGET c d → ["4" "5"]
        MSET a 1 b → !ERR wrong number of arguments for 'mset' command
        MSETNX a 1 b → !ERR wrong number of arguments for 'msetnx' command
        "#,
    );
}

#[test]
fn ranges_count_from_both_ends() {
    World::new().plays(
        r#"
        SET k Hello-World → OK
        GETRANGE k 0 4 → "Hello"
        GETRANGE k -5 -1 → "World"
        GETRANGE k 0 -1 → "Hello-World"
        GETRANGE k 5 100 → "-World"
        GETRANGE k 4 2 → ""
        GETRANGE k -1 -3 → ""
        GETRANGE none 0 1 → ""
        SUBSTR k 0 0 → "H"
        SETRANGE k 6 There → 11
        GET k → "Hello-There"
        SETRANGE k 3 p! → 11
        GET k → "Help!-There"
        SETRANGE gap 3 x → 4
        GET gap → "\x00\x00\x00x"
        SETRANGE none 5 '' → 0
        EXISTS none → 0
        SETRANGE k -1 x → !ERR offset is out of range
        SETRANGE k x x → !ERR value is not an integer or out of range
        "#,
    );
}
