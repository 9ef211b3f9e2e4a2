//! What the producer's tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::unnecessary_wraps,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test uses a part of it, tests may panic, and answers have one type"
)]

// The same hostile server as Redis's client is tried on: it knows nothing of either protocol.
#[path = "../../../redis-rest/tests/common/http.rs"]
pub(crate) mod http;
pub(crate) mod scripted;
pub(crate) mod world;

use kafka_rest::{Api, Outcome, Produced, Producer, Proxy, Record, Settings};
use scripted::{Said, Scripted};
use world::Still;

/// Records of one key, as the outbox sends them.
pub(crate) fn records(count: usize) -> Vec<Record> {
    (0..count).map(|number| Record::new("alice", format!("event {number}"))).collect()
}

pub(crate) fn settings(api: Api) -> Settings {
    Settings { cluster: Some("c1".to_owned()), ..Settings::new("https://proxy.example", api) }
}

/// What `count` records come to if these are the answers to the requests, all of which are made.
pub(crate) async fn produced(
    api: Api,
    count: usize,
    answers: impl IntoIterator<Item = Said>,
) -> Produced {
    let (transport, world) = (Scripted::new(answers), Still::default());
    let producer = Producer::new(&transport, &world, settings(api), Proxy::default());
    let result = producer.produce("t", &records(count)).await;
    assert_eq!(result.outcomes.len(), count, "one outcome a record");
    assert!(transport.answers.borrow().is_empty(), "requests that were not made: {transport:?}");
    result
}

/// The same of one answer, outcomes only.
pub(crate) async fn outcomes(api: Api, count: usize, answer: Said) -> Vec<Outcome> {
    produced(api, count, [answer]).await.outcomes
}

pub(crate) fn delivered(partition: i32, offset: i64) -> Outcome {
    Outcome::Delivered { partition, offset }
}
