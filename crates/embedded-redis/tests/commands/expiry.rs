use crate::world::{NOON, World};

#[test]
fn a_key_is_there_until_its_time_is_over_and_not_after() {
    let mut world = World::new();
    world.plays("SET k v PX 1000 → OK\nSADD s m → 1\nPEXPIRE s 1000 → 1");
    world.now = NOON + 1_000;
    world.plays("GET k → \"v\"\nPTTL k → 0\nSCARD s → 1\nDBSIZE → 2");
    world.now += 1;
    world.plays("GET k → nil\nTTL k → -2\nSMEMBERS s → []\nDBSIZE → 0\nKEYS * → []");
}

#[test]
fn what_expired_does_not_come_back_with_the_next_of_its_name() {
    let mut world = World::new();
    world.run("SADD s old");
    world.run("EXPIRE s 1");
    world.now += 2_000;
    world.plays("SADD s new → 1\nSMEMBERS s → [\"new\"]\nTTL s → -1");
}

#[test]
fn set_takes_the_time_away_unless_told_otherwise() {
    World::new().plays(
        r#"
        SET k v EX 100 → OK
        SET k w KEEPTTL → OK
        TTL k → 100
        APPEND k x → 2
        SETRANGE k 0 y → 2
        TTL k → 100
        SET k 1 → OK
        TTL k → -1
        EXPIRE k 50 → 1
        INCR k → 2
        INCRBYFLOAT k 1 → "3"
        TTL k → 50
        GETSET k v → "3"
        TTL k → -1
        PSETEX k 1500 v → OK
        TTL k → 2
        PTTL k → 1500
        SETEX k 7 v → OK
        TTL k → 7
        MSET k v → OK
        TTL k → -1
        "#,
    );
}

#[test]
fn times_are_given_and_read_in_four_ways() {
    World::new().plays(
        "
        SET k v EXAT 1700000100 → OK
        TTL k → 100
        EXPIRETIME k → 1700000100
        SET k v PXAT 1700000000500 → OK
        PTTL k → 500
        PEXPIRETIME k → 1700000000500
        EXPIREAT k 1700000200 → 1
        TTL k → 200
        PEXPIREAT k 1700000000700 → 1
        PTTL k → 700
        PERSIST k → 1
        PERSIST k → 0
        TTL k → -1
        EXPIRETIME none → -2
        PEXPIRE k -1 → 1
        EXISTS k → 0
        EXPIRE none 10 → 0
        ",
    );
}

#[test]
fn a_new_time_may_depend_on_the_old() {
    World::new().plays(
        "
        SET k v → OK
        EXPIRE k 100 XX → 0
        EXPIRE k 100 GT → 0
        EXPIRE k 100 NX → 1
        EXPIRE k 200 NX → 0
        EXPIRE k 50 GT → 0
        EXPIRE k 200 gt → 1
        EXPIRE k 300 LT → 0
        EXPIRE k 150 LT XX → 1
        TTL k → 150
        PERSIST k → 1
        EXPIRE k 10 LT → 1
        EXPIRE k 1 NX XX → !ERR NX and XX, GT or LT options at the same time are not compatible
        EXPIRE k 1 GT LT → !ERR GT and LT options at the same time are not compatible
        EXPIRE k 1 SOON → !ERR Unsupported option SOON
        EXPIRE k x → !ERR value is not an integer or out of range
        EXPIRE k 9223372036854775807 → !ERR invalid expire time in 'expire' command
        PEXPIRE k 9223372036854775807 → !ERR invalid expire time in 'pexpire' command
        PEXPIREAT k 9223372036854775807 → 1
        EXISTS k → 1
        ",
    );
}

#[test]
fn getex_sets_takes_away_and_deletes() {
    World::new().plays(
        r#"
        SET k v → OK
        GETEX k EX 100 → "v"
        TTL k → 100
        GETEX k → "v"
        TTL k → 100
        GETEX k PERSIST → "v"
        TTL k → -1
        GETEX k PXAT 1 → "v"
        EXISTS k → 0
        GETEX k EX 5 → nil
        GETEX k EX 5 PERSIST → !ERR syntax error
        GETEX k NX → !ERR syntax error
        "#,
    );
}

#[test]
fn the_alarm_is_set_for_the_first_moment_at_which_a_key_is_gone() {
    let mut world = World::new();
    assert_eq!(world.engine.next_expiry(), None);
    world.run("SET a 1");
    assert_eq!(world.engine.next_expiry(), None);
    world.run("SET b 1 PX 5000");
    world.run("SET c 1 PX 2000");
    assert_eq!(world.engine.next_expiry(), Some(NOON + 2_001));
    world.engine.expire_due(NOON + 2_001);
    assert_eq!(world.engine.next_expiry(), Some(NOON + 5_001));
    world.engine.expire_due(NOON + 9_000);
    assert_eq!(world.engine.next_expiry(), None);
    assert_eq!(world.run("DBSIZE"), "1");
}

#[test]
fn an_alarm_that_storage_refuses_is_not_set_for_at_once() {
    let mut world = World::new();
    world.run("SET k v PX 10");
    world.store.refuse_writes(true);
    world.engine.expire_due(NOON + 100);
    assert_eq!(world.engine.next_expiry(), Some(NOON + 1_100));
    world.store.refuse_writes(false);
    world.engine.expire_due(NOON + 1_100);
    assert_eq!(world.engine.next_expiry(), None);
}

#[test]
fn many_expire_at_once() {
    let mut world = World::new();
    for n in 0..500 {
        world.run(&format!("SET k{n} v PX {}", n + 1));
    }
    world.now += 250;
    assert_eq!(world.run("DBSIZE"), "251");
    world.now += 10_000;
    assert_eq!(world.run("DBSIZE"), "0");
}
