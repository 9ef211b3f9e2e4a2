//! What the same bridge answered where it refused a whole request, played here.

use embedded_kafka::Request;
use serde_json::{Value, json};

use crate::world::{BINARY, JSON, TEXT, World, read};

const SOME: &str = r#"{"records":[{"value":"v"}]}"#;

/// The answer to a request that must leave nothing behind.
fn refused(path: &str, content_type: &str, body: &str) -> (u16, Value) {
    let mut world = World::with_partitions(4);
    let answer = world.post(path, content_type, body);
    assert_eq!(world.get("/topics"), (200, json!([])), "{body}");
    answer
}

fn error(code: u16, message: &str) -> (u16, Value) {
    (code, json!({ "error_code": code, "message": message }))
}

fn schema(errors: &[&str]) -> (u16, Value) {
    let message = "Validation error on: Schema validation error";
    (400, json!({ "error_code": 400, "message": message, "validation_errors": errors }))
}

#[test]
fn only_three_content_types_are_known_and_to_the_byte() {
    let unsupported =
        error(400, "Validation error on: The format of the request body is not supported");
    for content_type in [
        "text/plain",
        "application/json",
        "application/vnd.kafka.avro.v2+json",
        "application/vnd.kafka.json.v2+json; charset=utf-8",
        "Application/vnd.kafka.json.v2+json",
        "",
    ] {
        assert_eq!(refused("/topics/t", content_type, SOME), unsupported, "{content_type}");
    }
    let request =
        Request { method: "POST", path: "/topics/t", body: SOME.as_bytes(), ..Request::default() };
    assert_eq!(read(&World::with_partitions(4).ask(&request)), unsupported);
}

#[test]
fn a_missing_body_and_one_that_is_no_json_are_told_apart() {
    let missing = "Validation error on: The related request does not contain the required body.";
    assert_eq!(refused("/topics/t", JSON, ""), error(400, missing));
    assert_eq!(refused("/topics/t", "text/plain", ""), error(400, missing));
    let undecodable = error(400, "Validation error on: The request body can't be decoded");
    for body in [
        r#"{"records":[{"value":"#,
        " ",
        "{\"records\":[]} trailing",
        r#"{"records":[{"value":"\ud800"}]}"#,
        "{\"records\":[{\"value\":\"\u{1}\"}]}",
    ] {
        assert_eq!(refused("/topics/t", JSON, body), undecodable, "{body}");
    }
    let not_utf8 = Request {
        method: "POST",
        path: "/topics/t",
        content_type: Some(JSON),
        body: b"{\"records\":[{\"value\":\"\xff\"}]}",
        ..Request::default()
    };
    assert_eq!(read(&World::with_partitions(4).ask(&not_utf8)), undecodable);
}

#[test]
fn a_body_without_a_list_of_records_is_unprocessable() {
    let message = "Cannot invoke \"com.fasterxml.jackson.databind.node.ArrayNode.iterator()\" \
                   because \"jsonArray\" is null";
    assert_eq!(refused("/topics/t", JSON, "{}"), error(422, message));
}

