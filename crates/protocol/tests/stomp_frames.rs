//! STOMP: the handshake, commands, receipts, and what ends a connection.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod common;

use common::{Client, body, frame, presence, user, welcome};
use presence::close::CloseCode;
use presence::effects::{Command, Reply, ServerMessage};
use presence::errors::{ErrorCode, Refusal};
use presence::ids::ResumeToken;
use presence::state::Protocol;
use protocol::stomp::Action;
use stomp::{Command as Verb, Frame, Version};

fn failed(action: &Action) -> (Frame, CloseCode) {
    match action {
        Action::Fail { frame: text, close } => (frame(text, Version::V12), *close),
        other => panic!("{other:?}"),
    }
}

fn run(action: Action) -> (Vec<Command>, Option<String>, Option<String>) {
    match action {
        Action::Run { commands, correlation, receipt } => (commands, correlation, receipt),
        other => panic!("{other:?}"),
    }
}

#[test]
fn connect_agrees_on_a_version_and_takes_the_resume_token() {
    for (verb, accept, protocol) in [
        ("CONNECT", "1.0,1.1,1.2", Protocol::Stomp12),
        ("STOMP", "1.0,1.1", Protocol::Stomp11),
        ("STOMP", "1.0", Protocol::Stomp10),
    ] {
        let mut client = Client::new(Version::V12);
        let action =
            client.one(&format!("{verb}\naccept-version:{accept}\nresume-token:abc\nhost:x\n\n\0"));
        let resume = Some(ResumeToken::received("abc"));
        assert_eq!(action, Action::Connect { protocol, resume });
    }
}

#[test]
fn connected_carries_session_token_version_server_and_heart_beat() {
    let mut client = Client::new(Version::V12);
    client.one("CONNECT\naccept-version:1.2\nhost:x\nheart-beat:10000,10000\n\n\0");
    let connected = client.deliver(&welcome()).remove(0);
    assert_eq!(connected.command, Verb::Connected);
    assert_eq!(connected.header("version"), Some("1.2"));
    assert_eq!(connected.header("heart-beat"), Some("10000,10000"));
    assert_eq!(connected.header("resume-token"), Some("AgICAgICAgICAgICAgICAg"));
    assert!(connected.header("session").unwrap().starts_with("s1."));
    assert!(connected.header("server").unwrap().starts_with("rollcall/"));
}

#[test]
fn what_follows_connect_in_the_same_bytes_is_read_by_its_version() {
    let mut client = Client::new(Version::V11);
    let actions = client.bytes(b"CONNECT\naccept-version:1.1\nhost:x\n\n\0\nSEND\ndestination:/app/heartbeat\ncorrelation-id:a\\cb\n\n\0");
    assert_eq!(actions.len(), 2);
    assert_eq!(run(actions.into_iter().nth(1).unwrap()).1.unwrap(), "/app/heartbeat\nca:b");
}

#[test]
fn a_version_that_is_not_spoken_is_an_error_that_names_those_that_are() {
    let mut client = Client::new(Version::V12);
    let (error, close) = failed(&client.one("CONNECT\naccept-version:2.0\nhost:x\n\n\0"));
    assert_eq!((error.header("version"), close), (Some("1.0,1.1,1.2"), CloseCode::ProtocolError));
}

#[test]
fn before_connect_everything_else_is_a_violation() {
    for text in [
        "SEND\ndestination:/app/heartbeat\n\n\0",
        "SUBSCRIBE\nid:1\ndestination:/user/queue/presence\n\n\0",
        "DISCONNECT\n\n\0",
        "HELLO\n\n\0",
        "CONNECT\naccept-version:1.2\nheart-beat:often\n\n\0",
        "{\"type\":\"heartbeat\"}\0",
    ] {
        let (error, close) = failed(&Client::new(Version::V12).one(text));
        assert_eq!((error.command, close), (Verb::Error, CloseCode::ProtocolError), "{text:?}");
        assert!(!error.body.is_empty());
    }
}

#[test]
fn a_first_frame_of_no_protocol_is_an_error_at_once() {
    let mut client = Client::new(Version::V12);
    client.connection.push(b"hello?");
    let (error, close) = failed(&client.connection.reject());
    assert_eq!((error.command, close), (Verb::Error, CloseCode::ProtocolError));
    assert!(client.bytes(b"\n\n\0").is_empty());
}

