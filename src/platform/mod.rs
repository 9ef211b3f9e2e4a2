//! The platform, as far as the Worker needs it. Whatever may throw is wrapped here, once.

mod crypto;
mod files;
mod incoming;
mod time;

use presence::time::Millis;
use serde::Serialize;
use serde_json::Value;

pub(crate) use crypto::{sign_hs256, verify};
pub(crate) use files::fetch_file;
pub(crate) use incoming::Incoming;
pub(crate) use time::{now, within};

/// How much a log line matters.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Worth knowing.
    Info,
    /// Somebody should look.
    Error,
}

/// One structured log line. No token and no content ever goes into one.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    level: Level,
    ts: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    event: &'a str,
    #[serde(flatten)]
    more: Value,
}

/// Writes one line to the log; `more` is an object.
pub(crate) fn log(level: Level, event: &str, request_id: Option<&str>, more: Value) {
    let line = Line { level, ts: now(), request_id, event, more };
    worker::console_log!("{}", serde_json::to_string(&line).unwrap_or_default());
}

/// A new request id.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
