//! The tables of a hub, as numbered migrations: only ever added to. A hub that was never written to
//! has none, so that reading about an unknown user writes nothing.
//!
//! Every table is `WITHOUT ROWID` and has no further index: a changed row is one billed row.

use crate::store::{Store, StoreError, Value};

/// It is the first table: the limit keeps each wake from reading the names of all others.
const EXISTS: &str =
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_version' LIMIT 1";
const CREATE_VERSION: &str = "CREATE TABLE schema_version (id INTEGER PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID";
const READ_VERSION: &str = "SELECT version FROM schema_version WHERE id = 1";
const WRITE_VERSION: &str = "INSERT INTO schema_version (id, version) VALUES (1, ?) \
                             ON CONFLICT (id) DO UPDATE SET version = excluded.version";

/// Migration n brings version n−1 to n.
pub const MIGRATIONS: &[&[&str]] = &[FIRST, MESSAGES, SETTLED, MIRROR, OUTBOX, UNSEEN];

/// 1: the user, their sessions, whom they watch, who watches them.
const FIRST: &[&str] = &[
    "CREATE TABLE meta (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, version INTEGER NOT NULL, \
     declared TEXT, message TEXT, changed_at INTEGER NOT NULL, last_active INTEGER, public_active INTEGER, \
     ended_at INTEGER NOT NULL, generation INTEGER NOT NULL, wake INTEGER, registered INTEGER NOT NULL, \
     newest INTEGER NOT NULL, woken_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE sessions (id TEXT PRIMARY KEY, connection INTEGER NOT NULL, protocol TEXT NOT NULL, \
     device TEXT NOT NULL, user_agent TEXT, country TEXT, colo TEXT, connected_at INTEGER NOT NULL, \
     attached_at INTEGER NOT NULL, heartbeat INTEGER NOT NULL, resume_hash BLOB NOT NULL, away INTEGER NOT NULL, \
     closed_at INTEGER, seen_at INTEGER, close_reason TEXT, vanished_until INTEGER, \
     unasked INTEGER) STRICT, WITHOUT ROWID",
    "CREATE TABLE watching (target TEXT PRIMARY KEY, generation INTEGER NOT NULL, wanted INTEGER NOT NULL, \
     confirmed INTEGER NOT NULL, since INTEGER NOT NULL, renewed_at INTEGER NOT NULL, by_topic INTEGER NOT NULL, \
     told_at INTEGER NOT NULL) \
     STRICT, WITHOUT ROWID",
    "CREATE TABLE audience (subscriber TEXT PRIMARY KEY, slot INTEGER NOT NULL, generation INTEGER NOT NULL, \
     since INTEGER NOT NULL, ended_at INTEGER) STRICT, WITHOUT ROWID",
    "CREATE TABLE follower (id INTEGER PRIMARY KEY, told INTEGER NOT NULL, slots INTEGER NOT NULL, \
     asleep BLOB NOT NULL, owed BLOB NOT NULL, told_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
];

/// 2: messages: what is still owed, and what was sent within the last hour.
const MESSAGES: &[&str] = &[
    "CREATE TABLE messages (name TEXT PRIMARY KEY, message_id TEXT NOT NULL, \
     created_at INTEGER NOT NULL, body TEXT, owed TEXT, delivered TEXT NOT NULL) STRICT, WITHOUT ROWID",
];

/// 3: whether all rows of `watching` were confirmed when `meta` was last written: a hub that wakes need
/// not go through them to find those that are not. Not so until it is known.
const SETTLED: &[&str] = &["ALTER TABLE meta ADD COLUMN settled INTEGER NOT NULL DEFAULT 0"];

/// 4: what Redis has not confirmed; how often somebody of the audience fell asleep or woke.
const MIRROR: &[&str] = &[
    "ALTER TABLE meta ADD COLUMN mirror TEXT",
    "ALTER TABLE follower ADD COLUMN naps INTEGER NOT NULL DEFAULT 0",
];

/// 5: events that are not confirmed, one row a transaction, and those that were refused for good
/// (state 0: its topic does not have it yet, 1: it has, 2: it never will).
const OUTBOX: &[&str] = &[
    "ALTER TABLE meta ADD COLUMN outbox TEXT",
    "CREATE TABLE outbox (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE dead_letters (id TEXT PRIMARY KEY, topic TEXT NOT NULL, sequence INTEGER NOT NULL, \
     event TEXT NOT NULL, failure TEXT NOT NULL, state INTEGER NOT NULL, at INTEGER NOT NULL) \
     STRICT, WITHOUT ROWID",
];

/// 6: who of the audience does not stand among those who would be told now, as far as others may read it.
/// Until then that was whoever was asleep.
const UNSEEN: &[&str] =
    &["ALTER TABLE follower ADD COLUMN unseen BLOB", "UPDATE follower SET unseen = asleep"];

/// The version of this storage's schema; 0 if nothing was ever written.
pub fn version(store: &impl Store) -> Result<usize, StoreError> {
    let first = |sql| -> Result<i64, StoreError> {
        let rows = store.query(sql, &[])?;
        Ok(rows.first().and_then(|row| row.first()).and_then(Value::integer).unwrap_or(0))
    };
    if first(EXISTS)? == 0 { Ok(0) } else { Ok(first(READ_VERSION)? as usize) }
}

/// Brings the schema from `from` to the newest version.
pub fn migrate(store: &impl Store, from: usize) -> Result<(), StoreError> {
    migrate_to(store, from, MIGRATIONS.len())
}

/// Brings the schema from `from` to `to`.
pub fn migrate_to(store: &impl Store, from: usize, to: usize) -> Result<(), StoreError> {
    if from == 0 {
        store.execute(CREATE_VERSION, &[])?;
    }
    for statement in MIGRATIONS.iter().take(to).skip(from).copied().flatten() {
        store.execute(statement, &[])?;
    }
    store.execute(WRITE_VERSION, &[Value::from(to as i64)])
}
