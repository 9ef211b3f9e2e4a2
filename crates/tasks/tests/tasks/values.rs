//! Sessions as every hub of these tests has them, and pages of lists.

use presence::calls::Page;
use presence::ids::{SessionId, UserId};
use presence::mirror::{fingerprint, look};
use presence::state::Session;
use serde_json::json;

/// Its JSON, as its key holds it.
pub fn text(id: &SessionId) -> String {
    json!({
        "sessionId": id.as_str(), "userId": id.user().unwrap().as_str(), "protocol": "v12.stomp",
        "device": { "type": "web" }, "connectedAt": "2027-01-15T08:00:00.000Z",
        "lastSeenAt": "2027-01-15T08:00:01.000Z", "expiresAt": "2027-01-15T08:01:00.000Z",
        "heartbeatIntervalMs": 25_000, "connected": true,
    })
    .to_string()
}

pub fn look_of(id: &SessionId) -> u64 {
    look(&serde_json::from_str::<Session>(&text(id)).unwrap())
}

pub fn of<'a>(users: impl Iterator<Item = &'a UserId>) -> u64 {
    fingerprint(users.map(|id| id.as_str().as_bytes()))
}

pub fn paged<'a>(
    all: impl Iterator<Item = &'a UserId>,
    page: &Page,
) -> (Vec<UserId>, Option<UserId>) {
    let after = |id: &&UserId| page.after.as_ref().is_none_or(|after| *id > after);
    let mut list: Vec<UserId> = all.filter(after).cloned().collect();
    let more = list.len() as i64 > page.limit;
    list.truncate(page.limit as usize);
    let next = list.last().filter(|_| more).cloned();
    (list, next)
}
