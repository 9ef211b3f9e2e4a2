//! The log's one row.

use presence::store::{Store, StoreError, Value};

use super::row::{first, integer};
use super::{Cursor, Log};

const READ: &str = "SELECT next, bytes, newest FROM log WHERE id = 1";
const SAVE: &str = "UPDATE log SET next = ?, bytes = ?, newest = ? WHERE id = 1";

/// Where the log stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    /// The position that the next record will have.
    pub(super) next: Cursor,
    /// The bytes kept.
    pub(super) bytes: i64,
    /// The newest time of a record: time does not go back here, so that the oldest record is the first.
    pub(super) newest: i64,
}

impl<S: Store> Log<'_, S> {
    pub(super) fn head(&self) -> Result<Head, StoreError> {
        let row = first(self.store, READ, &[])?;
        Ok(Head { next: integer(&row, 0)?, bytes: integer(&row, 1)?, newest: integer(&row, 2)? })
    }

    pub(super) fn save_head(&self, head: &Head) -> Result<(), StoreError> {
        let row = [head.next, head.bytes, head.newest].map(Value::from);
        self.store.execute(SAVE, &row)
    }

    /// The position of the newest record that there ever was.
    pub(crate) fn newest(&self) -> Result<Cursor, StoreError> {
        Ok(self.head()?.next - 1)
    }
}
