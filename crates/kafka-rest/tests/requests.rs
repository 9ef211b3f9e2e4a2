//! What is sent, byte for byte.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use common::scripted::{Asked, Scripted, answer};
use common::world::Still;
use common::{delivered, settings};
use kafka_rest::{Api, Ban, Outcome, Passing, Producer, Proxy, Record, Settings};

/// The requests that these records make, answered so that all are delivered.
async fn asked(settings: Settings, records: &[Record], answers: &[&str]) -> Vec<Asked> {
    let (transport, world) = (Scripted::new([]), Still::default());
    for body in answers {
        transport.say(answer(200, body));
    }
    let producer = Producer::new(&transport, &world, settings, Proxy::default());
    let result = producer.produce("presence-events", records).await;
    assert!(result.outcomes.iter().all(Outcome::is_delivered), "{result:?}");
    transport.asked.take()
}

fn two() -> [Record; 2] {
    [
        Record::new("\u{e9}", [0, 255]).header("trace", "1"),
        Record { key: None, value: Vec::new(), headers: Vec::new() },
    ]
}

#[tokio::test]
async fn v2_sends_padded_base64_and_leaves_out_what_not_all_proxies_take() {
    let settings =
        Settings { timeout_ms: 1_234, ..Settings::new("https://proxy.example/base/", Api::V2) };
    let body = r#"{"offsets":[{"partition":0,"offset":1},{"partition":0,"offset":2}]}"#;
    let asked = asked(settings, &two(), &[body]).await;
    let request = &asked[0];
    assert_eq!(request.method, "POST");
    assert_eq!(request.url, "https://proxy.example/base/topics/presence-events");
    assert_eq!(request.body, r#"{"records":[{"key":"w6k=","value":"AP8="},{"value":""}]}"#);
    assert_eq!(request.header("content-type"), Some("application/vnd.kafka.binary.v2+json"));
    assert_eq!(request.header("accept"), Some("application/vnd.kafka.v2+json"));
    assert_eq!(request.header("authorization"), None);
    assert!(request.header("user-agent").unwrap().starts_with("rollcall-kafka-rest/"));
    assert_eq!(request.deadline_ms, 1_234);
}

#[tokio::test]
async fn authorisation_goes_as_it_is_set() {
    for value in ["Basic dXNlcjpzZWNyZXQ=", "Bearer abc.def.ghi"] {
        for api in [Api::V2, Api::V3] {
            let settings = Settings { authorization: Some(value.to_owned()), ..settings(api) };
            let body = match api {
                Api::V2 => r#"{"offsets":[{"partition":0,"offset":1}]}"#,
                _ => r#"{"error_code":200,"partition_id":0,"offset":1}"#,
            };
            let asked = asked(settings, &[Record::new("k", "v")], &[body]).await;
            assert_eq!(asked[0].header("authorization"), Some(value));
        }
    }
}

#[tokio::test]
async fn v3_sends_one_object_after_the_other_with_headers() {
    let reports = r#"{"error_code":200,"partition_id":0,"offset":1}{"error_code":200,"partition_id":0,"offset":2}"#;
    let asked = asked(settings(Api::V3), &two(), &[reports]).await;
    let request = &asked[0];
    assert_eq!(request.url, "https://proxy.example/v3/clusters/c1/topics/presence-events/records");
    let first = r#"{"headers":[{"name":"trace","value":"MQ=="}],"key":{"type":"BINARY","data":"w6k="},"value":{"type":"BINARY","data":"AP8="}}"#;
    let second = r#"{"value":{"type":"BINARY","data":""}}"#;
    assert_eq!(request.body, format!("{first}\n{second}\n"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("accept"), Some("application/json"));
}

#[tokio::test]
async fn v3s_batch_numbers_its_entries_and_takes_ten_at_a_time() {
    let success = |id: usize, offset: usize| {
        format!(r#"{{"id":"{id}","cluster_id":"c1","partition_id":0,"offset":{offset}}}"#)
    };
    let results = |from: usize, count: usize| {
        let successes: Vec<String> = (0..count).map(|id| success(id, from + id)).collect();
        format!(r#"{{"successes":[{}],"failures":[]}}"#, successes.join(","))
    };
    let records = common::records(12);
    let asked = asked(settings(Api::V3Batch), &records, &[&results(0, 10), &results(10, 2)]).await;
    assert_eq!(asked.len(), 2);
    let url = "https://proxy.example/v3/clusters/c1/topics/presence-events/records:batch";
    assert!(asked.iter().all(|request| request.url == url), "{asked:?}");
    let last = r#"{"entries":[{"id":"0","key":{"type":"BINARY","data":"YWxpY2U="},"value":{"type":"BINARY","data":"ZXZlbnQgMTA="}},{"id":"1","key":{"type":"BINARY","data":"YWxpY2U="},"value":{"type":"BINARY","data":"ZXZlbnQgMTE="}}]}"#;
    assert_eq!(asked[1].body, last);
}

#[tokio::test]
async fn no_records_are_no_request() {
    assert!(asked(settings(Api::V2), &[], &[]).await.is_empty());
}

#[tokio::test]
async fn a_name_that_is_no_topics_never_gets_into_an_address() {
    let (transport, world) = (Scripted::new([]), Still::default());
    let producer = Producer::new(&transport, &world, settings(Api::V2), Proxy::default());
    for topic in ["", ".", "..", "a/b", "../admin", "a?async=true", "a b", "a#b", "%2e%2e"] {
        let result = producer.produce(topic, &common::records(2)).await;
        let bad =
            |outcome: &Outcome| matches!(outcome, Outcome::TopicRefused { kind: Ban::BadName, .. });
        assert!(result.outcomes.iter().all(bad) && result.outcomes.len() == 2, "{result:?}");
    }
    assert_eq!(transport.requests(), 0);
}

#[test]
fn the_authorisation_does_not_show_where_settings_are_logged() {
    let settings = Settings { authorization: Some("Basic secret".to_owned()), ..settings(Api::V2) };
    let shown = format!("{settings:?}");
    assert!(!shown.contains("secret") && shown.contains("proxy.example"), "{shown}");
}

#[test]
fn outcomes_say_what_happened() {
    let reason = || "because".to_owned();
    let cases = [
        (delivered(2, 4), "delivered at 2:4"),
        (Outcome::Retriable { kind: Passing::Busy, reason: reason() }, "not taken: because"),
        (
            Outcome::TopicRefused { kind: Ban::Forbidden, reason: reason() },
            "topic refused: because",
        ),
    ];
    for (outcome, text) in cases {
        assert_eq!(outcome.to_string(), text);
        assert!(outcome.is_delivered() == outcome.reason().is_empty());
    }
}
