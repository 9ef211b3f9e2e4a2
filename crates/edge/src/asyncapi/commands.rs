//! What clients ask for: the same bodies in both protocols.

use serde_json::{Value, json};

use super::message::{Correlation, Message};
use super::samples::with;
use crate::openapi::schemas::{object, schema};

/// One command.
pub(super) struct Command {
    /// Its name in the document.
    pub(super) key: &'static str,
    /// Its `type`, which is its STOMP destination without `/app/`.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    summary: &'static str,
    /// The schema of its body.
    body: &'static str,
    /// The answer to it.
    pub(super) answer: &'static str,
}

/// Every command that has a body of its own.
pub(super) const COMMANDS: [Command; 7] = [
    Command {
        key: "heartbeat",
        name: "heartbeat",
        title: "Say that the device is there",
        summary: "Refreshes the session and updates the device. A frame of one line feed does the former without waking anything.",
        body: "HeartbeatBody",
        answer: "ok",
    },
    Command {
        key: "presence.subscribe",
        name: "presence.subscribe",
        title: "Watch users",
        summary: "Answered when it is durable; the present state of each target follows.",
        body: "TargetsBody",
        answer: "ok.results",
    },
    Command {
        key: "presence.unsubscribe",
        name: "presence.unsubscribe",
        title: "Stop watching users",
        summary: "A subscription that is not there is no error.",
        body: "TargetsBody",
        answer: "ok.results",
    },
    Command {
        key: "message.send",
        name: "message.send",
        title: "Send a message",
        summary: "To every device of each recipient and to the sender's other devices. Answered when each recipient's object has answered or failed once.",
        body: "MessageBody",
        answer: "ok.sent",
    },
    Command {
        key: "typing",
        name: "typing",
        title: "Show that one types",
        summary: "Passed on, never stored, never published.",
        body: "TypingBody",
        answer: "ok",
    },
    Command {
        key: "online-status.set",
        name: "online-status",
        title: "Set one's status",
        summary: "The user's, on all devices and across sessions until set again, or with `scope` `device` this session's. `INVISIBLE` is seen as `OFFLINE` by others.",
        body: "StatusBody",
        answer: "ok.presence",
    },
    Command {
        key: "online-status.ask",
        name: "online-status",
        title: "Ask how users appear",
        summary: "Once, without watching them.",
        body: "QuestionBody",
        answer: "ok.presences",
    },
];

impl Command {
    fn example(&self) -> Value {
        match self.key {
            "heartbeat" => json!({ "device": { "type": "mobile", "appVersion": "4.2.1" } }),
            "message.send" => {
                json!({ "to": ["grace"], "clientMessageId": "m-1", "content": { "text": "hello" } })
            }
            "typing" => json!({ "to": "grace", "typing": true }),
            "online-status.set" => json!({ "status": "BUSY", "message": "writing" }),
            "online-status.ask" => json!({ "userIds": ["grace", "linus"] }),
            _ => json!({ "targetUserIds": ["grace", "linus"] }),
        }
    }

    /// As a JSON frame.
    fn frame(&self) -> Message {
        let frame = json!({ "allOf": [schema(self.body), typed(self.name)] });
        let example = with(with(self.example(), "type", json!(self.name)), "id", json!("c1"));
        Message::new(format!("command.{}", self.key), self.name, self.title, frame, example)
            .saying(self.summary)
            .tied(Correlation::Id)
    }

    /// As the body of a STOMP frame.
    fn body(&self) -> Message {
        Message::new(
            format!("body.{}", self.key),
            self.name,
            self.title,
            schema(self.body),
            self.example(),
        )
        .saying(self.summary)
        .tied(Correlation::Header)
    }
}

/// What every JSON frame of a client has.
fn typed(name: &str) -> Value {
    object(
        &["type"],
        &json!({
            "type": { "const": name },
            "id": { "type": ["string", "null"], "maxLength": 128, "description": "Yours; it comes back with the answer." },
        }),
    )
}

/// Each in both protocols, and what only the JSON protocol needs a message for.
pub(super) fn messages() -> Vec<Message> {
    let leave = Message::new(
        "command.leave",
        "leave",
        "Sign this device out",
        typed("leave"),
        json!({ "type": "leave", "id": "c1" }),
    )
    .saying("The session ends at once and cannot be resumed. In STOMP this is DISCONNECT.")
    .tied(Correlation::Id);
    let mut messages: Vec<_> = COMMANDS.iter().map(Command::frame).collect();
    messages.extend(COMMANDS.iter().map(Command::body));
    messages.extend([leave, beat()]);
    messages
}

/// Either way.
fn beat() -> Message {
    let mut beat = Message::new(
        "beat",
        "beat",
        "A beat",
        json!({ "type": "string", "const": "\n" }),
        json!("\n"),
    )
    .saying("A text frame of exactly one line feed. It is answered by the same, without waking the user's object, and keeps the session alive.");
    beat.content_type = "text/plain";
    beat
}
