//! A message that was taken can be read by every hub on its way, and is the same at its end.
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]

use presence::effects::ServerMessage;
use presence::errors::ErrorCode;
use protocol::json::{Received, receive};

fn frame(open: &str, close: &str, levels: usize) -> String {
    let content = open.repeat(levels) + "1" + &close.repeat(levels);
    format!(r#"{{"type":"message.send","to":"bo","content":{content}}}"#)
}

/// JSON is read 128 levels deep: 126 were taken from a sender, and could not be read by the recipient's
/// hub, which gets them inside of a call. The message was tried again for an hour, in vain.
#[test]
fn content_that_its_recipients_hub_could_not_read_is_refused() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        assert!(matches!(receive(&frame(open, close, 64)), Received::Command { .. }));
        for levels in [65, 126] {
            match receive(&frame(open, close, levels)) {
                Received::Refused(ServerMessage::Refused { refusal, .. }) => {
                    assert_eq!(refusal.code, ErrorCode::InvalidBody, "{levels}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// A number was read as its neighbour now and then, at every hub on its way anew.
#[test]
fn a_number_is_the_same_at_the_end_of_its_way() {
    for number in ["-2.9999999999999997e-47", "10.762622000000002", "1.7976931348623157e+308"] {
        let read: serde_json::Value = serde_json::from_str(number).unwrap();
        assert_eq!(read.to_string(), number);
    }
}
