//! `rollcall.v1.json` as contract §3 has it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod common;

use common::{NOW, presence, user, welcome};
use presence::calls::{Message, Outcome, SetStatus, TargetOutcome};
use presence::effects::{Command, DeliveredTo, Reply, ServerMessage};
use presence::errors::{ErrorCode, Refusal};
use presence::ids::{MessageId, SessionId};
use presence::state::{Device, DeviceType, EndReason, Protocol, Scope, Session, Status};
use protocol::json::{MAX_FRAME, Received, encode, receive, receive_binary};
use serde_json::{Value, json};

fn command(frame: &Value) -> Command {
    match receive(&frame.to_string()) {
        Received::Command { command, .. } => command,
        other => panic!("{frame}: {other:?}"),
    }
}

fn refused(text: &str) -> (Option<String>, ErrorCode) {
    match receive(text) {
        Received::Refused(ServerMessage::Refused { correlation, refusal }) => {
            assert!(!refusal.detail.is_empty());
            (correlation, refusal.code)
        }
        other => panic!("{text}: {other:?}"),
    }
}

fn code(frame: &Value) -> ErrorCode {
    refused(&frame.to_string()).1
}

fn said(message: &ServerMessage) -> Value {
    serde_json::from_str(&encode(message)).unwrap()
}

fn reply(reply: Reply) -> Value {
    said(&ServerMessage::Reply { correlation: Some("c1".into()), reply })
}

