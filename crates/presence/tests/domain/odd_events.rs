//! Rows of the outbox that no version of this code wrote: found by fuzzing or for it. Each kept a hub busy for
//! ever, lost events that came later, or let nobody in any more.

use presence::config::HubConfig;
use presence::outbox::{Publishing, Topic};
use presence::schema::{MIGRATIONS, migrate_to};
use presence::store::{Store, Value};
use serde_json::json;

use crate::world::{World, user};

/// A world in which ada's hub has this state of its outbox, and these rows.
fn holding(state: &str, rows: &[serde_json::Value]) -> World {
    let config = HubConfig { publishing: Publishing::Full, ..HubConfig::default() };
    let mut world = World::with(config);
    let store = world.node(&user("ada")).store();
    migrate_to(store, 0, MIGRATIONS.len()).unwrap();
    let meta = "INSERT INTO meta (id, revision, version, changed_at, ended_at, generation, registered, newest, \
                woken_at, outbox) VALUES (1, 1, 1, 0, 0, 0, 1, 0, 0, ?)";
    store.execute(meta, &[state.into()]).unwrap();
    for (at, row) in rows.iter().enumerate() {
        let body = row.to_string();
        let values = [Value::from(at as i64 + 1), body.into()];
        store.execute("INSERT INTO outbox (id, body) VALUES (?, ?)", &values).unwrap();
    }
    world
}

/// One event of ada's presence.
fn event(id: &str, sequence: i64) -> serde_json::Value {
    let at = "2027-01-15T08:00:00.000Z";
    json!({"topic": "presence", "sequence": sequence, "id": id, "at": at, "event": "{}"})
}

fn rows(world: &mut World) -> i64 {
    world.number("ada", "SELECT count(*) FROM outbox")
}

/// The first of them was taken for the second, which was never confirmed and went at once, again and again.
#[test]
fn two_events_of_one_name_are_sent_once_each() {
    let state = r#"{"sequences":[2,0,0,0],"open":true}"#;
    let mut world = holding(state, &[json!([event("x", 1), event("x", 2)])]);
    world.connect("ada");
    world.settle();
    assert!(world.kafka.sent.len() < 5, "{} batches", world.kafka.sent.len());
    assert_eq!(rows(&mut world), 0);
}

/// The next number was one that no integer holds.
#[test]
fn numbers_that_are_none_number_no_event() {
    let beyond = r#"{"sequences":[9223372036854775807,-9223372036854775808,0,0],"open":true}"#;
    let mut world = holding(beyond, &[json!([event("x", i64::MAX), event("y", -1)])]);
    world.connect("ada");
    world.settle();
    assert_eq!(rows(&mut world), 0);
    let records = world.kafka.sent.iter().flat_map(|(_, batch)| &batch.records);
    assert!(records.into_iter().all(|record| (1..1 << 53).contains(&record.sequence)));
}

/// The row of the first new event was written over theirs, which storage refused: nobody could connect any more.
#[test]
fn rows_of_a_state_that_cannot_be_read_are_sent_and_numbered_on() {
    for state in ["not JSON", r#"{"sequences":[1]}"#] {
        let mut world = holding(state, &[json!([event("x", 4)]), json!([event("y", 5)])]);
        world.connect("ada");
        world.settle();
        let sent =
            world.kafka.sent.iter().filter(|(_, it)| it.destination.topic == Topic::Presence);
        let sent = sent.flat_map(|(_, batch)| &batch.records);
        assert_eq!(sent.map(|record| record.sequence).collect::<Vec<_>>(), [4, 5, 6], "{state}");
        assert_eq!(rows(&mut world), 0, "{state}");
    }
}

/// So it was where the state said that there are none.
#[test]
fn a_row_that_is_not_known_of_keeps_nobody_out() {
    let mut world = holding(r#"{"open":false}"#, &[json!([event("x", 4)])]);
    world.connect("ada");
    world.settle();
    assert_eq!(world.kafka.taken("ada", Topic::Presence), ["presence.online"]);
    assert_eq!(rows(&mut world), 0);
}

/// What came later was taken for confirmed.
#[test]
fn more_than_was_sent_is_not_confirmed() {
    let mut world = holding(r#"{"sequences":[0,0,0,0],"confirmed":[9,9,9,9],"open":true}"#, &[]);
    world.connect("ada");
    world.settle();
    assert_eq!(world.kafka.taken("ada", Topic::Presence), ["presence.online"]);
    assert_eq!(world.kafka.taken("ada", Topic::Session), ["session.started"]);
}

/// A run that begins before all numbers, and one that begins after its end.
#[test]
fn a_run_begins_before_it_ends() {
    for from in [i64::MIN, 0, 9] {
        let run = json!({"type": "rollcall.truncated", "data": {"from": from}}).to_string();
        let mut stands_in = event("x", 3);
        stands_in["event"] = run.into();
        stands_in["stands_in"] = true.into();
        let mut world = holding(r#"{"sequences":[3,0,0,0],"open":true}"#, &[json!([stands_in])]);
        world.connect("ada");
        world.settle();
        let records = world.kafka.sent.iter().flat_map(|(_, batch)| &batch.records);
        assert_eq!(records.filter(|record| record.id == "x").count(), 1, "{from}");
        assert_eq!(rows(&mut world), 0, "{from}");
    }
}

/// They counted, and nothing took them away: the outbox was full for ever.
#[test]
fn rows_behind_a_gap_fill_no_outbox() {
    let events: Vec<_> = (1..=1_900).map(|at| event(&at.to_string(), at)).collect();
    let mut world = holding(r#"{"sequences":[5000,0,0,0],"open":true}"#, &[json!(events)]);
    world.connect("ada");
    world.settle();
    assert_eq!(rows(&mut world), 0);
}

/// A hub that woke read the first hundred and forgot the others once these were there.
#[test]
fn every_open_dead_letter_is_offered_however_many_there_are() {
    let mut world = holding(r#"{"open":true}"#, &[]);
    let store = world.node(&user("ada")).store();
    let at = "2027-01-15T08:00:00.000Z";
    let failure = json!({"reason": "x", "attempts": 1, "firstFailedAt": at, "lastFailedAt": at});
    let sql = "INSERT INTO dead_letters VALUES (?, '\"presence\"', 1, '{}', ?, 0, ?)";
    for n in 0..150_i64 {
        let values = [Value::from(format!("d{n}")), failure.to_string().into(), n.into()];
        store.execute(sql, &values).unwrap();
    }
    world.connect("ada");
    world.settle();
    assert_eq!(world.kafka.dead(Topic::Presence), 150);
    let open = "SELECT count(*) FROM dead_letters WHERE state = 0";
    assert_eq!(world.number("ada", open), 0);
}
