//! A hub's storage: real SQLite, which outlives the hub that uses it, counts what the bill counts,
//! and refuses what a fault wants refused.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use presence::sqlite::SqliteStore;
use presence::store::{Row, Store, StoreError, Value};

use crate::tally::Rows;

/// Shared by a hub and the platform around it.
#[derive(Clone)]
pub struct Disk(Rc<Inner>);

struct Inner {
    sqlite: SqliteStore,
    rows: RefCell<Rows>,
    /// So many statements more until one is refused.
    fuse: Cell<Option<u32>>,
    refusing: Cell<bool>,
    /// A write was refused since somebody asked.
    refused: Cell<bool>,
}

/// What a hub writes to; what it writes to make or change tables is `schema`.
const TABLES: [&str; 8] =
    ["meta", "sessions", "watching", "audience", "follower", "messages", "outbox", "dead_letters"];

impl Disk {
    /// An empty one.
    ///
    /// # Panics
    /// Without memory for a database nothing can be simulated.
    #[allow(
        clippy::expect_used,
        clippy::new_without_default,
        reason = "a native tool; an empty disk is no default"
    )]
    pub fn new() -> Self {
        let sqlite = SqliteStore::in_memory().expect("a database in memory");
        let (rows, fuse) = (RefCell::default(), Cell::new(None));
        let (refusing, refused) = (Cell::new(false), Cell::new(false));
        Self(Rc::new(Inner { sqlite, rows, fuse, refusing, refused }))
    }

    /// From now on every write fails, or no more.
    pub fn refuse_writes(&self, refuse: bool) {
        self.0.refusing.set(refuse);
    }

    /// Whether that hit a write since the last call.
    pub fn take_refused(&self) -> bool {
        self.0.refused.take()
    }

    /// The statement that writes after so many others is refused, once.
    pub fn refuse_one_after(&self, statements: Option<u32>) {
        self.0.fuse.set(statements);
    }

    /// Whether that fuse still waits.
    pub fn has_fuse(&self) -> bool {
        self.0.fuse.get().is_some()
    }

    /// Rows written and rows read since the last call.
    pub fn take_rows(&self) -> Rows {
        self.0.rows.take()
    }

    /// Looks at the tables without being counted.
    pub fn look(&self, sql: &str) -> Vec<Row> {
        let rows = self.0.sqlite.query(sql, &[]).unwrap_or_default();
        self.0.sqlite.take_read();
        rows
    }

    /// What a statement wrote goes to its table.
    fn count(&self, sql: &str) {
        let written = self.0.sqlite.take_written();
        let mut rows = self.0.rows.borrow_mut();
        rows.read += self.0.sqlite.take_read();
        if written > 0 {
            *rows.written.entry(table_of(sql)).or_default() += written;
        }
    }
}

/// The table that a statement writes to: the first of its words that names one.
fn table_of(sql: &str) -> &'static str {
    let mut words = sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if ["CREATE", "ALTER"].iter().any(|verb| sql.trim_start().starts_with(verb)) {
        return "schema";
    }
    words.find_map(|word| TABLES.into_iter().find(|table| *table == word)).unwrap_or("schema")
}

impl Store for Disk {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        if self.0.refusing.get() {
            self.0.refused.set(true);
            return Err(StoreError("the disk refuses".into()));
        }
        match self.0.fuse.get() {
            Some(0) => {
                self.0.fuse.set(None);
                return Err(StoreError("the disk refuses this one".into()));
            }
            Some(left) => self.0.fuse.set(Some(left - 1)),
            None => {}
        }
        self.0.sqlite.execute(sql, params)?;
        self.count(sql);
        Ok(())
    }

    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let rows = self.0.sqlite.query(sql, params)?;
        self.count(sql);
        Ok(rows)
    }

    /// What is taken back was not written.
    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let before = self.0.rows.borrow().written.clone();
        let result = self.0.sqlite.transaction(body);
        if result.is_err() {
            self.0.rows.borrow_mut().written = before;
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_writes_to_the_table_that_it_names_first() {
        assert_eq!(table_of("INSERT INTO meta (id) VALUES (1)"), "meta");
        assert_eq!(
            table_of("DELETE FROM audience WHERE slot IN (SELECT id FROM meta)"),
            "audience"
        );
        assert_eq!(table_of("CREATE TABLE meta (id INTEGER)"), "schema");
        assert_eq!(table_of("UPDATE schema_version SET version = 2"), "schema");
    }
}
