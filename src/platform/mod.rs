//! The platform, as far as the Worker needs it. Whatever may throw is wrapped here, once.

mod crypto;
mod files;
mod incoming;
mod time;

pub(crate) use crypto::{sign_hs256, verify};
pub(crate) use files::fetch_file;
pub(crate) use incoming::Incoming;
pub(crate) use time::{now, within};

/// Writes one structured line to the log.
pub(crate) fn log(line: &serde_json::Value) {
    worker::console_log!("{line}");
}

/// A new request id.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
