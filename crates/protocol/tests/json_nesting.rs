//! A message that was taken can be read by every hub on its way.
#![allow(clippy::panic, reason = "a test stops at the first surprise")]

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
