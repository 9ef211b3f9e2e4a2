//! The shapes of bodies, by name.

use presence::errors::ErrorCode;
use serde_json::{Map, Value, json};

use super::operation::operation;
use super::requests::requests;

/// A reference to the schema of that name.
pub(crate) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// Every schema.
pub(crate) fn all() -> Value {
    let mut schemas = Map::new();
    for part in
        [names(), presence(), sessions(), subscriptions(), requests(), operation(), problems()]
    {
        if let Value::Object(members) = part {
            schemas.extend(members);
        }
    }
    Value::Object(schemas)
}

pub(crate) fn object(required: &[&str], properties: &Value) -> Value {
    json!({ "type": "object", "required": required, "properties": properties })
}

pub(crate) fn list(of: &str) -> Value {
    json!({ "type": "array", "items": schema(of) })
}

pub(crate) fn text() -> Value {
    json!({ "type": "string" })
}

pub(crate) fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn names() -> Value {
    json!({
        "UserId": {
            "type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[A-Za-z0-9._~@|+-]+$",
            "not": { "enum": [".", ".."] },
            "description": "A UUID, which becomes lower case, or an opaque id; neither `.` nor `..`.",
            "examples": ["ada"],
        },
        "SessionId": { "type": "string", "minLength": 1, "description": "Made by the server. Opaque, though it names its user; not a secret.", "examples": ["s1.YWRh.AAAAAAAAAAAAAAAA"] },
        "Time": { "type": "string", "format": "date-time", "description": "RFC 3339, UTC, milliseconds.", "examples": ["2026-11-24T03:40:06.120Z"] },
        "TimeInUtc": {
            "type": "string", "format": "date-time",
            "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d(\\.\\d{3})?Z$",
            "description": "RFC 3339 in UTC, with milliseconds or without.", "examples": ["2026-11-24T00:00:00Z"],
        },
        "Cursor": { "type": ["string", "null"], "description": "Send it as `cursor` for the next page; null at the end." },
        "Status": { "type": "string", "enum": ["ONLINE", "AWAY", "BUSY", "OFFLINE", "INVISIBLE"], "description": "`INVISIBLE` is seen by the user's own devices only." },
        "DeviceType": { "type": "string", "enum": ["web", "mobile", "desktop", "tablet", "tv", "bot", "other"] },
    })
}

fn presence() -> Value {
    json!({
        "Presence": object(&["userId", "online", "status", "devices", "version", "asOf"], &json!({
            "userId": schema("UserId"),
            "online": { "type": "boolean" },
            "status": schema("Status"),
            "message": { "type": "string", "maxLength": 256 },
            "devices": list("DevicePresence"),
            "lastActiveAt": schema("Time"),
            "version": { "type": "integer", "minimum": 0, "description": "Grows by one with each change that the reader may see, and never goes back: ignore what is not newer." },
            "asOf": schema("Time"),
        })),
        "DevicePresence": object(&["type", "status"], &json!({ "type": schema("DeviceType"), "status": schema("Status") })),
        "Standing": object(&["userId", "online"], &json!({
            "userId": schema("UserId"),
            "online": { "type": "boolean" },
            "lastActiveAt": schema("Time"),
        })),
        "QueryResult": { "oneOf": [query_result("hub", "Presence"), query_result("projection", "Standing")] },
    })
}

fn query_result(source: &str, entry: &str) -> Value {
    object(
        &["presences", "source", "asOf"],
        &json!({
            "presences": list(entry),
            "failed": failed(),
            "source": { "const": source },
            "asOf": schema("Time"),
        }),
    )
}

