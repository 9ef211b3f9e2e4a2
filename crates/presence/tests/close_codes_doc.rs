//! The documents say what the code says: close codes and error codes in `docs/protocol.md`, each once and none
//! more; in `docs/rules.md` no test that does not exist.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use presence::close::{CloseCode, Reconnect};
use presence::errors::ErrorCode;

fn tree() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The cells of the table under this heading, without its head.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = read_to_string(tree().join("docs/protocol.md")).unwrap();
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

/// Under "Tests" stand lines `- 6: file`, and below each `  - name` of its tests.
#[test]
fn every_test_that_the_rules_name_exists() {
    let text = read_to_string(tree().join("docs/rules.md")).unwrap();
    let (mut source, mut seen) = (String::new(), 0);
    for line in text.split("\n## Tests\n").nth(1).unwrap().lines() {
        if let Some((_, file)) = line.strip_prefix("- ").and_then(|line| line.split_once(": ")) {
            source = read_to_string(tree().join(file)).unwrap();
        } else if let Some(name) = line.strip_prefix("  - ") {
            let name = name.trim_matches('`');
            assert!(source.contains(&format!("fn {name}(")), "there is no test {name}");
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} tests are named");
}
