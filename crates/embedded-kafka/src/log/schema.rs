//! The tables, as numbered migrations: only ever added to. A log that nobody wrote to has none.
//!
//! | table | a row is | size |
//! |---|---|---|
//! | `log` | the log: its schema, the next position, the bytes kept, the newest clock | one row |
//! | `topics` | a topic: its name, its number, how many partitions | at most `max_topics` |
//! | `partitions` | a partition: the first offset kept and the next to be given | `topics × partitions` |
//! | `records` | a record | bounded by [`Retention`](crate::Retention) |
//!
//! - **Positions** number all records of the log in the order in which they were stored, from 1. They are what a tail
//!   counts by, and what is never used twice even where all records are gone: `log` remembers the next.
//! - **Offsets** number the records of a partition, from 0, without a hole: those kept are `beginning..ending`.
//! - Retention takes away from the front, by position (age, bytes) or within one partition (count); either way a
//!   partition loses only its oldest.
//! - `records` is the one table with a rowid, since its rows are large and a tree without rowids carries whole rows in
//!   its inner nodes; blobs come last, so that sizes are read without them. Its index finds offsets and makes a second
//!   record of an offset impossible. `present` says whether there is a key (1) and a value (2): empty bytes may come back
//!   as NULL, and a record without a value is a tombstone. The others are `WITHOUT ROWID`: a changed row is one billed row.

use presence::store::{Store, StoreError, Value};

use super::row::{first, integer};

const EXISTS: &str = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'log'";
const READ_VERSION: &str = "SELECT version FROM log WHERE id = 1";
const WRITE_VERSION: &str = "UPDATE log SET version = ? WHERE id = 1";

/// Migration n brings version n−1 to n.
const MIGRATIONS: &[&[&str]] = &[FIRST];

/// 1: the log, its topics, their partitions, their records.
const FIRST: &[&str] = &[
    "CREATE TABLE log (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, next INTEGER NOT NULL, \
     bytes INTEGER NOT NULL, newest INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "INSERT INTO log (id, version, next, bytes, newest) VALUES (1, 0, 1, 0, 0)",
    "CREATE TABLE topics (name TEXT PRIMARY KEY, id INTEGER NOT NULL, partitions INTEGER NOT NULL) \
     STRICT, WITHOUT ROWID",
    "CREATE TABLE partitions (topic INTEGER NOT NULL, number INTEGER NOT NULL, beginning INTEGER NOT NULL, \
     ending INTEGER NOT NULL, PRIMARY KEY (topic, number)) STRICT, WITHOUT ROWID",
    "CREATE TABLE records (position INTEGER PRIMARY KEY, topic INTEGER NOT NULL, number INTEGER NOT NULL, \
     at INTEGER NOT NULL, stored_at INTEGER NOT NULL, size INTEGER NOT NULL, timestamp INTEGER NOT NULL, \
     present INTEGER NOT NULL, headers TEXT, key BLOB, value BLOB) STRICT",
    "CREATE UNIQUE INDEX records_by_offset ON records (topic, number, at)",
];

/// Whether the tables are there.
pub(super) fn exists(store: &impl Store) -> Result<bool, StoreError> {
    Ok(integer(&first(store, EXISTS, &[])?, 0)? > 0)
}

/// Brings what is there, or nothing, to the newest version.
pub(super) fn migrate(store: &impl Store) -> Result<(), StoreError> {
    let from =
        if exists(store)? { integer(&first(store, READ_VERSION, &[])?, 0)? as usize } else { 0 };
    if from >= MIGRATIONS.len() {
        return Ok(());
    }
    for statement in MIGRATIONS.iter().skip(from).copied().flatten() {
        store.execute(statement, &[])?;
    }
    store.execute(WRITE_VERSION, &[Value::from(MIGRATIONS.len() as i64)])
}
