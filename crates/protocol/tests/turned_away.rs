//! A socket whose session the domain refuses is told why. It was closed with 1012 and no word.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

mod common;

use common::{Client, frame};
use presence::errors::{ErrorCode, Refusal};
use protocol::json;
use protocol::stomp::Action;
use serde_json::{Value, json};
use stomp::{Command as Verb, Version};

fn full() -> Refusal {
    Refusal::new(ErrorCode::OutboxFull, "the outbox is full")
}

#[test]
fn json_says_it_in_an_error_without_an_id() {
    let said: Value = serde_json::from_str(&json::turn_away(&full())).unwrap();
    let detail = "the outbox is full";
    assert_eq!(said, json!({ "type": "error", "code": "outbox_full", "detail": detail }));
}

#[test]
fn stomp_says_it_in_an_error_frame_of_its_version_and_reads_nothing_more() {
    for version in [Version::V10, Version::V11, Version::V12] {
        let mut client = Client::new(version);
        let action = client.one("CONNECT\naccept-version:1.0,1.1,1.2\nhost:x\n\n\0");
        assert!(matches!(action, Action::Connect { .. }));
        let error = frame(&client.connection.turn_away(&full()), version);
        assert_eq!(error.command, Verb::Error);
        assert_eq!(error.header("code"), Some("outbox_full"));
        assert_eq!(error.header("message"), Some(ErrorCode::OutboxFull.title()));
        assert_eq!(error.body, b"the outbox is full");
        assert!(client.bytes(b"SEND\ndestination:/app/heartbeat\n\n\0").is_empty());
    }
}
