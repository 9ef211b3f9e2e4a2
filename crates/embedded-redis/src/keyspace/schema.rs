//! The tables, as numbered migrations: only ever added to.

use presence::store::{StoreError, Value};

use super::{Sql, integer};

const EXISTS: &str =
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_version'";
const CREATE_VERSION: &str = "CREATE TABLE schema_version (id INTEGER PRIMARY KEY, \
    version INTEGER NOT NULL) STRICT, WITHOUT ROWID";
const READ_VERSION: &str = "SELECT version FROM schema_version WHERE id = 1";
const WRITE_VERSION: &str = "INSERT INTO schema_version (id, version) VALUES (1, ?) \
    ON CONFLICT (id) DO UPDATE SET version = excluded.version";

/// Migration n brings version n−1 to n.
const MIGRATIONS: &[&[&str]] = &[FIRST];

/// 1: keys, and what they hold. See [`super`].
const FIRST: &[&str] = &[
    "CREATE TABLE entries (slot INTEGER NOT NULL, key BLOB NOT NULL, kind TEXT NOT NULL, value BLOB, \
     owner INTEGER, expires INTEGER, PRIMARY KEY (slot, key)) STRICT, WITHOUT ROWID",
    "CREATE INDEX entries_by_expires ON entries (expires) WHERE expires IS NOT NULL",
    "CREATE TABLE items (owner INTEGER NOT NULL, slot INTEGER NOT NULL, item BLOB NOT NULL, \
     value BLOB, PRIMARY KEY (owner, slot, item)) STRICT, WITHOUT ROWID",
];

/// Brings the tables up to date; writes nothing if they are.
pub(crate) fn create(sql: &dyn Sql) -> Result<(), StoreError> {
    let from = version(sql)?;
    if from >= MIGRATIONS.len() {
        return Ok(());
    }
    if from == 0 {
        sql.run(CREATE_VERSION, &[])?;
    }
    for statement in MIGRATIONS.iter().skip(from).copied().flatten() {
        sql.run(statement, &[])?;
    }
    sql.run(WRITE_VERSION, &[Value::from(MIGRATIONS.len() as i64)])
}

fn version(sql: &dyn Sql) -> Result<usize, StoreError> {
    let first = |query| Ok(sql.rows(query, &[])?.first().map_or(0, |row| integer(row, 0)));
    if first(EXISTS)? == 0 { Ok(0) } else { Ok(first(READ_VERSION)? as usize) }
}
