//! One line of JSON an event, on standard error.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

/// Something worth knowing.
pub(crate) fn info(event: &str, more: Value) {
    write("info", event, more);
}

/// Something that somebody may have to look after.
pub(crate) fn warn(event: &str, more: Value) {
    write("warn", event, more);
}

fn write(level: &str, event: &str, more: Value) {
    // A log that cannot be written is no reason to stop.
    let _ = std::io::stderr().write_all(line(level, event, more).as_bytes());
}

fn line(level: &str, event: &str, more: Value) -> String {
    let mut fields = Map::new();
    fields.insert("time".to_owned(), json!(now_ms()));
    fields.insert("level".to_owned(), json!(level));
    fields.insert("event".to_owned(), json!(event));
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    format!("{}\n", Value::Object(fields))
}

#[allow(
    clippy::disallowed_methods,
    reason = "runs natively only, and is what lines and records are dated by"
)]
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::line;

    #[test]
    fn an_event_is_one_line_whatever_is_in_it() {
        let line = line("warn", "redis-down", json!({ "reason": "two\nlines" }));
        assert_eq!(line.matches('\n').count(), 1);
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["event"], "redis-down");
        assert_eq!(value["reason"], "two\nlines");
        assert!(value["time"].as_u64().unwrap() > 1_700_000_000_000);
    }
}
