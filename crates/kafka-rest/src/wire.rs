//! What both versions write and read.

use std::fmt::Display;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use redis_rest::{HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use serde::ser::{Serialize, Serializer};

use crate::{Doubt, Outcome, Settings};

/// As much of a server's words as reasons keep.
const MAX_TEXT: usize = 200;

/// The longest that a server can ask to be left alone: an hour.
const MAX_RETRY_AFTER_S: u64 = 3_600;

/// Bytes, written as base64. Padded: unpadded, a bridge stores an empty value without an error.
pub(crate) struct Base64<'a>(pub(crate) &'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(self.0))
    }
}

/// The headers of a request that expects `accept`.
pub(crate) fn headers(settings: &Settings, accept: &'static str) -> Vec<(&'static str, String)> {
    let mut headers =
        vec![("accept", accept.to_owned()), ("user-agent", settings.user_agent.clone())];
    let authorization = settings.authorization.clone();
    headers.extend(authorization.map(|value| ("authorization", value)));
    headers
}

/// A request to `path` of the proxy.
pub(crate) fn post(
    settings: &Settings,
    path: &str,
    [accept, content_type]: [&'static str; 2],
    body: Vec<u8>,
) -> HttpRequest {
    let mut headers = headers(settings, accept);
    headers.push(("content-type", content_type.to_owned()));
    HttpRequest { url: address(settings, path), headers, body }
}

/// The address of `path` at the proxy.
pub(crate) fn address(settings: &Settings, path: &str) -> String {
    format!("{}{path}", settings.url.trim_end_matches('/'))
}

/// `Retry-After` in seconds. As a date it is not used: who writes one goes by another clock.
pub(crate) fn retry_after_ms(answer: &HttpResponse) -> Option<u64> {
    let seconds: u64 = answer.retry_after.as_ref()?.trim().parse().ok()?;
    Some(seconds.min(MAX_RETRY_AFTER_S) * 1_000)
}

/// A body as JSON.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Outcome> {
    serde_json::from_str(text(body)?).map_err(|error| unreadable(&error))
}

/// A body as text. JSON is nothing else, and what is skipped while it is read would not be looked at.
pub(crate) fn text(body: &[u8]) -> Result<&str, Outcome> {
    std::str::from_utf8(body).map_err(|error| {
        let kind = if error.error_len().is_none() { Doubt::Truncated } else { Doubt::Garbage };
        not_understood(kind, &error)
    })
}

/// An answer that cannot be read.
pub(crate) fn unreadable(error: &serde_json::Error) -> Outcome {
    let kind = if error.is_eof() { Doubt::Truncated } else { Doubt::Garbage };
    not_understood(kind, error)
}

fn not_understood(kind: Doubt, error: &dyn Display) -> Outcome {
    let reason = shorten(&format!("the answer is not understood: {error}"));
    Outcome::Unknown { kind, reason }
}

/// The begin of a body that is not understood.
pub(crate) fn excerpt(body: &[u8]) -> String {
    shorten(&String::from_utf8_lossy(body.get(..MAX_TEXT).unwrap_or(body)))
}

/// What a server said, fit for a log.
pub(crate) fn shorten(text: &str) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(MAX_TEXT).collect()
}
