//! Reading a partition back.

use embedded_kafka::Request;
use serde_json::json;

use crate::world::{BINARY, JSON, NOON, World, keyless, record};

#[test]
fn a_message_has_its_bytes_and_beside_them_what_can_be_read() {
    let mut world = World::with_partitions(1);
    let body = r#"{"records":[
        {"key":"azE=","value":"eyJhIjoxfQ==","timestamp":1700000000000,"headers":[{"key":"h","value":"dmFs"}]},
        {"key":"/w==","value":"aGVsbG8="},
        {"key":"azE=","value":null},
        {"value":"//4="}
    ]}"#;
    world.post("/topics/t", BINARY, body);
    let answer = world.messages("t", 0, 0);
    let message = |offset: i64, rest: serde_json::Value| {
        let mut message =
            json!({ "topic": "t", "partition": 0, "offset": offset, "timestamp": NOON });
        message.as_object_mut().unwrap().append(&mut rest.as_object().unwrap().clone());
        message
    };
    assert_eq!(
        answer,
        json!({
            "topic": "t", "partition": 0, "beginning_offset": 0, "end_offset": 4, "next_offset": 4,
            "messages": [
                message(0, json!({
                    "timestamp": 1_700_000_000_000_i64,
                    "key": "azE=", "key_text": "k1",
                    "value": "eyJhIjoxfQ==", "value_json": { "a": 1 },
                    "headers": [{ "key": "h", "value": "dmFs" }],
                })),
                message(1, json!({ "key": "/w==", "value": "aGVsbG8=", "value_text": "hello" })),
                message(2, json!({ "key": "azE=", "key_text": "k1", "value": null })),
                message(3, json!({ "key": null, "value": "//4=" })),
            ],
        })
    );
}

#[test]
fn json_that_would_break_a_reader_is_shown_as_text() {
    let mut world = World::with_partitions(1);
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    let values = [deep.as_str(), "1e999", r#""\ud800""#, "{\"a\":1} trailing"];
    for value in values {
        world.produce("t", &[keyless(value)]);
    }
    world.produce("t", &[keyless(&format!("{}{}", "[".repeat(64), "]".repeat(64)))]);
    let answer = world.messages("t", 0, 0);
    for (index, value) in values.into_iter().enumerate() {
        assert_eq!(answer["messages"][index]["value_text"], value);
        assert!(answer["messages"][index]["value_json"].is_null());
    }
    assert!(answer["messages"][4]["value_json"].is_array());
}

#[test]
fn offset_and_count_page_through_a_partition() {
    let mut world = World::with_partitions(1);
    let records: Vec<_> = (0..250).map(|n| keyless(&n.to_string())).collect();
    world.produce("t", &records);
    let mut next = 0;
    let mut seen = Vec::new();
    while next < 250 {
        let (_, page) =
            world.get(&format!("/topics/t/partitions/0/messages?offset={next}&count=60"));
        let messages = page["messages"].as_array().unwrap();
        assert!(messages.len() <= 60 && !messages.is_empty());
        seen.extend(messages.iter().map(|message| message["value_json"].as_i64().unwrap()));
        next = page["next_offset"].as_i64().unwrap();
    }
    assert_eq!(seen, (0..250).collect::<Vec<_>>());
    let (_, page) = world.get("/topics/t/partitions/0/messages");
    assert_eq!(page["messages"].as_array().unwrap().len(), 100);
    let (_, page) = world.get("/topics/t/partitions/0/messages?count=0&offset=7");
    assert_eq!((&page["messages"], &page["next_offset"]), (&json!([]), &json!(7)));
}

#[test]
fn an_offset_that_is_not_given_yet_counts_as_the_end() {
    let mut world = World::with_partitions(1);
    world.produce("t", &[keyless("v")]);
    for offset in ["1", "99", "9007199254740993", "9223372036854775807"] {
        let (status, page) = world.get(&format!("/topics/t/partitions/0/messages?offset={offset}"));
        assert_eq!(status, 200, "{page}");
        assert_eq!((&page["messages"], &page["next_offset"]), (&json!([]), &json!(1)));
    }
}

#[test]
fn an_answer_holds_two_mebibytes_and_always_a_record() {
    let mut world = World::with_partitions(1);
    let large = "x".repeat(900_000);
    for _ in 0..3 {
        world.produce("t", &[keyless(&large)]);
    }
    let page = world.messages("t", 0, 0);
    assert_eq!(page["messages"].as_array().unwrap().len(), 2);
    assert_eq!(page["next_offset"], 2);
    let page = world.messages("t", 0, 2);
    assert_eq!(page["messages"].as_array().unwrap().len(), 1);
}

#[test]
fn topics_do_not_see_each_other() {
    let mut world = World::with_partitions(2);
    for topic in ["a", "b", "a.dlq"] {
        world.produce(topic, &[record("k", topic), record("l", topic)]);
    }
    assert_eq!(world.get("/topics").1, json!(["a", "a.dlq", "b"]));
    for topic in ["a", "b", "a.dlq"] {
        let all: Vec<_> = (0..2)
            .flat_map(|partition| {
                world.messages(topic, partition, 0)["messages"].as_array().unwrap().clone()
            })
            .collect();
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|message| message["value_text"] == topic));
    }
}

#[test]
fn a_reader_gets_plain_json_who_asks_for_it() {
    let mut world = World::with_partitions(1);
    world.post("/topics/t", JSON, r#"{"records":[{"value":"v"}]}"#);
    let mut named = |accept: &'static str| {
        let path = "/topics/t/partitions/0/messages";
        let request = Request { method: "GET", path, accept: Some(accept), ..Request::default() };
        world.ask(&request).content_type
    };
    assert_eq!(named("application/json"), "application/json");
    assert_eq!(named("text/html, application/json;q=0.9"), "application/json");
    assert_eq!(
        named("application/vnd.kafka.v2+json, application/json"),
        embedded_kafka::KAFKA_JSON
    );
    assert_eq!(named("*/*"), embedded_kafka::KAFKA_JSON);
}

#[test]
fn a_name_may_be_percent_encoded() {
    let mut world = World::with_partitions(1);
    world.post("/topics/%61%2Eb", JSON, r#"{"records":[{"value":"v"}]}"#);
    assert_eq!(world.get("/topics").1, json!(["a.b"]));
    assert_eq!(world.get("/topics/a%2eb/partitions").0, 200);
}