fn sessions() -> Value {
    json!({
        "Session": object(
            &["sessionId", "userId", "protocol", "device", "connectedAt", "lastSeenAt", "expiresAt", "heartbeatIntervalMs", "connected"],
            &json!({
                "sessionId": schema("SessionId"),
                "userId": schema("UserId"),
                "protocol": { "type": "string", "enum": ["v12.stomp", "v11.stomp", "v10.stomp", "rollcall.v1.json"] },
                "device": schema("Device"),
                "userAgent": text(),
                "country": text(),
                "colo": text(),
                "connectedAt": schema("Time"),
                "lastSeenAt": schema("Time"),
                "expiresAt": schema("Time"),
                "heartbeatIntervalMs": { "type": "integer", "minimum": 1 },
                "connected": { "type": "boolean" },
            }),
        ),
        "Device": object(&[], &json!({ "type": schema("DeviceType"), "name": text(), "os": text(), "appVersion": text() })),
        "Sessions": object(&["userId", "sessions", "count"], &json!({ "userId": schema("UserId"), "sessions": list("Session"), "count": count() })),
    })
}

fn subscriptions() -> Value {
    json!({
        "Subscription": object(&["userId", "since", "expiresAt", "status"], &json!({
            "userId": schema("UserId"),
            "since": schema("Time"),
            "expiresAt": { "allOf": [schema("Time")], "description": "When it would end if the subscriber were away from now on." },
            "status": schema("SubscriptionStatus"),
            "presence": schema("Presence"),
        })),
        "SubscriptionStatus": { "type": "string", "enum": ["active", "none"] },
        "Subscriptions": page("subscriptions", "Subscription"),
        "Subscriber": object(&["userId", "since", "watchingNow"], &json!({ "userId": schema("UserId"), "since": schema("Time"), "watchingNow": { "type": "boolean" } })),
        "Subscribers": page("subscribers", "Subscriber"),
        "SubscribedTo": object(&["subscriberId", "targetUserId", "subscribed", "status"], &json!({
            "subscriberId": schema("UserId"),
            "targetUserId": schema("UserId"),
            "subscribed": { "type": "boolean" },
            "status": schema("SubscriptionStatus"),
            "expiresAt": schema("Time"),
        })),
        "SubscribeResult": object(&["subscriberId", "results"], &json!({ "subscriberId": schema("UserId"), "results": list("TargetOutcome") })),
        "TargetOutcome": object(&["targetUserId", "outcome"], &json!({
            "targetUserId": { "type": "string", "description": "As received, or its canonical form." },
            "outcome": { "type": "string", "enum": ["subscribed", "refreshed", "requested", "denied", "failed", "unsubscribed", "not_subscribed"], "description": "`failed`: nothing was written, and `error` says why." },
            "expiresAt": schema("Time"),
            "presence": schema("Presence"),
            "error": schema("Refusal"),
        })),
    })
}

fn page(field: &str, of: &str) -> Value {
    object(
        &["userId", field, "count", "nextCursor"],
        &json!({ "userId": schema("UserId"), field: list(of), "count": count(), "nextCursor": schema("Cursor") }),
    )
}

fn problems() -> Value {
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
    json!({
        "ErrorCode": { "type": "string", "enum": codes, "description": code_list() },
        "Refusal": object(&["code", "detail"], &json!({ "code": schema("ErrorCode"), "detail": text() })),
        "Problem": object(&["type", "title", "status", "detail", "code", "instance"], &json!({
            "type": { "type": "string", "format": "uri-reference" },
            "title": text(),
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": text(),
            "code": schema("ErrorCode"),
            "instance": { "type": "string", "format": "uri-reference", "description": "The path that was asked for." },
            "errors": { "type": "array", "minItems": 1, "items": object(&["pointer", "detail"], &json!({ "pointer": { "type": "string", "description": "A JSON Pointer into the body." }, "detail": text() })) },
        })),
    })
}

/// The registry in words: a closed list.
fn code_list() -> String {
    let line =
        |code: &ErrorCode| format!("`{}` ({}): {}.", code.code(), code.status(), code.title());
    ErrorCode::ALL.iter().map(line).collect::<Vec<_>>().join("\n\n")
}

/// Users of a list of whom nothing can be said.
pub(super) fn failed() -> Value {
    let entry = json!({ "userId": text(), "error": schema("Refusal") });
    json!({ "type": "array", "description": "Left out where nobody failed.", "items": object(&["userId", "error"], &entry) })
}
