//! What survives hibernation fits into a socket's attachment, whatever the client did.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod common;

use common::{Client, NOW, user};
use presence::ids::{ResumeToken, SessionId, SocketKey};
use presence::state::{Device, DeviceType, Protocol};
use presence::time::Millis;
use protocol::attachment::{Attachment, MAX_ATTACHMENT, Pending, Speaks};
use protocol::stomp::{Action, Connection, MAX_HALF_FRAME};
use stomp::Version;

fn attachment() -> Attachment {
    Attachment {
        key: SocketKey(u64::MAX),
        user: user(&"u".repeat(128)),
        bound: None,
        opened_at: NOW,
        last_frame_at: NOW,
        token_expires_at: Some(NOW),
        speaks: Some(Speaks::Stomp),
        pending: None,
        stomp: None,
        closing: false,
        half: Vec::new(),
    }
}

fn pending(text: &str) -> Pending {
    Pending {
        resume: Some(ResumeToken::received(text)),
        device: Device {
            kind: Some(DeviceType::Desktop),
            name: Some(text.to_owned()),
            os: Some(text.to_owned()),
            app_version: Some(text.to_owned()),
        },
        user_agent: Some(text.to_owned()),
        country: Some(text.to_owned()),
        colo: Some(text.to_owned()),
    }
}

/// A connection whose unfinished frame and subscriptions are as large as they get.
fn fullest() -> Connection {
    let mut client = Client::connected();
    for n in 0..200 {
        let id = "\\\\".repeat(200);
        client.subscribe(&format!("{n}{id}"), &format!("/topic/presence.{}", "t".repeat(128)));
        client.subscribe(&format!("{n}"), &format!("/topic/presence.{}", "t".repeat(128)));
    }
    let half = format!("SEND\ndestination:/app/message.send\n\n{}", "x".repeat(MAX_HALF_FRAME));
    client.bytes(&half.as_bytes()[..MAX_HALF_FRAME]);
    client.connection
}

#[test]
fn what_is_encoded_is_decoded() {
    let mut full = attachment();
    full.bound = Some((SessionId::new(&user("ann"), [1; 16]), 7));
    full.pending = Some(pending("é\"x").bounded());
    full.half = vec![0, 255, b'\n', 0];
    full.closing = true;
    let (saved, _) = fullest().save();
    full.stomp = Some(saved);
    assert_eq!(Attachment::decode(&full.encode()), Some(full));
}

#[test]
fn the_largest_attachment_fits_before_and_after_connect() {
    let connection = fullest();
    let (saved, half) = connection.save();
    assert_eq!(half.len(), MAX_HALF_FRAME);
    let mut after = attachment();
    after.bound = Some((SessionId::new(&after.user, [255; 16]), u32::MAX));
    after.stomp = Some(saved);
    after.half = half.to_vec();
    let size = after.encode().len();
    assert!((12_000..MAX_ATTACHMENT - 512).contains(&size), "{size}");

    for text in ["\"".repeat(5000), "é".repeat(5000), "\u{1}".repeat(5000), "x".repeat(5000)] {
        let mut before = attachment();
        before.pending = Some(pending(&text).bounded());
        before.half = vec![7; MAX_HALF_FRAME];
        before.stomp = Some(Connection::new(Some(Version::V12), NOW).save().0);
        let size = before.encode().len();
        assert!(size < MAX_ATTACHMENT - 512, "{size}");
    }
}

#[test]
fn what_is_no_attachment_is_none() {
    for bytes in [&b""[..], b"\0", b"{}", b"{}\0", b"null\0", b"\xff\0"] {
        assert_eq!(Attachment::decode(bytes), None, "{bytes:?}");
    }
}

#[test]
fn a_socket_was_last_seen_at_its_last_frame_or_its_last_answered_beat() {
    let mut socket = attachment();
    socket.last_frame_at = NOW + 10;
    assert_eq!(socket.attached(None).last_seen, NOW + 10);
    assert_eq!(socket.attached(Some(NOW + 5)).last_seen, NOW + 10);
    assert_eq!(socket.attached(Some(NOW + 20)).last_seen, NOW + 20);
    socket.last_frame_at = Millis(0);
    assert_eq!(socket.attached(None).last_seen, NOW);
}

#[test]
fn a_resume_token_in_connect_goes_before_that_of_the_query() {
    let pending = Pending { resume: Some(ResumeToken::received("query")), ..Pending::default() };
    let header = Some(ResumeToken::received("header"));
    let connect = pending.clone().connect(SocketKey(1), Protocol::Stomp12, header.clone());
    assert_eq!((connect.resume, connect.wants_presence), (header, false));
    let connect = pending.clone().connect(SocketKey(1), Protocol::Json, None);
    assert_eq!((connect.resume, connect.wants_presence), (pending.resume, true));
}

#[test]
fn a_resume_token_that_cannot_be_one_is_not_kept() {
    assert_eq!(pending(&"a".repeat(2000)).bounded().resume, None);
}

#[test]
fn rule_25_a_small_half_frame_survives_and_a_large_one_is_known_to_be_lost() {
    let mut client = Client::connected();
    assert!(client.bytes(b"SEND\ndestination:/app/heart").is_empty());
    let (saved, half) = client.connection.save();
    let half = half.to_vec();
    client.connection = Connection::restore(saved, &half, NOW).unwrap();
    assert!(matches!(client.one("beat\n\n\0"), Action::Run { .. }));

    let large = format!("SEND\ndestination:/app/message.send\n\n{}", "x".repeat(MAX_HALF_FRAME));
    assert!(client.bytes(large.as_bytes()).is_empty());
    let (saved, half) = client.connection.save();
    assert!(half.is_empty());
    assert!(Connection::restore(saved, &[], NOW).is_none());
    // The memory was kept: the frame goes on.
    assert_eq!(client.bytes(b"\0").len(), 1);
    assert!(Connection::restore(client.connection.save().0, &[], NOW).is_some());
}
