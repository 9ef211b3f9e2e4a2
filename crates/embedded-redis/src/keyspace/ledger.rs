//! What is known about the tables without looking: sums that rows can be asked for again, as they are
//! once by each engine, when it first needs them. Kept in a row they would cost one with every write.

use std::cell::Cell;

use presence::store::StoreError;

use super::{Sql, numbers};

/// What a key costs besides its name and its value, in bytes.
pub(super) const ENTRY: i64 = 96;

/// What a member or a field costs besides its bytes.
pub(super) const ITEM: i64 = 48;

const ENTRIES: &str = "SELECT COUNT(*), SUM(LENGTH(key) + COALESCE(LENGTH(value), 0)) FROM entries";
const ITEMS: &str = "SELECT COUNT(*), SUM(LENGTH(item) + COALESCE(LENGTH(value), 0)) FROM items";

/// What is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Keys.
    pub(crate) keys: i64,
    /// Bytes, with something for each row.
    pub(crate) bytes: i64,
}

/// When the first key's time ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Soonest {
    /// The rows must be asked.
    #[default]
    Unknown,
    /// No key has a time.
    Never,
    /// Not before this.
    At(i64),
}

/// The sums.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    totals: Cell<Option<Totals>>,
    pub(super) soonest: Cell<Soonest>,
}

impl Ledger {
    pub(super) fn totals(&self, sql: &dyn Sql) -> Result<Totals, StoreError> {
        if let Some(totals) = self.totals.get() {
            return Ok(totals);
        }
        let (keys, of_entries) = numbers(sql, ENTRIES, &[])?;
        let (items, of_items) = numbers(sql, ITEMS, &[])?;
        let bytes = of_entries + of_items + ENTRY * keys + ITEM * items;
        let totals = Totals { keys, bytes };
        self.totals.set(Some(totals));
        Ok(totals)
    }

    /// Counts what was written. What was never summed up will be when somebody asks.
    pub(super) fn add(&self, bytes: i64, keys: i64) {
        let add = |totals: Totals| Totals { keys: totals.keys + keys, bytes: totals.bytes + bytes };
        self.totals.set(self.totals.get().map(add));
    }

    /// As it was when that copy was made: the transaction since then was rolled back.
    pub(crate) fn restore(&self, before: &Self) {
        self.totals.set(before.totals.get());
        self.soonest.set(before.soonest.get());
    }

    /// Everything was deleted.
    pub(super) fn clear(&self) {
        self.totals.set(Some(Totals::default()));
        self.soonest.set(Soonest::Never);
    }

    /// A key's time ends then.
    pub(super) fn expires(&self, at: i64) {
        let soonest = match self.soonest.get() {
            Soonest::Unknown => Soonest::Unknown,
            Soonest::Never => Soonest::At(at),
            Soonest::At(other) => Soonest::At(at.min(other)),
        };
        self.soonest.set(soonest);
    }
}
