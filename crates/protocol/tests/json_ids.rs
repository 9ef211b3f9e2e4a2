//! The `id` of a JSON command: kept until its command is answered, so bounded.
#![allow(clippy::panic, reason = "a test stops at the first surprise")]

use presence::effects::ServerMessage;
use presence::errors::ErrorCode;
use protocol::json::{Received, receive};
use serde_json::json;

#[test]
fn an_id_of_128_bytes_is_kept_and_a_longer_one_is_refused_without_it() {
    let frame = |id: &str| json!({"type": "heartbeat", "id": id}).to_string();
    let fits = "x".repeat(128);
    assert!(matches!(receive(&frame(&fits)), Received::Command { id: Some(id), .. } if id == fits));
    let refused = receive(&frame(&"x".repeat(129)));
    let Received::Refused(ServerMessage::Refused { correlation: None, refusal }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refusal.code, ErrorCode::InvalidBody);
}
