use crate::world::World;

#[test]
fn it_answers_for_itself() {
    World::new().plays(
        r#"
        PING → PONG
        PING hello → "hello"
        PING a b → !ERR wrong number of arguments for 'ping' command
        ECHO hello → "hello"
        SELECT 0 → OK
        SELECT 1 → !ERR DB index is out of range
        SELECT x → !ERR value is not an integer or out of range
        TIME → ["1700000000" "0"]
        "#,
    );
}

#[test]
fn info_says_how_much_is_stored() {
    let mut world = World::new();
    let info = world.run("INFO");
    for part in [
        "# Server",
        "redis_version:7.0",
        "# Memory",
        "used_memory:0",
        "maxmemory:67108864",
        "# Keyspace",
    ] {
        assert!(info.contains(part), "{part} is not in {info}");
    }
    assert!(!info.contains("db0"));
    world.plays("SET a 12345 → OK\nSET b 1 EX 10 → OK\nSADD s member → 1");
    let info = world.run("INFO keyspace memory");
    assert!(info.contains("db0:keys=3,expires=1,avg_ttl=0") && !info.contains("redis_version"));
    assert_eq!(used(&mut world), 3 * 96 + 3 + 5 + 1 + 48 + 6);
    assert_eq!(world.run("INFO nonsense"), "\"\"");
}

fn used(world: &mut World) -> i64 {
    let info = world.run("INFO memory");
    let (_, rest) = info.split_once("used_memory:").unwrap();
    rest.split('\\').next().unwrap().parse().unwrap()
}

/// What is counted as it changes is what a new engine counts anew.
#[test]
fn what_is_counted_is_what_is_there() {
    let mut world = World::new();
    world.plays(
        "
        MSET a 12345 bb 1 cc 2 → OK
        SADD s one two three → 3
        HSET h f 123 g 4 → 2
        HSET h f 1 → 0
        SREM s two → 1
        APPEND a 678 → 8
        RENAME a renamed → OK
        RENAME s t → OK
        COPY h i → 1
        COPY bb i REPLACE → 1
        SADD u x y → 2
        SUNIONSTORE bb t u → 4
        SMOVE u v x → 1
        SET h now-a-string PX 5 → OK
        SADD w q → 1
        PEXPIRE w 5 → 1
        DEL cc → 1
        ",
    );
    world.now += 1_000;
    let counted = (world.run("DBSIZE"), used(&mut world));
    world.restart();
    assert_eq!((world.run("DBSIZE"), used(&mut world)), counted);
    world.run("FLUSHALL ASYNC");
    assert_eq!((world.run("DBSIZE"), used(&mut world)), ("0".into(), 0));
}

#[test]
fn flushing_forgets_everything() {
    let mut world = World::new();
    world.plays("SET a 1 EX 5 → OK\nSADD s m → 1\nFLUSHDB NOW → !ERR syntax error\nDBSIZE → 2\nFLUSHDB → OK\nDBSIZE → 0\nSMEMBERS s → []");
    assert_eq!(world.engine.next_expiry(), None);
    world.plays("SADD s n → 1\nSMEMBERS s → [\"n\"]");
}
