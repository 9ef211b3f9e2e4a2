//! What was counted, under the names of the bill, a user and hour. Budgets hold these.

use std::collections::BTreeMap;

use super::play::Counted;
use crate::tally::{ALARM, Tally};

/// A name of the bill, and how many a user and hour.
pub type Operations = BTreeMap<&'static str, f64>;

/// What events are kept in until Kafka has them.
pub const OUTBOX: &str = "rows: outbox";

/// Kinds of requests that have an item of their own; all others are `other calls`.
const REQUESTS: [(&str, &str); 8] = [
    ("connect", "requests: connects"),
    ("close", "requests: closes"),
    ("alarm", "requests: alarms"),
    ("notify", "requests: notices"),
    ("snapshot", "requests: snapshots at connects"),
    ("watch", "requests: edges"),
    ("unwatch", "requests: edges"),
    ("deliver", "requests: messages"),
];

/// The item of a written row.
fn row_item(table: &str, cause: &str) -> &'static str {
    match (table, cause) {
        (ALARM, "alarm") => "rows: alarms set again by alarms",
        (ALARM, _) => "rows: alarms set by all else",
        ("meta", _) => "rows: users",
        ("sessions", _) => "rows: sessions",
        ("follower", "snapshot") => "rows: marks of sleeping watchers",
        ("follower", "watch" | "unwatch") | ("audience", _) => "rows: edges at their target",
        ("follower", _) => "rows: passes over the audience",
        ("watching", _) => "rows: edges at their subscriber",
        ("messages", _) => "rows: messages",
        ("outbox" | "dead_letters", _) => OUTBOX,
        _ => "rows: tables, directory",
    }
}

/// All of them; none is left out for being zero.
pub fn operations(counted: &Counted) -> Operations {
    let Tally { requests, rows, .. } = &counted.tally;
    let mut counts: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut add = |name, count| *counts.entry(name).or_default() += count;
    for (kind, name) in REQUESTS {
        add(name, requests.get(kind).copied().unwrap_or(0));
    }
    let has_item = |kind: &str| REQUESTS.iter().any(|(other, _)| *other == kind);
    let other = requests.iter().filter(|(kind, _)| !has_item(kind));
    add("requests: other calls", other.map(|(_, count)| count).sum());
    for ((table, cause), count) in rows {
        add(row_item(table, cause), *count);
    }
    // The directory's own row for a new user.
    add("rows: tables, directory", requests.get("register").copied().unwrap_or(0));
    add("Worker requests", counted.tally.worker);
    add("frames", counted.tally.frames);
    add("rows read", counted.tally.rows_read);
    add("handlers run", counted.tally.turns);
    add("objects woken", counted.tally.woken);
    add("ms in which calls are out", counted.tally.calling_ms);
    add("ms in which only a timer runs", counted.tally.timer_ms);
    counts.into_iter().map(|(name, count)| (name, count as f64 / counted.user_hours)).collect()
}
