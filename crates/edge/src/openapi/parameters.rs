//! The parameters of paths and queries, by name.

use serde_json::{Value, json};

use super::schemas::schema;

/// The parameters that operations refer to.
pub(crate) fn parameters() -> Value {
    let user = |name: &str, text: &str| json!({ "name": name, "in": "path", "required": true, "description": text, "schema": schema("UserId") });
    let query = |name: &str, text: &str, schema: Value| json!({ "name": name, "in": "query", "description": text, "schema": schema });
    let text = |longest: u32| json!({ "type": "string", "maxLength": longest });
    let limit = |most: i64| json!({ "type": "integer", "minimum": 1, "maximum": most, "default": crate::paging::DEFAULT });
    json!({
        "userId": user("userId", "Whose."),
        "subscriberId": user("subscriberId", "Who watches."),
        "targetUserId": user("targetUserId", "Who may be watched."),
        "sessionId": { "name": "sessionId", "in": "path", "required": true, "description": "Which session.", "schema": schema("SessionId") },
        "limit": query("limit", "How many at most.", limit(crate::paging::MOST)),
        "limitWithPresence": query("limit", "How many at most.", limit(crate::paging::MOST_WITH_PRESENCE)),
        "cursor": query("cursor", "The `nextCursor` of the page before.", json!({ "type": "string", "minLength": 1 })),
        "onlineCursor": query("cursor", "The `nextCursor` of the page before. It belongs to that page's `source`, which is then kept.", json!({ "type": "string", "minLength": 1 })),
        "ofUser": query("userId", "Whose; everybody's where it is left out.", schema("UserId")),
        "from": query("from", "Refused then or later.", schema("TimeInUtc")),
        "to": query("to", "Refused then or earlier.", schema("TimeInUtc")),
        "source": query("source", "The projection where it is left out.", json!({ "type": "string", "enum": ["projection", "hub"] })),
        "access_token": query("access_token", "The token, where no header can be sent.", json!({ "type": "string" })),
        "resume": query("resume", "The resume token of a session to take up again. A wrong or stale one begins a new session.", text(128)),
        "deviceType": query("deviceType", "What kind of device; anything unknown becomes `other`.", schema("DeviceType")),
        "deviceName": query("deviceName", "Such as \"Pixel 9\".", text(128)),
        "appVersion": query("appVersion", "Such as \"4.2.0\".", text(64)),
    })
}
