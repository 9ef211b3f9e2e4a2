//! `docs/protocol.md` says what the registries say: close codes and error codes, each once, none more.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;

use presence::close::{CloseCode, Reconnect};
use presence::errors::ErrorCode;

/// The cells of the table under this heading, without its head.
fn table(heading: &str) -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol.md");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split(&format!("\n## {heading}\n")).nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let cells = |line: &str| {
        let inner = line.trim().trim_matches('|');
        inner.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    let lines = section.lines().filter(|line| line.starts_with('|'));
    lines.skip(2).map(cells).collect()
}

fn advice(reconnect: Reconnect) -> &'static str {
    match reconnect {
        Reconnect::No => "no",
        Reconnect::Jittered => "yes, jittered",
        Reconnect::Yes => "yes",
        Reconnect::WithNewToken => "with a new token",
        Reconnect::AfterDelay => "after `retryAfterMs` in the reason",
    }
}

#[test]
fn the_table_of_close_codes_is_the_registry() {
    let row = |code: &CloseCode| {
        let advice = advice(code.reconnect()).trim_matches('`').to_owned();
        vec![code.code().to_string(), code.reason().to_owned(), advice]
    };
    let registry: Vec<_> = CloseCode::ALL.iter().map(row).collect();
    assert_eq!(table("Close codes"), registry);
}

#[test]
fn the_table_of_error_codes_is_the_registry() {
    let row = |code: &ErrorCode| {
        vec![code.code().to_owned(), code.status().to_string(), code.title().to_owned()]
    };
    let mut registry: Vec<_> = ErrorCode::ALL.iter().map(row).collect();
    let mut documented = table("Error codes");
    registry.sort();
    documented.sort();
    assert_eq!(documented, registry);
}
