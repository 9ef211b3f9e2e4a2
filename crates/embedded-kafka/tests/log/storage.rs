//! What rows say is all there is: a restart loses nothing, a failure leaves nothing.

use embedded_kafka::Scope;
use presence::store::{Store as _, Value};
use serde_json::json;

use crate::world::{BINARY, World, keyless, record};

fn tables(world: &World) -> i64 {
    let count = "SELECT count(*) FROM sqlite_master WHERE type = 'table'";
    world.store.query(count, &[]).unwrap()[0][0].integer().unwrap()
}

#[test]
fn reading_and_refusing_write_nothing() {
    let mut world = World::with_partitions(1);
    for path in ["/topics", "/topics/t", "/topics/t/partitions/0/messages", "/topics?follow=true"] {
        world.get_raw(path);
    }
    world.post("/topics/t", BINARY, r#"{"records":[]}"#);
    world.post("/topics/t", BINARY, r#"{"records":[{"value":"***"}]}"#);
    world.post("/topics/bad%20name", BINARY, r#"{"records":[{"value":""}]}"#);
    world.engine.tail(&Scope::default(), 0, 10).unwrap();
    world.engine.expire(world.now).unwrap();
    assert_eq!(world.engine.next_due().unwrap(), None);
    assert_eq!((tables(&world), world.store.take_written()), (0, 0));
    world.produce("t", &[keyless("v")]);
    world.store.take_written();
    world.get("/topics/t/partitions/0/messages");
    assert_eq!((tables(&world), world.store.take_written()), (4, 0));
}

#[test]
fn a_restart_changes_nothing() {
    let mut world = World::with_partitions(3);
    world.produce("t", &[record("ada", "1"), record("grace", "2"), keyless("3")]);
    let before = world.engine.tail(&Scope::default(), 0, 10).unwrap();
    let pages: Vec<_> = (0..3).map(|partition| world.messages("t", partition, 0)).collect();
    world.restart();
    assert_eq!(world.engine.tail(&Scope::default(), 0, 10).unwrap(), before);
    let again: Vec<_> = (0..3).map(|partition| world.messages("t", partition, 0)).collect();
    assert_eq!(again, pages);
    let (partition, offset) = world.produce("t", &[record("ada", "4")])[0];
    assert_eq!(offset, pages[partition as usize]["end_offset"]);
}

#[test]
fn a_storage_that_refuses_is_503_and_leaves_nothing_of_the_request() {
    let mut world = World::with_partitions(1);
    world.store.refuse_writes(true);
    let (status, answer) = world.post("/topics/t", BINARY, r#"{"records":[{"value":""}]}"#);
    assert_eq!((status, &answer["error_code"]), (503, &json!(503)));
    world.store.refuse_writes(false);
    assert_eq!(tables(&world), 0);
    assert_eq!(world.produce("t", &[keyless("v")]), [(0, 0)]);
    world.store.refuse_writes(true);
    let (status, _) = world.post("/topics/t", BINARY, r#"{"records":[{"value":""}]}"#);
    assert_eq!(status, 503);
    assert!(world.engine.expire(i64::MAX >> 11).is_err());
    world.store.refuse_writes(false);
    assert_eq!(world.kept("t", 0), 0..1);
    assert_eq!(world.produce("t", &[keyless("w")]), [(0, 1)]);
}

#[test]
fn a_request_that_fails_halfway_is_taken_back_whole() {
    let mut world = World::with_partitions(1);
    world.produce("t", &[keyless("v")]);
    // A row that stands where the second record would.
    let stranger = "INSERT INTO records (position, topic, number, at, stored_at, size, timestamp, present) \
                    VALUES (1000, 1, 0, 2, 0, 0, 0, 0)";
    world.store.execute(stranger, &[]).unwrap();
    let (status, _) =
        world.post("/topics/t", BINARY, r#"{"records":[{"value":"YQ=="},{"value":"Yg=="}]}"#);
    assert_eq!(status, 503);
    world.store.execute("DELETE FROM records WHERE position = 1000", &[]).unwrap();
    assert_eq!(world.kept("t", 0), 0..1);
    assert_eq!(world.produce("t", &[keyless("a")]), [(0, 1)]);
}

#[test]
fn a_record_is_one_row() {
    let mut world = World::with_partitions(3);
    world.produce("t", &[keyless("v")]);
    world.store.take_written();
    let records: Vec<_> = (0..50).map(|n| record("ada", &n.to_string())).collect();
    world.produce("t", &records);
    // And one for the partition, one for the log.
    assert_eq!(world.store.take_written(), 50 + 2);
}

#[test]
fn empty_bytes_that_storage_gives_back_as_null_are_still_bytes() {
    let mut world = World::with_partitions(1);
    world.post("/topics/t", BINARY, r#"{"records":[{"key":"","value":""},{"value":null}]}"#);
    world.store.execute("UPDATE records SET key = NULL, value = NULL", &[]).unwrap();
    let records = world.engine.tail(&Scope::default(), 0, 10).unwrap().records;
    assert_eq!(
        (records[0].key.as_deref(), records[0].value.as_deref()),
        (Some(&[][..]), Some(&[][..]))
    );
    assert_eq!((&records[1].key, &records[1].value), (&None, &None));
}

#[test]
fn a_row_that_nobody_here_wrote_is_an_error_and_no_panic() {
    let mut world = World::with_partitions(1);
    world.produce("t", &[keyless("v")]);
    let odd: [Value; 1] = ["nonsense".into()];
    world.store.execute("UPDATE records SET headers = ?", &odd).unwrap();
    assert_eq!(world.get("/topics/t/partitions/0/messages").0, 503);
    world.store.execute("DELETE FROM log", &[]).unwrap();
    let (status, _) = world.post("/topics/t", BINARY, r#"{"records":[{"value":""}]}"#);
    assert_eq!(status, 503);
}
