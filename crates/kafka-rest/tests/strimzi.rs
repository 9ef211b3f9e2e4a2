//! Every answer of a real bridge in `answers/strimzi-bridge.txt`, byte for byte.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use common::scripted::answer;
use common::{delivered, outcomes};
use kafka_rest::{Api, Ban, Doubt, Outcome, Passing, Refusal};

const ANSWERS: &str = include_str!("answers/strimzi-bridge.txt");

/// What is about reading topics, or about requests alone.
const NOT_ANSWERS: [&str; 2] = ["GET /topics,", "nulls and base64"];

/// What is expected of a record.
#[derive(Debug)]
enum Comes {
    To(i32, i64),
    Waits(Passing),
    Refused(Refusal, i64),
    Banned(Ban),
    Unknown(Doubt),
}
use Comes::{Banned, Refused, To, Unknown, Waits};

const NOT_FOUND: Comes = Waits(Passing::NotFound);
const PROTOCOL: Comes = Banned(Ban::Protocol);

fn expected(title: &str) -> Vec<Comes> {
    let one = match title {
        "json 2 records, 2nd unknown partition" => return vec![To(0, 4), NOT_FOUND],
        "json ok key" => To(2, 4),
        "json ok partition" => To(2, 5),
        "json to path partition" => To(1, 4),
        "json headers" | "binary ok" => {
            if title == "binary ok" {
                To(1, 5)
            } else {
                To(0, 5)
            }
        }
        "json timestamp" => To(0, 6),
        "json null value (tombstone)" => To(0, 7),
        "binary not base64" => To(0, 8),
        "binary value is object" => To(1, 6),
        "text ok" => To(1, 7),
        "new topic (auto create)" => To(0, 0),
        "array value" => To(3, 0),
        "object key" => To(3, 1),
        "json path unknown partition"
        | "unknown partition only"
        | "wrong path"
        | "GET wrong method"
        | "broker down (new connection, 5 s max.block)" => NOT_FOUND,
        "text value is object" | "no records" | "partition negative" => {
            Refused(Refusal::Schema, 422)
        }
        "too big (2 MB value)" => Refused(Refusal::TooLarge, 500),
        "illegal topic name" => Banned(Ban::BadName),
        "empty records" => Unknown(Doubt::Count),
        "async=true" => Unknown(Doubt::Truncated),
        "bad JSON"
        | "empty body"
        | "extra field"
        | "extra top field"
        | "partition string"
        | "wrong content type text/plain"
        | "wrong content type application/json"
        | "avro content type"
        | "number value"
        | "bool value"
        | "number key"
        | "json charset param" => PROTOCOL,
        other => panic!("what does {other:?} come to?"),
    };
    vec![one]
}

/// Title, status and body of each section that is an answer to a producer.
fn sections() -> Vec<(&'static str, u16, String)> {
    let sections = ANSWERS.split("\n## ").skip(1);
    let sections = sections.map(|section| section.split_once('\n').unwrap());
    let answers =
        sections.filter(|(title, _)| !NOT_ANSWERS.iter().any(|not| title.starts_with(not)));
    answers.map(|(title, text)| section(title, text)).collect()
}

fn section<'a>(title: &'a str, text: &str) -> (&'a str, u16, String) {
    let answer = &text[text.find("HTTP/1.1 ").unwrap()..];
    let status = answer.split_whitespace().nth(1).unwrap().parse().unwrap();
    let body = answer.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    // What was cut off are the last of the validation errors.
    let whole = body.strip_suffix(" …").map(|cut| format!("{}\"]}}", cut.trim_end_matches('\\')));
    (title, status, whole.unwrap_or_else(|| body.to_owned()))
}

fn check(title: &str, comes: &Comes, outcome: &Outcome) {
    let good = match (comes, outcome) {
        (To(partition, offset), outcome) => *outcome == delivered(*partition, *offset),
        (Waits(expected), Outcome::Retriable { kind, .. }) => kind == expected,
        (Banned(expected), Outcome::TopicRefused { kind, .. }) => kind == expected,
        (Unknown(expected), Outcome::Unknown { kind, .. }) => kind == expected,
        (Refused(expected, number), Outcome::Refused { kind, code, .. }) => {
            kind == expected && *code == Some(*number)
        }
        _ => false,
    };
    assert!(good, "{title}: {outcome:?} where {comes:?} was expected");
}

#[tokio::test]
async fn every_answer_of_the_bridge_comes_to_what_it_says() {
    let sections = sections();
    assert_eq!(sections.len(), 38, "answers in the file");
    for (title, status, body) in sections {
        let expected = expected(title);
        let outcomes = outcomes(Api::V2, expected.len(), answer(status, &body)).await;
        for (comes, outcome) in expected.iter().zip(&outcomes) {
            check(title, comes, outcome);
        }
    }
}

#[tokio::test]
async fn the_words_of_the_bridge_are_kept() {
    let (_, status, body) =
        sections().into_iter().find(|(title, ..)| title.starts_with("broker down")).unwrap();
    let outcomes = outcomes(Api::V2, 1, answer(status, &body)).await;
    assert_eq!(outcomes[0].reason(), "Topic t not present in metadata after 5000 ms.");
}
