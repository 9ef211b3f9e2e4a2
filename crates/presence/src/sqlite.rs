//! [`Store`] over SQLite in this process, held to what a Durable Object's storage can do.

use std::cell::Cell;

use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, Statement, StatementStatus, ToSql, params_from_iter};

use crate::store::{self, Row, Store, StoreError, Value};

/// A database in memory or in a file, with a count of the rows that were written and read.
pub struct SqliteStore {
    connection: Connection,
    written: Cell<u64>,
    read: Cell<u64>,
    refusing: Cell<bool>,
}

impl SqliteStore {
    /// A new database in memory.
    pub fn in_memory() -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(refused)?;
        for (limit, value) in [
            (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
            (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
            (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
            (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
            (Limit::SQLITE_LIMIT_LENGTH, 2_000_000),
        ] {
            connection.set_limit(limit, value).map_err(refused)?;
        }
        connection.set_prepared_statement_cache_capacity(64);
        let (written, read) = (Cell::new(0), Cell::new(0));
        Ok(Self { connection, written, read, refusing: Cell::new(false) })
    }

    /// How many rows were written since the last call. Tables here have no index besides their key
    /// (`WITHOUT ROWID`), so that a changed row is a billed row; a table made is two, and one changed is one.
    pub fn take_written(&self) -> u64 {
        self.written.replace(0)
    }

    /// How many rows were read since the last call: those returned or changed, or, where a table was
    /// gone through from end to end, all that were looked at. Close to what the edge counts, not equal.
    pub fn take_read(&self) -> u64 {
        self.read.replace(0)
    }

    fn count_read(&self, statement: &Statement<'_>, found: u64) {
        let steps = statement.reset_status(StatementStatus::FullscanStep);
        let scanned = if steps > 0 { steps as u64 + 1 } else { 0 };
        self.read.set(self.read.get() + found.max(scanned));
    }

    /// From now on every write fails, or no more.
    pub fn refuse_writes(&self, refuse: bool) {
        self.refusing.set(refuse);
    }
}

impl Store for SqliteStore {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        store::check(sql, params)?;
        if self.refusing.get() {
            return Err(StoreError("the disk refuses".into()));
        }
        let mut statement = self.connection.prepare_cached(sql).map_err(refused)?;
        let changed = statement.execute(params_from_iter(params)).map_err(refused)? as u64;
        let written = rows_of_schema(sql).unwrap_or(changed);
        self.written.set(self.written.get() + written);
        // Nothing is looked at where a row is new.
        self.count_read(&statement, if sql.starts_with("INSERT") { 0 } else { written });
        Ok(())
    }

    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        store::check(sql, params)?;
        let mut statement = self.connection.prepare_cached(sql).map_err(refused)?;
        let width = statement.column_count();
        let rows = statement
            .query_map(params_from_iter(params), |row| {
                (0..width).map(|column| row.get_ref(column).map(read)).collect::<Result<Row, _>>()
            })
            .map_err(refused)?;
        let rows: Vec<Row> = rows.collect::<Result<_, _>>().map_err(refused)?;
        self.count_read(&statement, rows.len() as u64);
        Ok(rows)
    }

    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let before = self.written.get();
        self.connection.execute_batch("BEGIN").map_err(refused)?;
        let result = body();
        let end = if result.is_ok() { "COMMIT" } else { "ROLLBACK" };
        if result.is_err() {
            self.written.set(before);
        }
        self.connection.execute_batch(end).map_err(refused)?;
        result
    }
}

/// What the edge counts for a table made or changed. SQLite itself counts nothing there, and repeats
/// what the statement before it changed.
fn rows_of_schema(sql: &str) -> Option<u64> {
    match sql.trim_start().split(' ').next() {
        Some("CREATE") => Some(2),
        Some("ALTER") => Some(1),
        _ => None,
    }
}

/// The edge binds every number as a double.
impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(SqlValue::Null),
            Self::Integer(value) => ToSqlOutput::Owned(SqlValue::Real(*value as f64)),
            Self::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Self::Blob(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
        })
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::Integer(value),
        ValueRef::Real(value) => Value::Integer(value as i64),
        ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
        ValueRef::Blob(value) => Value::Blob(value.to_vec()),
    }
}

fn refused(error: impl std::fmt::Display) -> StoreError {
    StoreError(error.to_string())
}
