//! What goes, and that nothing else does.

use embedded_kafka::{Config, Retention, Scope};
use serde_json::json;

use crate::world::{NOON, World, keyless, record};

fn keeping(retention: Retention) -> World {
    World::new(Config { partitions: 2, retention, ..Config::default() })
}

fn to(partition: u32, value: &str) -> serde_json::Value {
    let mut record = keyless(value);
    record["partition"] = json!(partition);
    record
}

#[test]
fn a_partition_keeps_its_newest_records() {
    let mut world = keeping(Retention { records: 3, ..Retention::default() });
    for n in 0..10 {
        world.produce("t", &[to(0, &n.to_string())]);
    }
    world.produce("t", &[to(1, "other")]);
    assert_eq!(world.kept("t", 0), 7..10);
    assert_eq!(world.kept("t", 1), 0..1);
    assert_eq!(
        world.get("/topics/t/partitions/0/offsets").1,
        json!({ "beginning_offset": 7, "end_offset": 10 })
    );
}

#[test]
fn more_records_at_once_than_are_kept_leave_the_last_of_them() {
    let mut world = keeping(Retention { records: 3, ..Retention::default() });
    let records: Vec<_> = (0..10).map(|n| to(0, &n.to_string())).collect();
    assert_eq!(world.produce("t", &records).len(), 10);
    assert_eq!(world.kept("t", 0), 7..10);
}

#[test]
fn what_is_too_old_goes_when_the_alarm_says_so() {
    let mut world = keeping(Retention { age_ms: 1_000, ..Retention::default() });
    assert_eq!(world.engine.next_due().unwrap(), None);
    world.produce("t", &[to(0, "a")]);
    world.now += 400;
    world.produce("t", &[to(0, "b"), to(1, "c")]);
    assert_eq!(world.engine.next_due().unwrap(), Some(NOON + 1_000));
    world.engine.expire(NOON + 999).unwrap();
    assert_eq!(world.kept("t", 0), 0..2);
    world.engine.expire(NOON + 1_000).unwrap();
    assert_eq!(world.kept("t", 0), 1..2);
    assert_eq!(world.engine.next_due().unwrap(), Some(NOON + 1_400));
    world.engine.expire(NOON + 1_400).unwrap();
    assert_eq!((world.kept("t", 0), world.kept("t", 1)), (2..2, 1..1));
    assert_eq!(world.engine.next_due().unwrap(), None);
}

#[test]
fn what_is_too_old_goes_with_the_next_record_too() {
    let mut world = keeping(Retention { age_ms: 1_000, ..Retention::default() });
    world.produce("t", &[to(0, "a")]);
    world.now += 1_000;
    world.produce("t", &[to(1, "b")]);
    assert_eq!(world.kept("t", 0), 1..1);
}

#[test]
fn age_counts_from_when_a_record_was_stored_not_from_its_own_time() {
    let mut world = keeping(Retention { age_ms: 1_000, ..Retention::default() });
    let mut old = to(0, "late");
    old["timestamp"] = json!(17);
    world.produce("t", &[old]);
    world.engine.expire(NOON + 999).unwrap();
    assert_eq!(world.kept("t", 0), 0..1);
}

#[test]
fn offsets_and_cursors_are_not_used_again_when_all_is_gone() {
    let mut world = keeping(Retention { age_ms: 1_000, ..Retention::default() });
    world.produce("t", &[to(0, "a"), to(0, "b")]);
    let before = world.engine.tail(&Scope::default(), 0, 10).unwrap().cursor;
    world.engine.expire(NOON + 5_000).unwrap();
    world.restart();
    world.now += 5_000;
    assert_eq!(world.produce("t", &[to(0, "c")]), [(0, 2)]);
    let batch = world.engine.tail(&Scope::default(), before, 10).unwrap();
    assert_eq!(batch.records.len(), 1);
    assert!(batch.cursor > before);
}

#[test]
fn the_oldest_of_the_whole_log_go_where_there_are_too_many_bytes() {
    let mut world = keeping(Retention { bytes: 10_000, ..Retention::default() });
    let kilobyte = "x".repeat(1_000);
    world.produce("quiet", &[to(0, "first")]);
    for _ in 0..20 {
        world.produce("loud", &[to(0, &kilobyte)]);
    }
    assert_eq!(world.kept("quiet", 0), 1..1);
    let kept = world.kept("loud", 0);
    assert_eq!(kept, 11..20);
    world.produce("quiet", &[to(0, "second")]);
    assert_eq!(world.kept("quiet", 0), 1..2);
}

#[test]
fn the_newest_record_stays_however_large() {
    let mut world = keeping(Retention { bytes: 1, ..Retention::default() });
    world.produce("t", &[to(0, "a"), to(1, "b")]);
    assert_eq!((world.kept("t", 0), world.kept("t", 1)), (1..1, 0..1));
    world.produce("t", &[to(0, &"x".repeat(500_000))]);
    assert_eq!((world.kept("t", 0), world.kept("t", 1)), (1..2, 1..1));
}

#[test]
fn stricter_settings_hold_for_what_was_stored_under_others() {
    let mut world = keeping(Retention::default());
    let records: Vec<_> = (0..10).map(|n| to(n % 2, "v")).collect();
    world.produce("t", &records);
    world.config.retention.records = 2;
    world.restart();
    world.engine.expire(NOON).unwrap();
    assert_eq!((world.kept("t", 0), world.kept("t", 1)), (3..5, 3..5));
}

#[test]
fn a_clock_that_goes_back_takes_nothing_away_and_keeps_the_order() {
    let mut world = keeping(Retention { age_ms: 1_000, ..Retention::default() });
    world.produce("t", &[record("k", "a")]);
    world.now -= 500;
    world.produce("t", &[record("k", "b")]);
    assert_eq!(world.engine.next_due().unwrap(), Some(NOON + 1_000));
    world.engine.expire(NOON + 999).unwrap();
    let batch = world.engine.tail(&Scope::default(), 0, 10).unwrap();
    assert_eq!(batch.records.len(), 2);
    assert!(batch.records[0].timestamp <= batch.records[1].timestamp);
    world.engine.expire(NOON + 1_000).unwrap();
    assert_eq!(world.engine.tail(&Scope::default(), 0, 10).unwrap().records, []);
}

#[test]
fn the_bytes_that_are_counted_are_those_that_are_kept() {
    use presence::store::Store as _;
    let mut world = keeping(Retention { records: 5, age_ms: 700, bytes: 4_000 });
    for n in 0..60 {
        world.now += 50;
        world.produce("t", &[to(n % 2, &"x".repeat((n as usize * 37) % 400))]);
        let sum = "SELECT coalesce((SELECT sum(size) FROM records), 0), bytes FROM log";
        let row = world.store.query(sum, &[]).unwrap().remove(0);
        assert_eq!(row[0], row[1]);
    }
}
