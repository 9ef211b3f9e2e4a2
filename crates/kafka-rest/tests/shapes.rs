//! The other proxies of v2, by their documentation and their sources: Confluent's, Karapace, Redpanda.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use common::scripted::{Said, answer};
use common::{delivered, outcomes};
use kafka_rest::{Api, Ban, Doubt, HttpResponse, Outcome, Passing, Refusal};

async fn each(count: usize, said: Said) -> Vec<Outcome> {
    outcomes(Api::V2, count, said).await
}

/// What one record comes to if this is its entry.
async fn entry(status: u16, entry: &str) -> Outcome {
    let body = format!(r#"{{"key_schema_id":null,"value_schema_id":null,"offsets":[{entry}]}}"#);
    each(1, answer(status, &body)).await.remove(0)
}

async fn error(status: u16, code: i64, words: &str) -> Outcome {
    entry(status, &format!(r#"{{"error_code":{code},"error":"{words}"}}"#)).await
}

fn waits(outcome: &Outcome, expected: Passing) -> bool {
    matches!(outcome, Outcome::Retriable { kind, .. } if *kind == expected)
}

fn banned(outcome: &Outcome, expected: Ban) -> bool {
    matches!(outcome, Outcome::TopicRefused { kind, .. } if *kind == expected)
}

fn unknown(outcome: &Outcome, expected: Doubt) -> bool {
    matches!(outcome, Outcome::Unknown { kind, .. } if *kind == expected)
}

fn refused(outcome: &Outcome, expected: Refusal) -> bool {
    matches!(outcome, Outcome::Refused { kind, .. } if *kind == expected)
}

#[tokio::test]
async fn confluents_null_errors_are_successes() {
    let body = r#"{"offsets":[{"partition":2,"offset":100,"error_code":null,"error":null},{"partition":1,"offset":101,"error_code":null,"error":null}],"key_schema_id":null,"value_schema_id":null}"#;
    assert_eq!(each(2, answer(200, body)).await, [delivered(2, 100), delivered(1, 101)]);
}

#[tokio::test]
async fn confluents_codes_are_told_apart() {
    let null = |code: i64, words: &str| {
        format!(r#"{{"partition":null,"offset":null,"error_code":{code},"error":"{words}"}}"#)
    };
    let gone = "Topic t not present in metadata after 60000 ms.";
    assert!(waits(&entry(200, &null(50_003, gone)).await, Passing::NotFound));
    let leader = "For requests intended only for the leader, this error indicates that the broker is not the current leader.";
    assert!(waits(&entry(200, &null(50_003, leader)).await, Passing::Said));
    let large = "The message is 2000090 bytes when serialized which is larger than 1048576, which is the value of the max.request.size configuration.";
    assert!(refused(&entry(200, &null(50_002, large)).await, Refusal::TooLarge));
    let strange = "The server experienced an unexpected error when processing the request.";
    assert!(waits(&entry(200, &null(50_002, strange)).await, Passing::Unrecognised));
    let late = "Expiring 1 record(s) for t-0:120000 ms has passed since batch creation";
    assert!(unknown(&entry(200, &null(50_002, late)).await, Doubt::TimedOut));
}

#[tokio::test]
async fn confluents_refused_record_does_not_hide_the_delivered_ones() {
    let body = r#"{"offsets":[{"partition":0,"offset":7,"error_code":null,"error":null},{"partition":null,"offset":null,"error_code":40301,"error":"Not authorized to access topics: [t]"}],"key_schema_id":null,"value_schema_id":null}"#;
    let outcomes = each(2, answer(403, body)).await;
    assert_eq!(outcomes[0], delivered(0, 7));
    assert!(banned(&outcomes[1], Ban::Forbidden), "{outcomes:?}");
    let authentication = error(401, 40_101, "Authentication failed").await;
    assert!(banned(&authentication, Ban::Unauthenticated), "{authentication:?}");
}

#[tokio::test]
async fn a_code_with_a_status_in_it_counts_before_all_words() {
    let of = async |code| error(200, code, "timed out: message size too large").await;
    for code in [404, 40_401, 40_402, 40_403, 40_404] {
        assert!(waits(&of(code).await, Passing::NotFound), "{code}");
    }
    for code in [429, 42_901, 429_001, 503, 50_302] {
        assert!(waits(&of(code).await, Passing::Busy), "{code}");
    }
    for code in [422, 42_201, 42_206] {
        assert!(refused(&of(code).await, Refusal::Schema), "{code}");
    }
    assert!(refused(&of(413).await, Refusal::TooLarge));
    assert!(waits(&of(40_801).await, Passing::Said));
    assert!(banned(&of(40_101).await, Ban::Unauthenticated));
    assert!(banned(&of(40_301).await, Ban::Forbidden));
}

#[tokio::test]
async fn karapaces_422_has_an_entry_for_each_record() {
    let body = r#"{"key_schema_id":null,"value_schema_id":null,"offsets":[{"offset":3,"partition":0},{"error_code":1,"error":"The server has a configurable maximum message size to avoid unbounded memory allocation. This error is thrown if the client attempt to produce a message larger than this maximum."},{"error_code":2,"error":"There is no leader for this topic-partition as we are in the middle of a leadership election."}]}"#;
    let outcomes = each(3, answer(422, body)).await;
    assert_eq!(outcomes[0], delivered(0, 3));
    assert!(refused(&outcomes[1], Refusal::TooLarge), "{outcomes:?}");
    assert!(waits(&outcomes[2], Passing::Said), "{outcomes:?}");
}

#[tokio::test]
async fn karapaces_time_outs_leave_in_doubt_but_a_full_buffer_does_not() {
    let full = "timed out waiting to publish message, producer buffer full";
    assert!(waits(&error(422, 1, full).await, Passing::Busy));
    for late in ["timed out waiting to publish message", "Publish message cancelled"] {
        assert!(unknown(&error(422, 1, late).await, Doubt::TimedOut), "{late}");
    }
    let missing = "This request is for a topic or partition that does not exist on this broker.";
    assert!(waits(&error(422, 2, missing).await, Passing::NotFound));
    assert!(waits(&error(422, 1, "something new").await, Passing::Unrecognised));
}

#[tokio::test]
async fn karapace_refuses_whole_requests_in_its_own_words() {
    let whole = async |status, body: &str| each(1, answer(status, body)).await.remove(0);
    let missing = whole(404, r#"{"error_code":40401,"message":"Topic t not found"}"#).await;
    assert!(waits(&missing, Passing::NotFound), "{missing:?}");
    let data = r#"{"error_code":42205,"message":"Request includes data improperly formatted given the format binary"}"#;
    let data = whole(422, data).await;
    assert!(matches!(data, Outcome::Refused { kind: Refusal::Schema, code: Some(42_205), .. }));
    let registry = whole(408, r#"{"error_code":40801,"message":"no registry"}"#).await;
    assert!(waits(&registry, Passing::Busy), "{registry:?}");
    let down = whole(503, r#"{"error_code":503,"message":"Service unavailable"}"#).await;
    assert!(waits(&down, Passing::Busy), "{down:?}");
    let user = whole(401, r#"{"message": "Unauthorized"}"#).await;
    assert!(banned(&user, Ban::Unauthenticated), "{user:?}");
    let forbidden = whole(403, r#"{"message":"Forbidden"}"#).await;
    assert!(banned(&forbidden, Ban::Forbidden), "{forbidden:?}");
    let large = whole(413, "Maximum request body size 1048576 exceeded").await;
    assert!(refused(&large, Refusal::TooLarge), "{large:?}");
    let media = whole(415, r#"{"message": "HTTP 415 Unsupported Media Type"}"#).await;
    assert!(banned(&media, Ban::Protocol), "{media:?}");
    let failed = whole(500, r#"{"message":"Kafka node not ready","code":500}"#).await;
    assert!(unknown(&failed, Doubt::Failed), "{failed:?}");
}

#[tokio::test]
async fn no_offset_is_no_proof() {
    for entry_without in [
        r#"{"offset":-1,"partition":0}"#,
        r#"{"offset":4}"#,
        r#"{"partition":0}"#,
        r#"{"partition":0,"offset":null,"error_code":null,"error":null}"#,
        r#"{"partition":-1,"offset":4}"#,
        "{}",
    ] {
        let outcome = entry(200, entry_without).await;
        assert!(unknown(&outcome, Doubt::NoOffset), "{entry_without}: {outcome:?}");
    }
}

#[tokio::test]
async fn redpandas_codes_are_kafkas() {
    let of = async |code: i64| {
        entry(200, &format!(r#"{{"partition":0,"error_code":{code},"offset":-1}}"#)).await
    };
    assert!(waits(&of(3).await, Passing::NotFound));
    assert!(refused(&of(10).await, Refusal::TooLarge));
    assert!(banned(&of(17).await, Ban::BadName));
    assert!(banned(&of(29).await, Ban::Forbidden));
    assert!(banned(&of(58).await, Ban::Unauthenticated));
    assert!(refused(&of(87).await, Refusal::Schema));
    for passing in [2, 5, 6, 13, 19] {
        assert!(waits(&of(passing).await, Passing::Said), "{passing}");
    }
    for late in [7, 20] {
        assert!(unknown(&of(late).await, Doubt::TimedOut), "{late}");
    }
    let worded = entry(200, r#"{"partition":0,"error_code":42,"message":"timed out"}"#).await;
    assert!(unknown(&worded, Doubt::TimedOut), "{worded:?}");
    for strange in [-1, 1, 42, 999] {
        assert!(waits(&of(strange).await, Passing::Unrecognised), "{strange}");
    }
}

#[tokio::test]
async fn an_error_beside_a_place_is_an_error() {
    let outcome = entry(200, r#"{"partition":0,"offset":5,"error_code":6}"#).await;
    assert!(waits(&outcome, Passing::Said), "{outcome:?}");
    let worded = entry(200, r#"{"partition":0,"offset":5,"error":"no"}"#).await;
    assert!(!worded.is_delivered(), "{worded:?}");
}

/// What is skipped was once not looked at: an entry with a broken byte in it counted.
#[tokio::test]
async fn bytes_that_are_no_text_leave_in_doubt_where_they_are_skipped_too() {
    let body = b"{\"offsets\":[{\"partition\":0,\"offset\":1,\"x\":\"\x80\"}]}".to_vec();
    let outcomes = each(1, Ok(HttpResponse { status: 200, body, ..HttpResponse::default() })).await;
    assert!(unknown(&outcomes[0], Doubt::Garbage), "{outcomes:?}");
}

#[tokio::test]
async fn kafkas_other_words_are_known() {
    let said = async |words: &str| error(200, 500, words).await;
    assert!(banned(&said("Not authorized to access topics: [t]").await, Ban::Forbidden));
    assert!(banned(&said("Topic authorization failed.").await, Ban::Forbidden));
    let credentials = "Authentication failed during authentication due to invalid credentials";
    assert!(banned(&said(credentials).await, Ban::Unauthenticated));
    let broker =
        "The request included a message larger than the max message size the server will accept.";
    assert!(refused(&said(broker).await, Refusal::TooLarge));
    let invalid = "This record has failed the validation on the broker and hence will be rejected.";
    assert!(refused(&said(invalid).await, Refusal::Schema));
    for configured in [
        "The timestamp of the message is out of acceptable range.",
        "Request parameters do not satisfy the configured policy.",
    ] {
        assert!(refused(&said(configured).await, Refusal::Schema), "{configured}");
    }
    let memory = "Failed to allocate 16384 bytes within the configured max blocking time 5000 ms.";
    assert!(waits(&said(memory).await, Passing::Busy));
}
