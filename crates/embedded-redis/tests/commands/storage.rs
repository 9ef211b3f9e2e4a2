use crate::world::World;

#[test]
fn another_engine_goes_on_where_the_first_stopped() {
    let mut world = World::new();
    world.plays("SET k v PX 5000 → OK\nSADD s a b → 2\nHSET h f v → 1");
    let due = world.engine.next_expiry();
    world.restart();
    world.plays("GET k → \"v\"\nSCARD s → 2\nHGET h f → \"v\"\nDBSIZE → 3\nPTTL k → 5000\nSADD t c → 1\nSMEMBERS t → [\"c\"]");
    assert_eq!(world.engine.next_expiry(), due);
}

#[test]
fn an_engine_that_nobody_asks_writes_nothing() {
    let world = World::new();
    assert_eq!(world.engine.next_expiry(), None);
    assert_eq!(world.store.take_written(), 0);
}

/// Rows are what is billed. An index is not counted here.
#[test]
fn a_change_writes_the_rows_that_it_must() {
    let mut world = World::new();
    world.run("PING");
    for (words, rows) in [
        ("SET k v", 1),
        ("SET k w EX 5", 1),
        ("GET k", 0),
        ("EXPIRE k 10", 1),
        ("SADD s a b c", 4),
        ("SADD s d", 1),
        ("SADD s d", 0),
        ("SREM s d none", 1),
        ("SISMEMBER s a", 0),
        ("HSET h f 1", 2),
        ("HSET h f 2", 1),
        ("RENAME s t", 2),
        ("DEL t", 4),
        ("DEL none", 0),
        ("PEXPIRE none 5", 0),
    ] {
        world.store.take_written();
        world.run(words);
        assert_eq!(world.store.take_written(), rows, "{words}");
    }
}
