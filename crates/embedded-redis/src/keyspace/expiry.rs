//! Keys whose time is over.

use presence::store::{MAX_INTEGER, StoreError, Value};

use super::ledger::{ENTRY, ITEM, Ledger, Soonest};
use super::{Keyspace, Sql, maybe, slot};

const SOONEST: &str = "SELECT MIN(expires) FROM entries WHERE expires IS NOT NULL";
const DUE_ENTRIES: &str = "SELECT COUNT(*), SUM(LENGTH(key) + COALESCE(LENGTH(value), 0)) \
    FROM entries WHERE expires < ?";
const DUE_ITEMS: &str = "SELECT COUNT(*), SUM(LENGTH(item) + COALESCE(LENGTH(value), 0)) \
    FROM items WHERE owner IN (SELECT owner FROM entries WHERE expires < ? AND owner IS NOT NULL)";
const DELETE_ITEMS: &str = "DELETE FROM items \
    WHERE owner IN (SELECT owner FROM entries WHERE expires < ? AND owner IS NOT NULL)";
const DELETE_ENTRIES: &str = "DELETE FROM entries WHERE expires < ?";
const SET_EXPIRES: &str = "UPDATE entries SET expires = ? WHERE slot = ? AND key = ?";
const COUNT: &str = "SELECT COUNT(*) FROM entries WHERE expires IS NOT NULL";

/// The last moment of the key whose time ends first, or one before it.
pub(crate) fn soonest(sql: &dyn Sql, ledger: &Ledger) -> Result<Option<i64>, StoreError> {
    if ledger.soonest.get() == Soonest::Unknown {
        let rows = sql.rows(SOONEST, &[])?;
        let at = rows.first().and_then(|row| maybe(row, 0));
        ledger.soonest.set(at.map_or(Soonest::Never, Soonest::At));
    }
    match ledger.soonest.get() {
        Soonest::At(at) => Ok(Some(at)),
        _ => Ok(None),
    }
}

impl Keyspace<'_> {
    /// Whether there may be something to purge.
    pub(crate) fn is_due(&self) -> Result<bool, StoreError> {
        Ok(soonest(self.sql, self.ledger)?.is_some_and(|at| at < self.now))
    }

    /// Deletes the keys whose time is over.
    pub(crate) fn purge_if_due(&self) -> Result<(), StoreError> {
        if !self.is_due()? {
            return Ok(());
        }
        let now = [Value::Integer(self.now)];
        let (keys, of_entries) = self.numbers(DUE_ENTRIES, &now)?;
        if keys > 0 {
            let (items, of_items) = self.numbers(DUE_ITEMS, &now)?;
            self.sql.run(DELETE_ITEMS, &now)?;
            self.sql.run(DELETE_ENTRIES, &now)?;
            self.ledger.add(-(of_entries + of_items + ENTRY * keys + ITEM * items), -keys);
        }
        self.ledger.soonest.set(Soonest::Unknown);
        Ok(())
    }

    /// Sets the last moment of a key that is there, or takes it away.
    pub(crate) fn set_expires(&self, key: &[u8], at: Option<i64>) -> Result<(), StoreError> {
        let params = [self.deadline(at), slot::value(key), Value::Blob(key.to_vec())];
        self.sql.run(SET_EXPIRES, &params)
    }

    /// A last moment as it is stored, noted for the purge.
    pub(super) fn deadline(&self, at: Option<i64>) -> Value {
        let at = at.map(|at| at.min(MAX_INTEGER));
        if let Some(at) = at {
            self.ledger.expires(at);
        }
        at.into()
    }

    /// How many keys have a time.
    pub(crate) fn expiring(&self) -> Result<i64, StoreError> {
        self.number(COUNT, &[])
    }
}
