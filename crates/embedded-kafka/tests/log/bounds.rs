//! Nothing grows without end, and no name or setting is taken that does not hold.

use embedded_kafka::{Config, MAX_RECORDS, MAX_REQUEST, Retention, is_legal};
use serde_json::json;

use crate::world::{BINARY, JSON, World, keyless};

#[test]
fn names_are_those_that_kafka_allows() {
    let longest = "a".repeat(249);
    for name in ["t", "presence-events.dlq", "A_z-0.9", "...", longest.as_str()] {
        assert!(is_legal(name), "{name}");
    }
    let too_long = "a".repeat(250);
    for name in ["", ".", "..", "a b", "a/b", "ä", "a:b", "a\0", too_long.as_str()] {
        assert!(!is_legal(name), "{name}");
    }
}

#[test]
fn illegal_names_make_no_topic() {
    let mut world = World::with_partitions(1);
    let too_long = "a".repeat(250);
    for name in ["%2E", "%2e%2E", "a%2Fb", "%C3%A4", "%FF", "a%00", too_long.as_str()] {
        let (status, answer) =
            world.post(&format!("/topics/{name}"), JSON, r#"{"records":[{"value":"v"}]}"#);
        assert_eq!((status, &answer["offsets"][0]["error_code"]), (200, &json!(500)), "{name}");
    }
    assert_eq!(world.get("/topics").1, json!([]));
}

#[test]
fn a_name_that_collides_in_kafkas_metrics_is_refused() {
    let mut world = World::with_partitions(1);
    world.produce("a.b", &[keyless("v")]);
    let (_, answer) = world.post("/topics/a_b", JSON, r#"{"records":[{"value":"v"}]}"#);
    assert_eq!(
        answer["offsets"][0],
        json!({ "error_code": 500, "message": "Invalid topics: [a_b]" })
    );
    world.produce("a.b", &[keyless("w")]);
}

#[test]
fn topics_are_bounded_and_one_too_many_may_be_tried_again() {
    let mut world = World::new(Config { max_topics: 2, ..Config::default() });
    world.produce("a", &[keyless("v")]);
    world.produce("b", &[keyless("v")]);
    let (status, answer) = world.post("/topics/c", BINARY, r#"{"records":[{"value":""}]}"#);
    assert_eq!((status, &answer["offsets"][0]["error_code"]), (200, &json!(404)));
    let message = answer["offsets"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("Topic c not present in metadata after 0 ms"), "{message}");
    world.produce("b", &[keyless("w")]);
    assert_eq!(world.get("/topics").1, json!(["a", "b"]));
}

#[test]
fn a_request_is_bounded_in_bytes_and_records() {
    let mut world = World::with_partitions(1);
    let large = "x".repeat(MAX_REQUEST + 1);
    let (status, answer) = world.post("/topics/t", JSON, &large);
    assert_eq!((status, &answer["error_code"]), (413, &json!(413)));
    let many = vec![json!({ "value": "" }); MAX_RECORDS + 1];
    let (status, _) = world.post("/topics/t", JSON, &json!({ "records": many }).to_string());
    assert_eq!(status, 413);
    assert_eq!(world.get("/topics").1, json!([]));
}

#[test]
fn settings_out_of_bounds_are_brought_within_them() {
    let none = Config {
        partitions: 0,
        max_topics: 0,
        retention: Retention { records: 0, age_ms: -5, bytes: 0 },
    };
    let mut world = World::new(none);
    assert_eq!(world.produce("t", &[keyless("v")]), [(0, 0)]);
    assert_eq!(world.kept("t", 0), 0..1);
    let endless = Config {
        partitions: u32::MAX,
        max_topics: u32::MAX,
        retention: Retention { records: u32::MAX, age_ms: i64::MAX, bytes: i64::MAX },
    };
    let mut world = World::new(endless);
    world.produce("t", &[keyless("v")]);
    assert_eq!(world.get("/topics/t/partitions").1.as_array().unwrap().len(), 64);
    assert!(world.engine.next_due().unwrap().is_some());
}

#[test]
fn a_topic_keeps_the_partitions_that_it_was_made_with() {
    let mut world = World::with_partitions(2);
    world.produce("t", &[keyless("v")]);
    world.config.partitions = 5;
    world.restart();
    world.produce("u", &[keyless("v")]);
    assert_eq!(world.get("/topics/t/partitions").1.as_array().unwrap().len(), 2);
    assert_eq!(world.get("/topics/u/partitions").1.as_array().unwrap().len(), 5);
}

#[test]
fn deep_nesting_breaks_nothing() {
    let mut world = World::with_partitions(1);
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let (status, answer) =
        world.post("/topics/t", JSON, &format!(r#"{{"records":[{{"value":{deep}}}]}}"#));
    assert_eq!((status, &answer["offsets"][0]["offset"]), (200, &json!(0)));
    assert_eq!(world.messages("t", 0, 0)["messages"][0]["value_text"], deep);
    let (status, _) = world.post("/topics/t", JSON, &deep);
    assert_eq!(status, 400);
}
