//! The names of the keys.

use presence::ids::{SessionId, UserId};

/// Set: the ids of users who are online, as others see them.
pub const ONLINE: &str = "presence:online";

/// String: the session as JSON.
pub fn session(id: &SessionId) -> String {
    format!("ws:session:{}", id.as_str())
}

/// Set: the ids of the user's sessions.
pub fn user_sessions(user: &UserId) -> String {
    format!("ws:user:sessions:{}", user.as_str())
}

/// String: how many sessions the user has. Deprecated.
pub fn connections(user: &UserId) -> String {
    format!("ws:connections:{}", user.as_str())
}

/// String: the type of the device that a session is on, if others may see it.
pub fn shown(user: &UserId, session: &SessionId) -> String {
    format!("presence:user:{}:online:{}", user.as_str(), session.as_str())
}

/// String: epoch milliseconds of the last activity that others may know of.
pub fn last_active(user: &UserId) -> String {
    format!("presence:user:{}:last_active", user.as_str())
}

/// Set: the subscribers who would be told now.
pub fn watchers(user: &UserId) -> String {
    format!("presence:user:{}:watchers", user.as_str())
}

/// Set: whom the user watches.
pub fn subscription(user: &UserId) -> String {
    format!("presence:subscription:{}", user.as_str())
}

/// Set: who watches the user.
pub fn subscribers(user: &UserId) -> String {
    format!("presence:subscribers:{}", user.as_str())
}
