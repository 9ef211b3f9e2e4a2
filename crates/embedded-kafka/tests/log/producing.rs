//! What is stored of what is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use embedded_kafka::{Record, Scope};
use serde_json::{Value, json};

use crate::world::{BINARY, JSON, NOON, TEXT, World, keyless, record};

/// The one record that a request stored.
fn stored(content_type: &str, record: &str) -> Record {
    let mut world = World::with_partitions(1);
    let body = format!(r#"{{"records":[{record}]}}"#);
    let (status, answer) = world.post("/topics/t", content_type, &body);
    assert_eq!((status, &answer["offsets"][0]["offset"]), (200, &json!(0)), "{answer}");
    let mut batch = world.engine.tail(&Scope::default(), 0, 10).unwrap();
    assert_eq!(batch.records.len(), 1);
    batch.records.remove(0)
}

fn value(content_type: &str, record: &str) -> Option<String> {
    stored(content_type, record).value.map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn json_is_stored_as_its_text_without_white_space() {
    for (sent, kept) in [
        (r#""hello""#, r#""hello""#),
        (r#""\u0068\/i \"""#, r#""h/i \"""#),
        (
            r#"{ "b" : 1, "a" : [ 1.0, 1e3 , 12345678901234567890 ] }"#,
            r#"{"b":1,"a":[1.0,1e3,12345678901234567890]}"#,
        ),
        ("{ \"a b\" :\n\t\" \\\" { \" }", r#"{"a b":" \" { "}"#),
        (r#"{ "a" : "\\" , "b" : " \\\" " }"#, r#"{"a":"\\","b":" \\\" "}"#),
        ("null", "null"),
        ("[ ]", "[]"),
    ] {
        assert_eq!(value(JSON, &format!(r#"{{"value":{sent}}}"#)).unwrap(), kept, "{sent}");
    }
}

#[test]
fn a_json_key_keeps_its_quotes() {
    let record = stored(JSON, r#"{"key":"k1","value":"v"}"#);
    assert_eq!(record.key.unwrap(), br#""k1""#);
}

#[test]
fn text_is_stored_as_it_is() {
    let record = stored(TEXT, r#"{"key":"kö","value":"\u0000\n\""}"#);
    assert_eq!(record.key.unwrap(), "kö".as_bytes());
    assert_eq!(record.value.unwrap(), b"\0\n\"");
}

#[test]
fn every_byte_survives_the_binary_format() {
    let all: Vec<u8> = (0..=255).collect();
    let encoded = STANDARD.encode(&all);
    let record = stored(
        BINARY,
        &json!({ "key": encoded, "value": encoded, "headers": [{ "key": "h", "value": encoded }] })
            .to_string(),
    );
    assert_eq!(record.key.as_ref(), Some(&all));
    assert_eq!(record.value.as_ref(), Some(&all));
    assert_eq!(record.headers[0].value, all);
}

#[test]
fn an_empty_value_and_no_value_are_two_things() {
    assert_eq!(stored(BINARY, r#"{"key":"","value":""}"#).value, Some(Vec::new()));
    let tombstone = stored(BINARY, r#"{"key":"azE=","value":null}"#);
    assert_eq!((tombstone.key, tombstone.value), (Some(b"k1".to_vec()), None));
    let keyless = stored(BINARY, r#"{"value":""}"#);
    assert_eq!((keyless.key, keyless.value), (None, Some(Vec::new())));
}

#[test]
fn headers_keep_their_order_and_may_repeat() {
    let record = stored(
        JSON,
        r#"{"value":"v","headers":[{"key":"b","value":"MQ=="},{"key":"a","value":""},{"key":"b","value":"Mg=="}]}"#,
    );
    let headers: Vec<_> =
        record.headers.iter().map(|header| (&*header.key, &*header.value)).collect();
    assert_eq!(headers, [("b", &b"1"[..]), ("a", b""), ("b", b"2")]);
}

#[test]
fn the_time_is_the_producers_or_else_now() {
    assert_eq!(stored(JSON, r#"{"value":"v","timestamp":17}"#).timestamp, 17);
    assert_eq!(stored(JSON, r#"{"value":"v"}"#).timestamp, NOON);
}

#[test]
fn the_last_of_two_members_with_one_name_counts() {
    assert_eq!(value(JSON, r#"{"value":"first","value":"last"}"#).unwrap(), r#""last""#);
}

#[test]
fn a_record_that_is_refused_spoils_no_other_and_takes_no_offset() {
    let mut world = World::with_partitions(1);
    let large = STANDARD.encode("x".repeat(1_100_000));
    let body = json!({ "records": [
        keyless("a"), { "value": large }, keyless("b"), { "value": "", "partition": 7 }, keyless("c"),
    ] });
    let (status, answer) = world.post("/topics/t", BINARY, &body.to_string());
    assert_eq!(status, 200);
    let outcomes = answer["offsets"].as_array().unwrap();
    let codes: Vec<_> = outcomes.iter().map(|outcome| outcome["error_code"].as_i64()).collect();
    assert_eq!(codes, [None, Some(500), None, Some(404), None]);
    let offsets: Vec<_> =
        outcomes.iter().filter_map(|outcome| outcome["offset"].as_i64()).collect();
    assert_eq!(offsets, [0, 1, 2]);
    assert_eq!(world.kept("t", 0), 0..3);
}

#[test]
fn a_record_of_the_largest_size_is_stored_and_one_byte_more_is_not() {
    let mut world = World::with_partitions(1);
    let mut outcome = |length: usize| -> Value {
        let body = json!({ "records": [{ "value": STANDARD.encode(vec![b'x'; length]) }] });
        world.post("/topics/t", BINARY, &body.to_string()).1["offsets"][0].clone()
    };
    let overhead = 61 + 21 + 1 + 3 + 1;
    assert_eq!(outcome(1_048_576 - overhead)["offset"], 0);
    assert_eq!(outcome(1_048_577 - overhead)["error_code"], 500);
}

#[test]
fn the_records_of_a_key_keep_their_order_across_requests() {
    let mut world = World::with_partitions(8);
    let mut expected = Vec::new();
    for request in 0..20 {
        let values: Vec<String> = (0..5).map(|n| format!("{request}-{n}")).collect();
        let records: Vec<_> = values.iter().map(|value| record("ada", value)).collect();
        world.produce("t", &records);
        expected.extend(values);
    }
    let batch = world.engine.tail(&Scope::default(), 0, 1_000).unwrap();
    let seen: Vec<_> = batch
        .records
        .into_iter()
        .map(|record| String::from_utf8(record.value.unwrap()).unwrap())
        .collect();
    assert_eq!(seen, expected);
    assert!(batch.cursor == 100);
}