#[test]
fn fields_that_are_not_known_are_named() {
    assert_eq!(
        refused("/topics/t", JSON, r#"{"records":[{"value":"v","foo":1}]}"#),
        schema(&[
            "Property \"records\" does not match schema",
            "Items did not match schema",
            "A subschema had errors",
            "Property \"foo\" does not match additional properties schema",
            "Property \"records\" does not match additional properties schema",
        ])
    );
    assert_eq!(
        refused("/topics/t", JSON, r#"{"records":[{"value":"v"}],"key_schema":"x"}"#),
        schema(&["Property \"key_schema\" does not match additional properties schema"])
    );
    let (status, answer) =
        refused("/topics/t/partitions/1", JSON, r#"{"records":[{"value":"v","partition":1}]}"#);
    assert_eq!(status, 400);
    assert_eq!(
        answer["validation_errors"][3],
        "Property \"partition\" does not match additional properties schema"
    );
}

#[test]
fn wrong_types_are_named_from_the_outside_in() {
    let cases: [(&str, &[&str]); 6] = [
        (
            r#"{"value":"v","partition":"0"}"#,
            &[
                "Property \"partition\" does not match schema",
                "Instance type string is invalid. Expected integer",
                "Integer does not match the format \"int32\"",
                "Property \"partition\" does not match additional properties schema",
            ],
        ),
        (
            r#"{"value":1}"#,
            &[
                "Property \"value\" does not match schema",
                "A subschema had errors",
                "Instance does not match exactly one subschema (0 matches)",
                "Instance type number is invalid. Expected array",
                "Instance type number is invalid. Expected object",
            ],
        ),
        (
            r#"{"value":true}"#,
            &[
                "Property \"value\" does not match schema",
                "A subschema had errors",
                "Instance does not match exactly one subschema (0 matches)",
                "Instance type boolean is invalid. Expected array",
            ],
        ),
        (
            r#"{"key":7,"value":"v"}"#,
            &[
                "Property \"key\" does not match schema",
                "A subschema had errors",
                "Instance does not match exactly one subschema (0 matches)",
                "Instance type number is invalid. Expected array",
            ],
        ),
        (r#"{"key":null,"value":"v"}"#, &["Property \"key\" does not match schema"]),
        (r#"{"key":"k"}"#, &["Instance does not have required property \"value\""]),
    ];
    for (record, expected) in cases {
        for format in [JSON, BINARY, TEXT] {
            let body = format!(r#"{{"records":[{record}]}}"#);
            let (status, answer) = refused("/topics/t", format, &body);
            assert_eq!((status, &answer["error_code"]), (400, &json!(400)), "{answer}");
            let errors = answer["validation_errors"].as_array().unwrap();
            let outer = [
                "Property \"records\" does not match schema",
                "Items did not match schema",
                "A subschema had errors",
            ];
            assert_eq!(errors[..3], outer, "{record}");
            assert_eq!(errors[3..3 + expected.len()], *expected, "{record}");
        }
    }
}

#[test]
fn other_shapes_are_refused_too() {
    for body in [
        "[]",
        "7",
        "null",
        r#"{"records":{}}"#,
        r#"{"records":null}"#,
        r#"{"records":[7]}"#,
        r#"{"records":[{"value":"v","partition":2147483648}]}"#,
        r#"{"records":[{"value":"v","partition":0.5}]}"#,
        r#"{"records":[{"value":"v","partition":null}]}"#,
        r#"{"records":[{"value":"v","timestamp":"now"}]}"#,
        r#"{"records":[{"value":"v","timestamp":99999999999999999999}]}"#,
        r#"{"records":[{"value":"v","headers":{}}]}"#,
        r#"{"records":[{"value":"v","headers":[7]}]}"#,
        r#"{"records":[{"value":"v","headers":[{"key":"h"}]}]}"#,
        r#"{"records":[{"value":"v","headers":[{"key":"h","value":7}]}]}"#,
        r#"{"records":[{"value":"v","headers":[{"key":"h","value":"","x":1}]}]}"#,
    ] {
        let (status, answer) = refused("/topics/t", JSON, body);
        assert_eq!((status, &answer["error_code"]), (400, &json!(400)), "{body}: {answer}");
        assert_ne!(answer["validation_errors"], json!([]), "{body}");
        assert!(answer["validation_errors"].is_array(), "{body}");
    }
}

#[test]
fn numbers_below_zero_are_unprocessable() {
    let partition =
        "Invalid partition: -1. Partition number should always be non-negative or null.";
    let body = r#"{"records":[{"value":"v","partition":-1}]}"#;
    assert_eq!(refused("/topics/t", JSON, body), error(422, partition));
    assert_eq!(refused("/topics/t/partitions/-1", JSON, SOME), error(422, partition));
    let timestamp = "Invalid timestamp: -1. Timestamp should always be non-negative or null.";
    let body = r#"{"records":[{"value":"v","timestamp":-1}]}"#;
    assert_eq!(refused("/topics/t", JSON, body), error(422, timestamp));
    let (status, _) =
        refused("/topics/t", JSON, r#"{"records":[{"value":"v","timestamp":9007199254740992}]}"#);
    assert_eq!(status, 422);
}

#[test]
fn a_partition_in_a_path_that_is_no_number_is_unprocessable() {
    let invalid = error(422, "Specified partition is not a valid number");
    assert_eq!(refused("/topics/t/partitions/one", JSON, SOME), invalid);
    assert_eq!(refused("/topics/t/partitions/99999999999", JSON, SOME), invalid);
    assert_eq!(World::with_partitions(4).get("/topics/t/partitions/one/messages"), invalid);
}

#[test]
fn a_text_value_must_be_a_string() {
    let message = "Because the embedded format is 'text', the value must be a string";
    let body = r#"{"records":[{"value":{"a":1}}]}"#;
    assert_eq!(refused("/topics/t", TEXT, body), error(422, message));
}

#[test]
fn what_is_no_base64_is_unprocessable_where_the_bridge_stores_an_empty_value() {
    for record in [
        r#"{"value":"***"}"#,
        r#"{"value":{"a":1}}"#,
        r#"{"value":[]}"#,
        r#"{"key":"azE=","value":"aGk"}"#,
        r#"{"key":"azE","value":"aGk="}"#,
        r#"{"value":"aGk= "}"#,
        r#"{"value":"__8="}"#,
        r#"{"value":"aGk=","headers":[{"key":"h","value":"*"}]}"#,
    ] {
        let body = format!(r#"{{"records":[{{"value":"aGk="}},{record}]}}"#);
        let (status, answer) = refused("/topics/t", BINARY, &body);
        assert_eq!((status, &answer["error_code"]), (422, &json!(422)), "{record}");
        assert!(answer["message"].as_str().unwrap().contains("record 1"), "{answer}");
    }
}

#[test]
fn unknown_paths_and_methods_are_not_found() {
    let not_found = error(404, "Not Found");
    assert_eq!(refused("/topic/t", JSON, SOME), not_found);
    for (method, path) in [
        ("PUT", "/topics/t"),
        ("DELETE", "/topics/t"),
        ("HEAD", "/topics"),
        ("POST", "/topics"),
        ("POST", "/topics/t/partitions"),
        ("POST", "/topics/t/partitions/0/messages"),
        ("GET", "/"),
        ("GET", ""),
        ("GET", "/topics/"),
        ("GET", "/topics/t/"),
        ("GET", "/topics/t/partitions/0/messages/1"),
        ("GET", "/topics/t/messages"),
        ("GET", "/topics/%zz"),
        ("GET", "/topics/%2"),
    ] {
        let request = Request { method, path, ..Request::default() };
        assert_eq!(read(&World::with_partitions(4).ask(&request)), not_found, "{method} {path}");
    }
}

#[test]
fn a_topic_that_is_not_there_is_unknown() {
    let unknown = error(
        404,
        "org.apache.kafka.common.errors.UnknownTopicOrPartitionException: \
         This server does not host this topic-partition.",
    );
    let mut world = World::with_partitions(4);
    for path in ["t", "t/partitions", "t/partitions/0", "t/partitions/0/messages", "bad%20name"] {
        assert_eq!(world.get(&format!("/topics/{path}")), unknown, "{path}");
    }
    world.post("/topics/u", JSON, SOME);
    assert_eq!(world.get("/topics/t"), unknown);
}

#[test]
fn a_partition_that_is_not_there_is_said_as_the_bridge_says_it() {
    let mut world = World::with_partitions(4);
    world.post("/topics/t", JSON, SOME);
    assert_eq!(
        world.get("/topics/t/partitions/4"),
        error(404, "Specified partition does not exist.")
    );
    for path in ["offsets", "messages"] {
        assert_eq!(
            world.get(&format!("/topics/t/partitions/99/{path}")),
            error(404, "Topic 't' does not have partition with id 99")
        );
    }
}

#[test]
fn a_parameter_that_is_wrong_is_named() {
    let mut world = World::with_partitions(4);
    for (query, name) in [
        ("offset=-1", "offset"),
        ("offset=", "offset"),
        ("offset=1e3", "offset"),
        ("count=1001", "count"),
        ("count=many", "count"),
        ("follow=yes", "follow"),
        ("from=yesterday", "from"),
        ("follow=true&offset=x", "offset"),
    ] {
        let (status, answer) = world.get(&format!("/topics/t/partitions/0/messages?{query}"));
        assert_eq!((status, &answer["error_code"]), (400, &json!(400)), "{query}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("Validation error on: {name} must be")), "{message}");
    }
    let (status, _) = world.post("/topics/t?async=maybe", JSON, SOME);
    assert_eq!(status, 400);
    assert_eq!(world.get("/topics"), (200, json!([])));
}