#[test]
fn each_type_is_its_command_and_carries_its_id() {
    let frame = r#"{"type":"presence.subscribe","id":"c1","targetUserIds":["bo","not valid"]}"#;
    let command = Command::Subscribe(vec!["bo".into(), "not valid".into()]);
    assert_eq!(receive(frame), Received::Command { id: Some("c1".into()), command });
    assert_eq!(
        receive(r#"{"type":"leave"}"#),
        Received::Command { id: None, command: Command::Leave }
    );
}

#[test]
fn a_heartbeat_may_be_empty_or_say_the_device() {
    assert_eq!(command(&json!({"type": "heartbeat"})), Command::Heartbeat(None));
    let device = json!({"type": "mobile", "name": "Pixel 9", "os": null, "appVersion": "4.2.0", "colour": 7});
    let expected = Device {
        kind: Some(DeviceType::Mobile),
        name: Some("Pixel 9".into()),
        os: None,
        app_version: Some("4.2.0".into()),
    };
    assert_eq!(
        command(&json!({"type": "heartbeat", "device": device})),
        Command::Heartbeat(Some(expected))
    );
}

#[test]
fn a_kind_of_device_that_is_not_known_is_other() {
    let Command::Heartbeat(Some(device)) =
        command(&json!({"type": "heartbeat", "device": {"type": "watch"}}))
    else {
        panic!("no heartbeat")
    };
    assert_eq!(device.kind, Some(DeviceType::Other));
}

#[test]
fn a_single_target_is_checked_and_a_list_is_passed_on_as_it_is() {
    let one = json!({"type": "presence.unsubscribe", "targetUserId": "9F1B8A3E-0C7D-4A51-9E2B-6D5C4B3A2F10"});
    assert_eq!(
        command(&one),
        Command::Unsubscribe(vec!["9f1b8a3e-0c7d-4a51-9e2b-6d5c4b3a2f10".into()])
    );
    assert_eq!(
        code(&json!({"type": "presence.subscribe", "targetUserId": "a b"})),
        ErrorCode::InvalidUserId
    );
}

#[test]
fn a_message_has_one_recipient_or_a_list_and_any_json_as_content() {
    let frame = json!({"type": "message.send", "to": ["bo", "cy", "bo"], "clientMessageId": "m1", "content": null});
    let expected = Command::SendMessage {
        to: vec![user("bo"), user("cy")],
        client_message_id: Some("m1".into()),
        content: Value::Null,
    };
    assert_eq!(command(&frame), expected);
    let Command::SendMessage { to, .. } =
        command(&json!({"type": "message.send", "to": "bo", "content": {"a": [1]}}))
    else {
        panic!("no message")
    };
    assert_eq!(to, [user("bo")]);
}

#[test]
fn a_status_is_set_or_asked_for() {
    let set = json!({"type": "online-status", "status": "AWAY", "scope": "device", "message": "x"});
    let expected = SetStatus {
        status: Status::Away,
        message: Some("x".into()),
        scope: Scope::Device,
        session_id: None,
    };
    assert_eq!(command(&set), Command::SetStatus(expected));
    let ask = json!({"type": "online-status", "userIds": ["bo", ""]});
    assert_eq!(command(&ask), Command::Ask(vec!["bo".into(), String::new()]));
}

#[test]
fn typing_is_begun_or_stopped() {
    let frame = json!({"type": "typing", "to": "bo", "typing": false});
    assert_eq!(command(&frame), Command::Typing { to: vec![user("bo")], typing: false });
}

#[test]
fn an_unknown_type_is_refused_with_unknown_type() {
    assert_eq!(
        refused(r#"{"type":"presence.explode","id":"x"}"#),
        (Some("x".into()), ErrorCode::UnknownType)
    );
}

#[test]
fn what_is_no_json_is_malformed_and_what_is_no_object_is_invalid() {
    for text in ["{", "", "{}x", "{\"type\":\"heartbeat\",}", "\u{feff}{}"] {
        assert_eq!(refused(text).1, ErrorCode::MalformedJson, "{text:?}");
    }
    let deep = "[".repeat(60_000);
    assert_eq!(refused(&deep).1, ErrorCode::MalformedJson);
    for text in [
        "[]",
        "7",
        "null",
        "\"heartbeat\"",
        "{}",
        "{\"type\":7}",
        "{\"type\":\"heartbeat\",\"id\":7}",
    ] {
        assert_eq!(refused(text).1, ErrorCode::InvalidBody, "{text}");
    }
    assert_eq!(refused(r#"{"type":null,"id":"x"}"#).0, Some("x".into()));
}

#[test]
fn a_binary_frame_is_refused_and_the_connection_stays() {
    assert!(matches!(receive_binary(b"{}"), Received::Refused(_)));
}

#[test]
fn a_frame_over_64_kib_is_too_large() {
    let note = "x".repeat(MAX_FRAME);
    assert_eq!(
        receive(&json!({"type": "heartbeat", "note": note}).to_string()),
        Received::TooLarge
    );
    assert_eq!(receive_binary(&vec![0; MAX_FRAME + 1]), Received::TooLarge);
    let fits = "x".repeat(MAX_FRAME - 40);
    assert!(matches!(
        receive(&json!({"type": "heartbeat", "note": fits}).to_string()),
        Received::Command { .. }
    ));
}

#[test]
fn a_body_of_the_wrong_shape_is_refused_as_invalid_body() {
    for frame in [
        json!({"type": "heartbeat", "device": 7}),
        json!({"type": "heartbeat", "device": {"name": 7}}),
        json!({"type": "heartbeat", "device": {"name": "x".repeat(129)}}),
        json!({"type": "presence.subscribe"}),
        json!({"type": "presence.subscribe", "targetUserIds": 7}),
        json!({"type": "presence.subscribe", "targetUserIds": [7]}),
        json!({"type": "presence.subscribe", "targetUserId": ["bo"]}),
        json!({"type": "presence.subscribe", "targetUserId": "bo", "targetUserIds": ["cy"]}),
        json!({"type": "message.send", "content": "x"}),
        json!({"type": "message.send", "to": [], "content": "x"}),
        json!({"type": "message.send", "to": 7, "content": "x"}),
        json!({"type": "message.send", "to": "bo"}),
        json!({"type": "message.send", "to": "bo", "content": "x", "clientMessageId": ""}),
        json!({"type": "message.send", "to": "bo", "content": "x", "clientMessageId": "x".repeat(129)}),
        json!({"type": "typing", "to": "bo"}),
        json!({"type": "typing", "to": "bo", "typing": "maybe"}),
        json!({"type": "online-status"}),
        json!({"type": "online-status", "status": 7}),
        json!({"type": "online-status", "status": "AWAY", "scope": "household"}),
        json!({"type": "online-status", "status": "AWAY", "message": 7}),
        json!({"type": "online-status", "status": "AWAY", "userIds": ["bo"]}),
    ] {
        assert_eq!(code(&frame), ErrorCode::InvalidBody, "{frame}");
    }
}

#[test]
fn more_ids_than_fit_are_refused_as_too_many() {
    let ids = |count: usize| (0..count).map(|n| format!("u{n}")).collect::<Vec<_>>();
    assert_eq!(
        code(&json!({"type": "presence.subscribe", "targetUserIds": ids(501)})),
        ErrorCode::TooManyIds
    );
    assert_eq!(
        code(&json!({"type": "online-status", "userIds": ids(1001)})),
        ErrorCode::TooManyIds
    );
    assert_eq!(
        code(&json!({"type": "message.send", "to": ids(51), "content": 1})),
        ErrorCode::TooManyIds
    );
    assert_eq!(
        code(&json!({"type": "typing", "to": ids(51), "typing": true})),
        ErrorCode::TooManyIds
    );
    command(&json!({"type": "presence.subscribe", "targetUserIds": ids(500)}));
    command(&json!({"type": "online-status", "userIds": ids(1000)}));
    command(&json!({"type": "message.send", "to": ids(50), "content": 1}));
}

#[test]
fn a_filter_is_refused_never_ignored() {
    let frame = json!({"type": "presence.subscribe", "targetUserId": "bo", "filter": {}});
    assert_eq!(code(&frame), ErrorCode::UnsupportedFilter);
    command(&json!({"type": "presence.subscribe", "targetUserId": "bo", "filter": null}));
}

#[test]
fn a_status_that_cannot_be_set_is_refused() {
    for status in ["OFFLINE", "SLEEPY", "", "online"] {
        assert_eq!(
            code(&json!({"type": "online-status", "status": status})),
            ErrorCode::InvalidStatus,
            "{status}"
        );
    }
    for status in ["BUSY", "INVISIBLE"] {
        let frame = json!({"type": "online-status", "status": status, "scope": "device"});
        assert_eq!(code(&frame), ErrorCode::InvalidStatus, "{status}");
    }
    let frame = json!({"type": "online-status", "status": "AWAY", "sessionId": "nope"});
    assert_eq!(code(&frame), ErrorCode::InvalidSessionId);
}

#[test]
fn a_status_message_has_at_most_256_characters() {
    let set =
        |message: String| json!({"type": "online-status", "status": "BUSY", "message": message});
    assert_eq!(code(&set("é".repeat(257))), ErrorCode::MessageTooLong);
    command(&set("é".repeat(256)));
}

#[test]
fn content_has_at_most_16_kib_of_json() {
    let send =
        |length: usize| json!({"type": "message.send", "to": "bo", "content": "x".repeat(length)});
    assert_eq!(code(&send(16 * 1024 - 1)), ErrorCode::ContentTooLarge);
    command(&send(16 * 1024 - 2));
}

#[test]
fn a_bad_recipient_is_named() {
    let frame = json!({"type": "typing", "to": ["bo", "a/b"], "typing": true});
    assert_eq!(code(&frame), ErrorCode::InvalidUserId);
}

#[test]
fn the_welcome_says_everything() {
    let said = said(&welcome());
    let session = SessionId::new(&user("ann"), [1; 16]);
    let expected = json!({"type": "welcome", "sessionId": session.as_str(), "userId": "ann", "sessionTtlMs": 60_000,
        "heartbeatMs": 25_000, "resumeToken": "AgICAgICAgICAgICAgICAg", "resumed": false,
        "serverTime": "2026-11-24T03:40:06.120Z"});
    assert_eq!(said, expected);
}

#[test]
fn presences_come_alone_or_together() {
    let one = json!({"type": "presence", "userId": "bo", "online": true, "status": "ONLINE", "devices": [],
        "lastActiveAt": "2026-11-24T03:40:06.120Z", "version": 3, "asOf": "2026-11-24T03:40:06.120Z"});
    assert_eq!(said(&ServerMessage::Presence(presence("bo", 3))), one);
    let both = said(&ServerMessage::Presences(vec![presence("bo", 3), presence("cy", 1)]));
    assert_eq!(both["type"], "presences");
    assert_eq!(both["presences"][1]["userId"], "cy");
}

#[test]
fn a_message_and_a_typing_indicator_say_who_sent_them() {
    let message = Message {
        message_id: MessageId("m".into()),
        client_message_id: None,
        from: user("bo"),
        to: vec![user("ann")],
        content: json!({"a": 1}),
        sent_at: NOW,
    };
    let expected = json!({"type": "message", "messageId": "m", "from": "bo", "to": ["ann"], "content": {"a": 1},
        "sentAt": "2026-11-24T03:40:06.120Z"});
    assert_eq!(said(&ServerMessage::Message(message)), expected);
    let typing = ServerMessage::Typing { from: user("bo"), typing: true };
    assert_eq!(
        said(&typing),
        json!({"type": "typing", "from": "bo", "typing": true, "expiresInMs": 5000})
    );
}

#[test]
fn a_session_of_another_device_begins_and_ends() {
    let session = Session {
        session_id: SessionId::new(&user("ann"), [1; 16]),
        user_id: user("ann"),
        protocol: Protocol::Stomp12,
        device: Device::default(),
        user_agent: None,
        country: None,
        colo: None,
        connected_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW,
        heartbeat_interval_ms: 25_000,
        connected: true,
    };
    let started = said(&ServerMessage::Session { session: session.clone(), ended: None });
    assert_eq!((&started["type"], &started["event"]), (&json!("session"), &json!("started")));
    assert_eq!(started["session"]["protocol"], "v12.stomp");
    assert_eq!(started.get("reason"), None);
    let ended = said(&ServerMessage::Session { session, ended: Some(EndReason::Left) });
    assert_eq!((&ended["event"], &ended["reason"]), (&json!("ended"), &json!("left")));
}

#[test]
fn every_answer_carries_the_id_of_its_command() {
    assert_eq!(reply(Reply::Ok), json!({"type": "ok", "id": "c1"}));
    let outcome = TargetOutcome {
        target_user_id: "bo".into(),
        outcome: Outcome::Failed,
        expires_at: None,
        presence: None,
        error: Some(Refusal::new(ErrorCode::InvalidUserId, "d")),
    };
    let results = json!([{"targetUserId": "bo", "outcome": "failed", "error": {"code": "invalid_user_id", "detail": "d"}}]);
    assert_eq!(
        reply(Reply::Outcomes(vec![outcome])),
        json!({"type": "ok", "id": "c1", "results": results})
    );
    let sent = Reply::Sent {
        message_id: MessageId("m".into()),
        client_message_id: Some("x".into()),
        delivered_to: vec![DeliveredTo { user_id: user("bo"), sessions: 2 }],
    };
    let expected = json!({"type": "ok", "id": "c1", "messageId": "m", "clientMessageId": "x",
        "deliveredTo": [{"userId": "bo", "sessions": 2}]});
    assert_eq!(reply(sent), expected);
    assert_eq!(reply(Reply::Presence(presence("ann", 2)))["presence"]["version"], 2);
    let asked = reply(Reply::Presences {
        presences: vec![presence("bo", 1)],
        unavailable: vec![user("cy")],
        invalid: Vec::new(),
    });
    assert_eq!(
        (&asked["presences"][0]["userId"], &asked["unavailable"]),
        (&json!("bo"), &json!(["cy"]))
    );
    assert_eq!(asked.get("invalid"), None);
}

#[test]
fn a_refusal_says_its_code_and_a_refused_subscription_its_target() {
    let refusal = Refusal::new(ErrorCode::InvalidStatus, "d");
    let refused = ServerMessage::Refused { correlation: Some("c1".into()), refusal };
    assert_eq!(
        said(&refused),
        json!({"type": "error", "id": "c1", "code": "invalid_status", "detail": "d"})
    );
    let refusal = Refusal::new(ErrorCode::TooManySubscribers, "d");
    let ended = ServerMessage::SubscriptionRefused { target: user("bo"), refusal };
    let expected = json!({"type": "error", "code": "too_many_subscribers", "detail": "d", "targetUserId": "bo"});
    assert_eq!(said(&ended), expected);
}
