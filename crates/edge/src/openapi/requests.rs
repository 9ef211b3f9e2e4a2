//! The shapes of what is sent, by name. A field that is `null` is a field that was left out, for clients
//! that write all their fields.

use serde_json::{Value, json};

use super::schemas::schema;
use crate::bodies::{CLEANUP_TASKS, MORE_TASKS, MOST_QUERIED, MOST_TARGETS};
use crate::dead_letters::MOST_IDS;

/// Every body of a request.
pub(super) fn requests() -> Value {
    json!({
        "SubscribeRequest": subscribe(),
        "QueryRequest": {
            "type": "object",
            "required": ["userIds"],
            "properties": { "userIds": ids(MOST_QUERIED), "consistency": { "enum": ["strong", null] } },
            "examples": [{ "userIds": ["ada", "grace"] }],
        },
        "SetStatusRequest": set_status(),
        "CleanupRequest": {
            "type": "object",
            "properties": {
                "tasks": or_null(&tasks(), "All but `health` where it is left out."),
                "dryRun": { "type": ["boolean", "null"], "default": false },
            },
            "examples": [{ "dryRun": true }],
        },
        "ReplayRequest": replay(),
        "DevTokenRequest": {
            "type": "object",
            "required": ["userId"],
            "properties": { "userId": schema("UserId"), "scope": { "type": ["string", "null"], "examples": ["admin"] } },
            "examples": [{ "userId": "ada" }],
        },
    })
}

fn replay() -> Value {
    let with_ids = json!({ "required": ["ids"], "properties": { "ids": { "type": "array" } } });
    json!({
        "type": "object",
        "properties": {
            "userId": or_null(&schema("UserId"), "Everybody's where it is left out. Required with `ids`."),
            "ids": or_null(&ids(MOST_IDS), "Of that user's, these; all where it is left out."),
            "from": or_null(&schema("TimeInUtc"), "Refused then or later."),
            "to": or_null(&schema("TimeInUtc"), "Refused then or earlier."),
            "dryRun": { "type": ["boolean", "null"], "default": false },
            "cursor": { "type": ["string", "null"], "minLength": 1, "description": "The `nextCursor` of the answer before." },
        },
        "if": with_ids,
        "then": { "required": ["userId"], "properties": { "userId": schema("UserId") } },
        "examples": [{ "userId": "ada", "dryRun": true }],
    })
}

/// A list of ids.
pub(crate) fn ids(most: usize) -> Value {
    json!({ "type": "array", "minItems": 1, "maxItems": most, "items": { "type": "string" } })
}

fn tasks() -> Value {
    let names: Vec<_> = CLEANUP_TASKS.into_iter().chain(MORE_TASKS).collect();
    json!({ "type": "array", "minItems": 1, "items": { "enum": names } })
}

/// A field that may be left out.
pub(crate) fn or_null(schema: &Value, description: &str) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }], "description": description })
}

fn subscribe() -> Value {
    let mut body = targets();
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        let subscriber = or_null(&schema("UserId"), "The token's user where it is left out.");
        properties.insert("subscriberId".to_owned(), subscriber);
    }
    body
}

/// Whom a command is about; over sockets that is all of it.
pub(crate) fn targets() -> Value {
    json!({
        "type": "object",
        "description": "Exactly one of `targetUserId` and `targetUserIds`.",
        "properties": {
            "targetUserId": or_null(&schema("UserId"), "One user."),
            "targetUserIds": or_null(&ids(MOST_TARGETS), "Many; a bad id among them fails alone."),
            "filter": { "type": "null", "description": "Not there yet: anything else is refused." },
        },
        "oneOf": [
            { "required": ["targetUserId"], "properties": { "targetUserId": { "type": "string" }, "targetUserIds": { "type": "null" } } },
            { "required": ["targetUserIds"], "properties": { "targetUserIds": { "type": "array" }, "targetUserId": { "type": "null" } } },
        ],
        "examples": [{ "targetUserIds": ["ada", "grace"] }],
    })
}

fn set_status() -> Value {
    let of_a_device =
        json!({ "required": ["scope"], "properties": { "scope": { "const": "device" } } });
    let mut properties = status();
    if let Some(properties) = properties.as_object_mut() {
        let session = json!({ "type": ["string", "null"], "description": "Required where `scope` is `device`; not read otherwise." });
        properties.insert("sessionId".to_owned(), session);
    }
    json!({
        "type": "object",
        "required": ["status"],
        "properties": properties,
        "if": of_a_device,
        "then": {
            "required": ["sessionId"],
            "properties": { "status": { "enum": ["ONLINE", "AWAY"] }, "sessionId": schema("SessionId") },
        },
        "examples": [{ "status": "BUSY", "message": "writing" }],
    })
}

/// The fields of a status that is set.
pub(crate) fn status() -> Value {
    json!({
        "status": { "type": "string", "enum": ["ONLINE", "AWAY", "BUSY", "INVISIBLE"], "description": "`ONLINE` clears what was set. For a device: `ONLINE` or `AWAY`." },
        "message": { "type": ["string", "null"], "maxLength": 256 },
        "scope": { "enum": ["user", "device", null], "default": "user" },
    })
}
