//! The shapes that REST does not have, by name.

use presence::MAX_ASKED;
use serde_json::{Map, Value, json};

use super::events;
use crate::openapi::operation::said;
use crate::openapi::requests::{ids, or_null, status, targets};
use crate::openapi::schemas::{list, object, schema, text};

/// The most recipients of a message or a typing indicator.
const RECIPIENTS: usize = presence::MAX_RECIPIENTS;

/// Every schema that is ours alone.
pub(super) fn bodies() -> Map<String, Value> {
    let mut all = Map::new();
    for part in [commands(), shared(), events::schemas()] {
        if let Value::Object(members) = part {
            all.extend(members);
        }
    }
    all
}

/// What a client sends, without what its protocol wraps around it.
fn commands() -> Value {
    json!({
        "HeartbeatBody": object(&[], &json!({ "device": or_null(&schema("Device"), "What changed of the device; what is left out stays.") })),
        "TargetsBody": targets(),
        "MessageBody": object(&["to", "content"], &json!({
            "to": schema("Recipients"),
            "clientMessageId": { "type": ["string", "null"], "minLength": 1, "maxLength": 128, "description": "Your own name for it: the same one within an hour is one message." },
            "content": schema("Content"),
        })),
        "TypingBody": object(&["to", "typing"], &json!({ "to": schema("Recipients"), "typing": { "type": "boolean" } })),
        "StatusBody": object(&["status"], &status()),
        "QuestionBody": object(&["userIds"], &json!({ "userIds": ids(MAX_ASKED) })),
        "Recipients": {
            "oneOf": [schema("UserId"), { "type": "array", "minItems": 1, "maxItems": RECIPIENTS, "items": schema("UserId") }],
            "description": "One user, or a list.",
        },
        "Content": { "description": "Any JSON of at most 16 KiB, nested at most 64 levels deep." },
    })
}

/// What the server sends.
fn shared() -> Value {
    json!({
        "MessageId": said(&text(), "Made by the server: drop repeats by it."),
        "DeliveredTo": object(&["userId", "sessions"], &json!({
            "userId": schema("UserId"),
            "sessions": { "type": "integer", "minimum": 0, "description": "On how many open sockets." },
        })),
        "EndReason": {
            "type": "string",
            "enum": ["left", "closed", "expired", "revoked", "evicted", "unauthorized", "protocol_error", "rate_limited"],
            "description": "Why a session ended. `rate_limited` is not in use yet.",
        },
        "Answer": object(&[], &json!({ "id": said(&text(), "The command's, where it had one; over STOMP it is the header `correlation-id`.") })),
        "SocketError": object(&["code", "detail", "destination"], &json!({
            "code": schema("ErrorCode"),
            "detail": text(),
            "destination": said(&text(), "What was refused; empty where it is not known."),
            "correlationId": said(&text(), "The `correlation-id` that was sent, or else the receipt's id."),
            "targetUserId": said(&schema_of_user(), "Whose subscription was refused later."),
        })),
        "Presences": object(&["presences"], &json!({ "presences": list("Presence") })),
        "ChatMessage": object(&["messageId", "from", "to", "content", "sentAt"], &json!({
            "messageId": schema("MessageId"),
            "clientMessageId": said(&text(), "The sender's own."),
            "from": schema("UserId"),
            "to": list("UserId"),
            "content": schema("Content"),
            "sentAt": schema("Time"),
        })),
    })
}

/// With room for words beside it.
pub(super) fn schema_of_user() -> Value {
    json!({ "allOf": [schema("UserId")] })
}