#[test]
fn a_violation_is_an_error_with_the_receipts_id_and_close_4000() {
    for head in [
        "EXPLODE",
        "CONNECT\naccept-version:1.2",
        "SEND",
        "SEND\ndestination:/app/heartbeat\ntransaction:t",
        "SUBSCRIBE\nid:1",
        "SUBSCRIBE\ndestination:/user/queue/presence",
        "SUBSCRIBE\nid:1\ndestination:/user/queue/presence\nack:client",
        "SUBSCRIBE\nid:1\ndestination:/user/queue/presence\nack:client-individual",
        "UNSUBSCRIBE",
        "BEGIN\ntransaction:t",
        "COMMIT\ntransaction:t",
        "ABORT\ntransaction:t",
        "ACK\nid:1",
        "NACK\nid:1",
        "MESSAGE\ndestination:x",
        "SEND\ndestination",
        "SEND\ncontent-length:many",
    ] {
        let (error, close) =
            failed(&Client::connected().one(&format!("{head}\nreceipt:r\\c7\n\n\0")));
        assert_eq!((error.command, close), (Verb::Error, CloseCode::ProtocolError), "{head:?}");
        let receipt = if head.starts_with("CONNECT") { "r\\c7" } else { "r:7" };
        // A header line that cannot be read hides what follows it, but not from the search for a receipt.
        assert_eq!(error.header("receipt-id"), Some(receipt), "{head:?}");
        assert_eq!(error.header("code"), Some("protocol_error"), "{head:?}");
    }
}

#[test]
fn what_is_not_supported_says_so() {
    for head in
        ["BEGIN", "ACK\nid:1", "SUBSCRIBE\nid:1\ndestination:/user/queue/errors\nack:client"]
    {
        let (error, _) = failed(&Client::connected().one(&format!("{head}\n\n\0")));
        assert!(String::from_utf8(error.body).unwrap().contains("not supported"), "{head:?}");
    }
}

#[test]
fn what_is_too_large_is_frame_too_large_and_close_1009() {
    let headers = "h:x\n".repeat(65);
    for text in [
        format!("SEND\ndestination:/app/message.send\n\n{}\0", "x".repeat(66 * 1024)),
        format!("SEND\ndestination:/app/heartbeat\nnote:{}\n\n\0", "x".repeat(8 * 1024)),
        format!("SEND\n{headers}\n\0"),
        "SEND\ncontent-length:70000\n\nx\0".to_owned(),
        format!("SEND\n\n{}", "x".repeat(66 * 1024)),
    ] {
        let (error, close) = failed(&Client::connected().one(&text));
        assert_eq!((error.header("code"), close), (Some("frame_too_large"), CloseCode::TooBig));
    }
}

#[test]
fn after_an_error_nothing_more_is_read_or_said() {
    let mut client = Client::connected();
    client.subscribe("m", "/user/queue/typing");
    let both = "EXPLODE\n\n\0SEND\ndestination:/app/heartbeat\n\n\0";
    failed(&client.one(both));
    assert!(client.bytes(b"SEND\ndestination:/app/heartbeat\n\n\0").is_empty());
    assert!(client.deliver(&ServerMessage::Typing { from: user("bo"), typing: true }).is_empty());
}

#[test]
fn disconnect_leaves_with_its_receipt_and_ends_the_reading() {
    let mut client = Client::connected();
    let (commands, _, receipt) =
        run(client.one("DISCONNECT\nreceipt:bye\n\n\0SEND\ndestination:/app/heartbeat\n\n\0"));
    assert_eq!(commands, [Command::Leave]);
    assert_eq!(frame(&receipt.unwrap(), Version::V12).header("receipt-id"), Some("bye"));
}

