//! What a real bridge (Strimzi's 0.33.1 before Kafka 4.3.1, a topic of four partitions) answered where it stored
//! something, played here: status, content type, shape, error codes and words, and the partition of each key.

use embedded_kafka::{KAFKA_JSON, Request};
use serde_json::{Value, json};

use crate::world::{BINARY, JSON, TEXT, World, place};

/// The outcome of a request with one record.
fn only(world: &mut World, path: &str, content_type: &str, body: &str) -> Value {
    let (status, answer) = world.post(path, content_type, body);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    let offsets = answer["offsets"].as_array().unwrap();
    assert_eq!(offsets.len(), 1, "{answer}");
    offsets[0].clone()
}

#[test]
fn a_keyed_record_goes_where_a_real_kafka_put_it() {
    let cases = [
        (JSON, r#"{"records":[{"key":"k1","value":{"a":1}}]}"#, 2),
        (JSON, r#"{"records":[{"key":"k1","value":{"a":1},"partition":2}]}"#, 2),
        (JSON, r#"{"records":[{"key":"k","value":"v"}]}"#, 0),
        (JSON, r#"{"records":[{"key":"k","value":null}]}"#, 0),
        (JSON, r#"{"records":[{"key":{"u":1},"value":"v"}]}"#, 3),
        (JSON, r#"{"records":[{"key":"k","value":"v","timestamp":1700000000000}]}"#, 0),
        (
            JSON,
            r#"{"records":[{"key":"k","value":"v","headers":[{"key":"h1","value":"dmFs"}]}]}"#,
            0,
        ),
        (BINARY, r#"{"records":[{"key":"azE=","value":"aGVsbG8="}]}"#, 1),
        (TEXT, r#"{"records":[{"key":"k1","value":"hello"}]}"#, 1),
    ];
    let mut world = World::with_partitions(4);
    let mut offsets = [0; 4];
    for (content_type, body, partition) in cases {
        let outcome = only(&mut world, "/topics/t", content_type, body);
        let offset = offsets[partition as usize];
        assert_eq!(outcome, json!({ "partition": partition, "offset": offset }), "{body}");
        offsets[partition as usize] += 1;
    }
}

#[test]
fn a_keyless_record_goes_to_some_partition() {
    let mut world = World::with_partitions(4);
    for body in [r#"{"records":[{"value":[1]}]}"#, r#"{"records":[{"value":"v"}]}"#] {
        let (partition, _) = place(&only(&mut world, "/topics/t", JSON, body));
        assert!(partition < 4);
    }
}

#[test]
fn the_partition_in_the_path_wins_over_the_key() {
    let mut world = World::with_partitions(4);
    let body = r#"{"records":[{"key":"k1","value":{"a":1}}]}"#;
    let outcome = only(&mut world, "/topics/t/partitions/1", JSON, body);
    assert_eq!(outcome, json!({ "partition": 1, "offset": 0 }));
}

#[test]
fn an_unknown_partition_fails_its_record_alone() {
    let mut world = World::with_partitions(4);
    let body = r#"{"records":[{"value":{"a":1},"partition":0},{"value":{"a":2},"partition":99}]}"#;
    let (status, answer) = world.post("/topics/t", JSON, body);
    let unknown = json!({
        "error_code": 404,
        "message": "Partition 99 of topic t with partition count 4 is not present in metadata after 0 ms.",
    });
    assert_eq!(
        (status, answer),
        (200, json!({ "offsets": [{ "partition": 0, "offset": 0 }, unknown] }))
    );
    let alone = r#"{"records":[{"value":"v","partition":99}]}"#;
    assert_eq!(only(&mut world, "/topics/t", JSON, alone), unknown);
    let by_path = r#"{"records":[{"value":"v"}]}"#;
    assert_eq!(only(&mut world, "/topics/t/partitions/99", JSON, by_path), unknown);
}

#[test]
fn an_empty_list_is_answered_by_an_empty_list_and_makes_no_topic() {
    let mut world = World::with_partitions(4);
    let answer = world.post("/topics/t", JSON, r#"{"records":[]}"#);
    assert_eq!(answer, (200, json!({ "offsets": [] })));
    assert_eq!(world.get("/topics"), (200, json!([])));
}

#[test]
fn the_first_record_makes_its_topic_and_has_offset_0() {
    let mut world = World::with_partitions(4);
    let outcome = only(&mut world, "/topics/t-auto", JSON, r#"{"records":[{"value":"v"}]}"#);
    assert_eq!(outcome, json!({ "partition": 0, "offset": 0 }));
    assert_eq!(world.get("/topics"), (200, json!(["t-auto"])));
}

#[test]
fn an_illegal_topic_name_fails_every_record() {
    let mut world = World::with_partitions(4);
    let body = r#"{"records":[{"value":"v"},{"value":"w"}]}"#;
    let (status, answer) = world.post("/topics/bad%20name%21", JSON, body);
    let failed = json!({ "error_code": 500, "message": "Invalid topics: [bad name!]" });
    assert_eq!((status, answer), (200, json!({ "offsets": [failed, failed] })));
    assert_eq!(world.get("/topics"), (200, json!([])));
}

#[test]
fn a_record_that_is_too_large_is_told_its_size_as_kafka_counts_it() {
    let mut world = World::with_partitions(4);
    let body = json!({ "records": [{ "value": "x".repeat(2_000_000) }] }).to_string();
    let outcome = only(&mut world, "/topics/t", JSON, &body);
    let message = "The message is 2000090 bytes when serialized which is larger than 1048576, \
                   which is the value of the max.request.size configuration.";
    assert_eq!(outcome, json!({ "error_code": 500, "message": message }));
}

#[test]
fn async_is_204_without_a_body_and_stores_all_the_same() {
    let mut world = World::with_partitions(4);
    let answer = world.ask(&Request {
        method: "POST",
        path: "/topics/t",
        query: Some("async=true"),
        content_type: Some(JSON),
        body: br#"{"records":[{"value":"v"}]}"#,
        ..Request::default()
    });
    assert_eq!((answer.status, answer.content_type, answer.body.len()), (204, "", 0));
    assert_eq!(world.kept("t", 0), 0..1);
}

#[test]
fn topics_are_described_as_the_bridge_does() {
    let mut world = World::with_partitions(2);
    for topic in ["t", "t-auto"] {
        only(&mut world, &format!("/topics/{topic}"), JSON, r#"{"records":[{"value":"v"}]}"#);
    }
    assert_eq!(world.get("/topics"), (200, json!(["t", "t-auto"])));
    let partition = |number: u32| {
        json!({
            "partition": number,
            "leader": 1,
            "replicas": [{ "broker": 1, "leader": true, "in_sync": true }],
        })
    };
    let partitions = json!([partition(0), partition(1)]);
    assert_eq!(world.get("/topics/t/partitions"), (200, partitions.clone()));
    assert_eq!(world.get("/topics/t/partitions/1"), (200, partition(1)));
    let (status, topic) = world.get("/topics/t");
    assert_eq!((status, &topic["name"], &topic["partitions"]), (200, &json!("t"), &partitions));
    let configs = topic["configs"].as_object().unwrap();
    assert_eq!(configs["cleanup.policy"], "delete");
    assert!(configs.values().all(Value::is_string));
    let (status, offsets) = world.get("/topics/t/partitions/0/offsets");
    assert_eq!((status, offsets), (200, json!({ "beginning_offset": 0, "end_offset": 1 })));
}

#[test]
fn every_answer_with_a_body_is_kafka_json() {
    let mut world = World::with_partitions(4);
    let requests = [
        Request { method: "GET", path: "/topics", ..Request::default() },
        Request { method: "GET", path: "/nowhere", ..Request::default() },
        Request {
            method: "POST",
            path: "/topics/t",
            content_type: Some(JSON),
            accept: Some("application/json"),
            body: br#"{"records":[{"value":"v"}]}"#,
            ..Request::default()
        },
        Request {
            method: "POST",
            path: "/topics/t",
            content_type: Some(JSON),
            ..Request::default()
        },
    ];
    for request in requests {
        assert_eq!(world.ask(&request).content_type, KAFKA_JSON, "{request:?}");
    }
}
