//! Values that several examples show.

use serde_json::{Value, json};

pub(super) const NOW: &str = "2026-11-24T03:40:06.120Z";
pub(super) const LATER: &str = "2026-11-24T03:41:06.120Z";
pub(super) const MESSAGE_ID: &str = "k3Jm0Yp6Tn2bQ8sVxL5wRg";
pub(super) const EVENT_ID: &str = "Zt1hUoC4Qd-7yXvB9mKfEw";
pub(super) const SESSION_ID: &str = "s1.YWRh.q0Zx3Vt8Lw2Nd6Yk";

pub(super) fn presence() -> Value {
    json!({
        "userId": "ada",
        "online": true,
        "status": "BUSY",
        "message": "writing",
        "devices": [{ "type": "mobile", "status": "BUSY" }],
        "lastActiveAt": NOW,
        "version": 42,
        "asOf": NOW,
    })
}

pub(super) fn gone() -> Value {
    json!({
        "userId": "ada", "online": false, "status": "OFFLINE", "devices": [],
        "lastActiveAt": NOW, "version": 43, "asOf": LATER,
    })
}

pub(super) fn session(connected: bool) -> Value {
    json!({
        "sessionId": SESSION_ID,
        "userId": "ada",
        "protocol": "rollcall.v1.json",
        "device": { "type": "mobile", "name": "Pixel 9", "os": "Android 16", "appVersion": "4.2.0" },
        "country": "VN",
        "colo": "SGN",
        "connectedAt": NOW,
        "lastSeenAt": NOW,
        "expiresAt": LATER,
        "heartbeatIntervalMs": 25000,
        "connected": connected,
    })
}

/// `value` with a member more.
pub(super) fn with(mut value: Value, name: &str, member: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), member);
    }
    value
}