#[test]
fn each_app_destination_is_its_command() {
    let mut client = Client::connected();
    for (name, body) in [
        ("heartbeat", ""),
        ("heartbeat", "  \n"),
        ("presence.subscribe", r#"{"targetUserId":"bo"}"#),
        ("presence.unsubscribe", r#"{"targetUserIds":["bo"]}"#),
        ("message.send", r#"{"to":"bo","content":1}"#),
        ("typing", r#"{"to":"bo","typing":true}"#),
        ("online-status", r#"{"status":"BUSY"}"#),
    ] {
        let (commands, _, receipt) =
            run(client.one(&format!("SEND\ndestination:/app/{name}\n\n{body}\0")));
        assert_eq!((commands.len(), receipt), (1, None), "{name}");
    }
}

#[test]
fn a_receipt_is_given_out_only_with_the_command_that_it_confirms() {
    let mut client = Client::connected();
    let (_, _, receipt) = run(client.one("SEND\ndestination:/app/heartbeat\nreceipt:a\n\n\0"));
    let receipt = frame(&receipt.unwrap(), Version::V12);
    assert_eq!((receipt.command, receipt.header("receipt-id")), (Verb::Receipt, Some("a")));
}

#[test]
fn what_is_refused_goes_to_the_errors_queue_without_a_receipt() {
    let ids: Vec<String> = (0..501).map(|n| format!("u{n}")).collect();
    let many = serde_json::json!({ "targetUserIds": ids }).to_string();
    for (destination, sent, code) in [
        ("/app/nothing", "{}", "unknown_destination"),
        ("/queue/elsewhere", "{}", "unknown_destination"),
        ("/app/leave", "{}", "unknown_destination"),
        ("/app/heartbeat", "{", "malformed_json"),
        ("/app/heartbeat", "[]", "invalid_body"),
        ("/app/presence.subscribe", "", "invalid_body"),
        ("/app/presence.subscribe", many.as_str(), "too_many_ids"),
        ("/app/online-status", r#"{"status":"OFFLINE"}"#, "invalid_status"),
    ] {
        let mut client = Client::connected();
        client.subscribe("e", "/user/queue/errors");
        let sent =
            format!("SEND\ndestination:{destination}\ncorrelation-id:c9\nreceipt:r\n\n{sent}\0");
        let frames = client.sent(&sent);
        assert_eq!(frames.len(), 1, "{destination}");
        let told = body(&frames[0]);
        assert_eq!((&told["code"], &told["destination"]), (&code.into(), &destination.into()));
        assert_eq!(told["correlationId"], "c9");
        assert_eq!(frames[0].header("correlation-id"), Some("c9"));
        assert!(!told["detail"].as_str().unwrap().is_empty());
    }
}

#[test]
fn an_error_is_told_apart_by_its_receipt_where_there_is_no_correlation_id() {
    let mut client = Client::connected();
    client.subscribe("e", "/user/queue/errors");
    let (_, correlation, _) = run(client.one("SEND\ndestination:/app/heartbeat\nreceipt:r1\n\n\0"));
    let refusal = Refusal::new(ErrorCode::Unavailable, "later");
    let told = client.deliver(&ServerMessage::Refused { correlation, refusal });
    assert_eq!(body(&told[0])["correlationId"], "r1");
    assert_eq!(body(&told[0])["destination"], "/app/heartbeat");
}

#[test]
fn an_answer_goes_to_the_replies_queue_with_the_correlation_id() {
    let mut client = Client::connected();
    client.subscribe("r", "/user/queue/replies");
    let (_, correlation, _) = run(client
        .one("SEND\ndestination:/app/online-status\ncorrelation-id:q1\n\n{\"status\":\"BUSY\"}\0"));
    let told = client
        .deliver(&ServerMessage::Reply { correlation, reply: Reply::Presence(presence("ann", 7)) });
    assert_eq!(told[0].header("correlation-id"), Some("q1"));
    assert_eq!(body(&told[0])["presence"]["version"], 7);
    let (_, unmarked, _) = run(client.one("SEND\ndestination:/app/heartbeat\n\n\0"));
    let told = client.deliver(&ServerMessage::Reply { correlation: unmarked, reply: Reply::Ok });
    assert_eq!((told.len(), told[0].header("correlation-id")), (1, None));
}

#[test]
fn a_subscribe_frame_has_no_reply_but_may_have_an_error() {
    let mut client = Client::connected();
    client.subscribe("r", "/user/queue/replies");
    client.subscribe("e", "/user/queue/errors");
    let (_, correlation, _) = run(client.subscribe("t", "/topic/presence.bo"));
    let reply = ServerMessage::Reply { correlation: correlation.clone(), reply: Reply::Ok };
    assert!(client.deliver(&reply).is_empty());
    let refusal = Refusal::new(ErrorCode::TooManySubscriptions, "full");
    let told = client.deliver(&ServerMessage::Refused { correlation, refusal });
    assert_eq!(body(&told[0])["destination"], "/topic/presence.bo");
}

#[test]
fn stomp_1_0_needs_no_ids_and_no_accept_version() {
    let mut client = Client::connected_as(Version::V10);
    run(client.one("SUBSCRIBE\ndestination:/topic/presence.bo\n\n\0"));
    run(client.one("SUBSCRIBE\ndestination:/topic/presence.bo\nreceipt:again\n\n\0"));
    let told = client.deliver(&ServerMessage::Presence(presence("bo", 1)));
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].header("subscription"), told[0].header("destination")),
        (None, Some("/topic/presence.bo"))
    );
    let (commands, ..) = run(client.one("UNSUBSCRIBE\ndestination:/topic/presence.bo\n\n\0"));
    assert_eq!(commands, [Command::TopicUnsubscribe(user("bo"))]);
}
