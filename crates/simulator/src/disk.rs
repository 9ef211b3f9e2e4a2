//! A hub's storage: real SQLite, which outlives the hub that uses it, counts what the bill counts,
//! and refuses what a fault wants refused.

use std::cell::Cell;
use std::rc::Rc;

use presence::sqlite::SqliteStore;
use presence::store::{Row, Store, StoreError, Value};

/// Shared by a hub and the platform around it.
#[derive(Clone)]
pub struct Disk(Rc<Inner>);

struct Inner {
    sqlite: SqliteStore,
    read: Cell<u64>,
    /// So many statements more until one is refused.
    fuse: Cell<Option<u32>>,
}

impl Disk {
    /// An empty one.
    pub fn new() -> Result<Self, StoreError> {
        let sqlite = SqliteStore::in_memory()?;
        Ok(Self(Rc::new(Inner { sqlite, read: Cell::new(0), fuse: Cell::new(None) })))
    }

    /// From now on every write fails, or no more.
    pub fn refuse_writes(&self, refuse: bool) {
        self.0.sqlite.refuse_writes(refuse);
    }

    /// The statement that writes after so many others is refused, once.
    pub fn refuse_one_after(&self, statements: Option<u32>) {
        self.0.fuse.set(statements);
    }

    /// Whether that fuse still waits.
    pub fn has_fuse(&self) -> bool {
        self.0.fuse.get().is_some()
    }

    /// Rows written and rows returned since the last call.
    pub fn take_counts(&self) -> (u64, u64) {
        (self.0.sqlite.take_written(), self.0.read.replace(0))
    }

    /// Looks at the tables without being counted.
    pub fn look(&self, sql: &str) -> Vec<Row> {
        self.0.sqlite.query(sql, &[]).unwrap_or_default()
    }
}

impl Store for Disk {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        match self.0.fuse.get() {
            Some(0) => {
                self.0.fuse.set(None);
                return Err(StoreError("the disk refuses this one".into()));
            }
            Some(left) => self.0.fuse.set(Some(left - 1)),
            None => {}
        }
        self.0.sqlite.execute(sql, params)
    }

    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        let rows = self.0.sqlite.query(sql, params)?;
        self.0.read.set(self.0.read.get() + rows.len() as u64);
        Ok(rows)
    }

    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.sqlite.transaction(body)
    }
}
