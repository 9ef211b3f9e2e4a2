//! No bytes make the protocols panic, and how they are cut makes no difference.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod common;

use common::{Client, NOW, presence, welcome};
use presence::effects::ServerMessage;
use proptest::prelude::*;
use protocol::attachment::Attachment;
use protocol::first::{First, sniff};
use protocol::json;
use protocol::stomp::{Action, Connection};
use stomp::Version;

/// Text that is nearly a frame.
fn nearly_stomp() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just("CONNECT\naccept-version:1.2\n\n\0".to_owned()),
        Just("SUBSCRIBE\nid:".to_owned()),
        Just("UNSUBSCRIBE\nid:a\n\n\0".to_owned()),
        Just("SEND\ndestination:/app/".to_owned()),
        Just("heartbeat\n\n{}\0".to_owned()),
        Just(
            "message.send\nreceipt:r\ncorrelation-id:c\n\n{\"to\":\"bo\",\"content\":1}\0"
                .to_owned()
        ),
        Just("a\ndestination:/topic/presence.bo\n\n\0".to_owned()),
        Just("DISCONNECT\n\n\0".to_owned()),
        "[ -~\\n\\x00]{0,12}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

/// Text that is nearly a command.
fn nearly_json() -> impl Strategy<Value = String> {
    let names = prop_oneof![
        Just("heartbeat"),
        Just("presence.subscribe"),
        Just("message.send"),
        Just("typing"),
        Just("online-status"),
    ];
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("7".to_owned()),
        Just("\"bo\"".to_owned()),
        Just("[\"bo\",7]".to_owned()),
        Just("{\"type\":\"x\"}".to_owned()),
        Just("true".to_owned()),
        Just("[]".to_owned()),
    ];
    let field = prop_oneof![
        Just("to"),
        Just("content"),
        Just("targetUserId"),
        Just("targetUserIds"),
        Just("status"),
        Just("userIds"),
        Just("device"),
        Just("typing"),
        Just("id"),
        Just("message"),
        Just("scope"),
        Just("filter"),
    ];
    (names, proptest::collection::vec((field, value), 0..6)).prop_map(|(name, fields)| {
        let fields: Vec<_> = std::iter::once(format!("\"type\":\"{name}\""))
            .chain(fields.iter().map(|(name, value)| format!("\"{name}\":{value}")))
            .collect();
        format!("{{{}}}", fields.join(","))
    })
}

/// What a client does that hibernates after every piece if `hibernating`.
fn actions(pieces: &[&[u8]], hibernating: bool) -> Vec<Action> {
    let mut client = Client::new(Version::V12);
    let mut all = Vec::new();
    for piece in pieces {
        client.connection.push(piece);
        while let Some(action) = client.connection.advance(&|_| false) {
            if matches!(action, Action::Connect { .. }) {
                client.connection.deliver(&welcome());
            }
            all.push(action);
        }
        if hibernating {
            let (saved, half) = client.connection.save();
            let half = half.to_vec();
            client.connection = Connection::restore(saved, &half, NOW).unwrap();
        }
    }
    all
}

/// What must not depend on the cut. Message ids begin anew after hibernation; and a frame may be
/// known to be broken before the piece comes that asks for its receipt.
fn kinds(actions: &[Action]) -> Vec<String> {
    let kind = |action: &Action| match action {
        Action::Send(frames) => format!("send {}", frames.len()),
        Action::Fail { frame, close } => {
            let kept: Vec<_> =
                frame.lines().filter(|line| !line.starts_with("receipt-id:")).collect();
            format!("{kept:?} {close:?}")
        }
        other => format!("{other:?}"),
    };
    actions.iter().map(kind).collect()
}

proptest! {
    #[test]
    fn any_bytes_are_survived_as_stomp(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        Client::new(Version::V12).bytes(&bytes);
        let mut client = Client::connected();
        client.subscribe("e", "/user/queue/errors");
        client.bytes(&bytes);
        client.deliver(&ServerMessage::Presence(presence("bo", 1)));
    }

    #[test]
    fn the_cut_of_a_stream_and_hibernation_make_no_difference(bytes in nearly_stomp(), at in any::<prop::sample::Index>()) {
        let whole = kinds(&actions(&[&bytes], false));
        let at = at.index(bytes.len() + 1);
        let halves = [&bytes[..at], &bytes[at..]];
        prop_assert_eq!(&kinds(&actions(&halves, false)), &whole);
        prop_assert_eq!(&kinds(&actions(&halves, true)), &whole);
    }

    #[test]
    fn any_text_is_survived_as_json(text in "\\PC{0,200}") {
        json::receive(&text);
    }

    #[test]
    fn any_command_is_a_command_or_refused_with_a_detail(text in nearly_json()) {
        match json::receive(&text) {
            json::Received::Command { .. } => {}
            json::Received::Refused(ServerMessage::Refused { refusal, .. }) => prop_assert!(!refusal.detail.is_empty()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn any_bytes_are_survived_as_an_attachment_and_as_a_first_frame(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        Attachment::decode(&bytes);
        sniff(&bytes);
    }
}

#[test]
fn the_first_frame_decides_the_protocol() {
    for (said, first) in [
        (&b"{\"type\":"[..], First::Json),
        (b"  {", First::Json),
        (b"CONNECT\n", First::Stomp),
        (b"\nSTOMP\n", First::Stomp),
        (b"CON", First::Stomp),
        (b"S", First::Stomp),
        (b"SEND\n", First::Unknown),
        (b"hello?", First::Unknown),
        (b"", First::Nothing),
        (b"\r\n", First::Nothing),
    ] {
        assert_eq!(sniff(said), first, "{said:?}");
    }
}
