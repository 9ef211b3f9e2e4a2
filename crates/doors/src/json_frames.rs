//! Frames of `rollcall.v1.json`, and the first frame of a socket that offered no subprotocol.

use presence::calls::{HubCall, HubRequest, Message, Parcel};
use presence::effects::{Command, ServerMessage};
use presence::ids::{MessageId, UserId};
use presence::time::Millis;
use protocol::command::{MAX_CONTENT, MAX_IDS, MAX_RECIPIENTS, NAMES};
use protocol::first::{First, sniff};
use protocol::json::{self, MAX_ID, Received};
use protocol::stomp::{Action, Connection};
use serde_json::{Map, Value};
use stomp::{Command as Verb, Frame, Version, encode};

use crate::pieces::survives_json;

const NOW: Millis = Millis(1_795_491_606_120);

/// A frame is a command within its bounds or refused as JSON; a message that was taken survives every
/// way that it goes; and STOMP hears in the same body the same command.
pub fn json_frames(data: &[u8]) {
    let first = sniff(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    let received = json::receive(text);
    match &received {
        Received::Command { id, command } => {
            assert!(matches!(first, First::Json), "a command is an object");
            assert!(id.as_ref().is_none_or(|id| id.len() <= MAX_ID));
            check_command(command);
        }
        Received::Refused(message) => check_refusal(message),
        Received::TooLarge => assert!(text.len() > json::MAX_FRAME),
    }
    if let Ok(Value::Object(fields)) = serde_json::from_str(text) {
        stomp_agrees(&fields, &received);
    }
}

fn check_command(command: &Command) {
    match command {
        Command::Subscribe(targets) | Command::Unsubscribe(targets) => {
            assert!(targets.len() <= MAX_IDS);
        }
        Command::Ask(users) => assert!(users.len() <= presence::MAX_ASKED),
        Command::Typing { to, .. } => assert!((1..=MAX_RECIPIENTS).contains(&to.len())),
        Command::SendMessage { to, client_message_id, content } => {
            assert!((1..=MAX_RECIPIENTS).contains(&to.len()));
            assert!(content.to_string().len() <= MAX_CONTENT);
            travels(to, client_message_id.as_ref(), content);
        }
        _ => {}
    }
}

/// The sender's row, the call to the recipient's hub, and the recipient's sockets.
fn travels(to: &[UserId], client_message_id: Option<&String>, content: &Value) {
    let from = UserId::parse("ann").unwrap();
    let message = Message {
        message_id: MessageId::new([3; 16]),
        client_message_id: client_message_id.cloned(),
        from: from.clone(),
        to: to.to_vec(),
        content: content.clone(),
        sent_at: NOW,
    };
    survives_json(&message);
    survives_json(&HubCall {
        user: from,
        not_after: NOW,
        request_id: Some("r".to_owned()),
        request: HubRequest::Deliver { parcel: Parcel::Message(message.clone()) },
    });
    let told = json::encode(&ServerMessage::Message(message));
    let told: Value = serde_json::from_str(&told).expect("a client can read it");
    assert_eq!(told["content"], *content);
}

fn check_refusal(message: &ServerMessage) {
    let ServerMessage::Refused { correlation, refusal } = message else { panic!("{message:?}") };
    assert!(!refusal.detail.is_empty());
    let told: Value = serde_json::from_str(&json::encode(message)).unwrap();
    assert_eq!(told["type"], "error");
    assert_eq!(told["code"], refusal.code.code());
    assert_eq!(told.get("id").and_then(Value::as_str), correlation.as_deref());
}

/// The fields as the body of a SEND to the command that `type` names.
fn stomp_agrees(fields: &Map<String, Value>, received: &Received) {
    let bad_id = !matches!(fields.get("id"), None | Some(Value::Null | Value::String(_)))
        || fields.get("id").and_then(Value::as_str).is_some_and(|id| id.len() > MAX_ID);
    let Some(name) = fields.get("type").and_then(Value::as_str) else { return };
    if bad_id || !NAMES.contains(&name) {
        return;
    }
    let body = Value::Object(fields.clone()).to_string();
    let frame = Frame::new(Verb::Send)
        .with_header("destination", &format!("/app/{name}"))
        .with_body(body.as_str());
    let mut connection = Connection::new(Some(Version::V12), NOW);
    connection.push(b"CONNECT\naccept-version:1.2\nhost:x\n\n\0");
    assert!(matches!(connection.advance(&|_| false), Some(Action::Connect { .. })));
    connection.push(&encode(&frame, Version::V12));
    match (connection.advance(&|_| false), received) {
        (Some(Action::Run { commands, .. }), Received::Command { command, .. }) => {
            assert_eq!(commands.as_slice(), std::slice::from_ref(command));
        }
        (Some(Action::Send(_)), Received::Refused(_)) => {}
        // Written anew the body may have grown beyond a frame.
        (Some(Action::Fail { .. }), _) => assert!(body.len() > 60_000),
        (action, received) => panic!("{action:?} is not {received:?}"),
    }
}
