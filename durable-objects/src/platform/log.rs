//! One JSON object a line. No tokens, no content.

use presence::time::Millis;
use serde::Serialize;
use worker::console_log;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a, T> {
    level: &'static str,
    ts: Millis,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(flatten)]
    entry: &'a T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fault<'a> {
    event: &'static str,
    detail: &'a str,
}

/// Something that happened.
pub(crate) fn info(request_id: Option<&str>, entry: &impl Serialize) {
    write(&Line { level: "info", ts: super::clock::now(), request_id, entry });
}

/// Something that should not have happened; `event` names it for a search.
pub(crate) fn fault(event: &'static str, detail: &str) {
    let entry = &Fault { event, detail };
    write(&Line { level: "error", ts: super::clock::now(), request_id: None, entry });
}

fn write(line: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(line) {
        console_log!("{text}");
    }
}
