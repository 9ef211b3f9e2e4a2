//! Members of sets, and fields of hashes with their values.

use std::collections::{BTreeMap, BTreeSet};

use presence::store::{Row, StoreError, Value};

use super::entries::{Found, check_key, check_length, weight};
use super::ledger::ITEM;
use super::{Entry, Keyspace, Kind, blob, bytes, integer, places, slot};
use crate::failure::Failure;

const NEXT_OWNER: &str = "SELECT COALESCE(MAX(owner), 0) + 1 FROM items";
const SUMS: &str = "SELECT COUNT(*), SUM(LENGTH(item) + COALESCE(LENGTH(value), 0)) \
    FROM items WHERE owner = ?";
const ANY: &str = "SELECT 1 FROM items WHERE owner = ? LIMIT 1";
const ALL: &str = "SELECT slot, item, value FROM items WHERE owner = ? ORDER BY slot, item";
const PAGE: &str = "SELECT slot, item, value FROM items WHERE owner = ? AND slot >= ? \
    ORDER BY slot, item LIMIT ?";
const NTH: &str = "SELECT slot, item, value FROM items WHERE owner = ? LIMIT 1 OFFSET ?";
const LENGTHS: &str = "SELECT item, LENGTH(value) FROM items WHERE owner = ? AND slot IN ";
const VALUES: &str = "SELECT item, value FROM items WHERE owner = ? AND slot IN ";
const INSERT: &str = "INSERT INTO items (owner, slot, item, value) VALUES ";
const REPLACE: &str = " ON CONFLICT (owner, slot, item) DO UPDATE SET value = excluded.value";
const DELETE: &str = "DELETE FROM items WHERE owner = ? AND slot = ? AND item = ?";
const DELETE_ALL: &str = "DELETE FROM items WHERE owner = ?";
const COPY: &str = "INSERT INTO items (owner, slot, item, value) \
    SELECT ?, slot, item, value FROM items WHERE owner = ?";

/// Names in one statement, of which the platform takes 100 parameters.
const NAMES: usize = 96;

/// The same where their values are read, which may be large.
const NAMES_WITH_VALUES: usize = 16;

/// Rows of four in one statement.
const ROWS: usize = 24;

/// Names with the value of each, if it is of a hash.
pub(crate) type Items<'a> = BTreeMap<&'a [u8], Option<&'a [u8]>>;

impl Keyspace<'_> {
    /// How many items, and the sum of their bytes.
    pub(super) fn count_and_bytes(&self, owner: i64) -> Result<(i64, i64), StoreError> {
        self.numbers(SUMS, &[owner.into()])
    }

    /// How many items a set or a hash has, and what an answer with all of them would take.
    pub(crate) fn count(&self, entry: &Entry) -> Result<(i64, i64), StoreError> {
        self.count_and_bytes(owner(entry))
    }

    /// All items.
    pub(crate) fn items(&self, entry: &Entry) -> Result<Vec<Found>, StoreError> {
        Ok(found(self.sql.rows(ALL, &[owner(entry).into()])?))
    }

    /// Items from `slot` on, at most `limit`.
    pub(crate) fn items_page(
        &self,
        entry: &Entry,
        slot: i64,
        limit: i64,
    ) -> Result<Vec<Found>, StoreError> {
        let params = [owner(entry).into(), slot.into(), limit.into()];
        Ok(found(self.sql.rows(PAGE, &params)?))
    }

    /// The item at this place.
    pub(crate) fn nth_item(&self, entry: &Entry, place: i64) -> Result<Option<Found>, StoreError> {
        let rows = self.sql.rows(NTH, &[owner(entry).into(), place.into()])?;
        Ok(found(rows).pop())
    }

    /// Those of these names that are there, with the lengths of their values.
    pub(crate) fn lengths(
        &self,
        entry: &Entry,
        names: &[&[u8]],
    ) -> Result<BTreeMap<Vec<u8>, i64>, StoreError> {
        let mut there = BTreeMap::new();
        for mut row in self.look_up(LENGTHS, NAMES, entry, names)? {
            there.insert(bytes(&mut row, 0), integer(&row, 1));
        }
        Ok(there)
    }

    /// Those of these names that are there, with their values.
    pub(crate) fn values(
        &self,
        entry: &Entry,
        names: &[&[u8]],
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StoreError> {
        let mut there = BTreeMap::new();
        for mut row in self.look_up(VALUES, NAMES_WITH_VALUES, entry, names)? {
            there.insert(bytes(&mut row, 0), bytes(&mut row, 1));
        }
        Ok(there)
    }

    /// Rows by the slots of their names: an answer may hold a stranger with the same.
    fn look_up(
        &self,
        sql: &str,
        at_once: usize,
        entry: &Entry,
        names: &[&[u8]],
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for names in names.chunks(at_once) {
            let mut params = vec![Value::Integer(owner(entry))];
            params.extend(names.iter().map(|name| slot::value(name)));
            rows.extend(self.sql.rows(&format!("{sql}{}", places(1, names.len())), &params)?);
        }
        Ok(rows)
    }

    /// Adds items to a key, which is made if it is not there, if there is room: how many are new.
    pub(crate) fn add(
        &self,
        key: &[u8],
        kind: Kind,
        entry: Option<&Entry>,
        items: &Items<'_>,
    ) -> Result<usize, Failure> {
        check(key, items)?;
        let names: Vec<&[u8]> = items.keys().copied().collect();
        let known = entry.map_or(Ok(BTreeMap::new()), |entry| self.lengths(entry, &names))?;
        let new = |name: &[u8]| !known.contains_key(name);
        let mut bytes = if entry.is_none() { weight(key, 0) } else { 0 };
        for (name, value) in items {
            let before = known.get(*name).map_or(0, |length| ITEM + name.len() as i64 + length);
            bytes += weight_of_item(name, *value) - before;
        }
        let keys = i64::from(entry.is_none());
        self.reserve(bytes, keys)?;
        let rows: Vec<_> = items
            .iter()
            .map(|(name, value)| (*name, *value))
            .filter(|(name, value)| value.is_some() || new(name))
            .collect();
        if rows.is_empty() {
            return Ok(0);
        }
        let owner = match entry.and_then(|entry| entry.owner) {
            Some(owner) => owner,
            None => self.make(key, kind)?,
        };
        self.insert_items(owner, &rows)?;
        self.ledger.add(bytes, keys);
        Ok(items.keys().filter(|name| new(name)).count())
    }

    /// Writes a set in the place of what was there, if there is room. No members are no set.
    pub(crate) fn store_set(
        &self,
        key: &[u8],
        old: Option<&Entry>,
        items: &Items<'_>,
    ) -> Result<(), Failure> {
        check(key, items)?;
        let weights = items.iter().map(|(name, value)| weight_of_item(name, *value));
        let bytes = weight(key, 0) + weights.sum::<i64>();
        let before = old.map_or(Ok(0), |entry| self.weigh(key, entry))?;
        if !items.is_empty() {
            self.reserve(bytes - before, i64::from(old.is_none()))?;
        }
        if let Some(entry) = old {
            self.delete(key, entry)?;
        }
        if !items.is_empty() {
            let owner = self.make(key, Kind::Set)?;
            self.insert_items(
                owner,
                &items.iter().map(|(name, value)| (*name, *value)).collect::<Vec<_>>(),
            )?;
            self.ledger.add(bytes, 1);
        }
        Ok(())
    }

    /// Makes a key that has no items yet: they must follow.
    fn make(&self, key: &[u8], kind: Kind) -> Result<i64, StoreError> {
        let owner = self.number(NEXT_OWNER, &[])?;
        self.insert(key, kind, None, Some(owner), None)?;
        Ok(owner)
    }

    fn insert_items(&self, owner: i64, rows: &[(&[u8], Option<&[u8]>)]) -> Result<(), StoreError> {
        for rows in rows.chunks(ROWS) {
            let mut params = Vec::new();
            for (name, value) in rows {
                let value = value.map_or(Value::Null, blob);
                params.extend([owner.into(), slot::value(name), blob(name), value]);
            }
            let sql = format!("{INSERT}{}{REPLACE}", places(rows.len(), 4));
            self.sql.run(&sql, &params)?;
        }
        Ok(())
    }

    /// Takes items from a key, which goes with the last of them: how many were there.
    pub(crate) fn take(
        &self,
        key: &[u8],
        entry: &Entry,
        names: &[&[u8]],
    ) -> Result<usize, StoreError> {
        let wanted: BTreeSet<&[u8]> = names.iter().copied().collect();
        let there = self.lengths(entry, names)?;
        let (owner, mut taken) = (owner(entry), 0);
        for (name, length) in there.iter().filter(|(name, _)| wanted.contains(name.as_slice())) {
            self.sql.run(DELETE, &[owner.into(), slot::value(name), blob(name)])?;
            self.ledger.add(-(ITEM + name.len() as i64 + length), 0);
            taken += 1;
        }
        if taken > 0 && self.number(ANY, &[owner.into()])? == 0 {
            self.delete(key, entry)?;
        }
        Ok(taken)
    }

    pub(super) fn delete_items_of(&self, owner: i64) -> Result<(), StoreError> {
        self.sql.run(DELETE_ALL, &[owner.into()])
    }

    /// Copies all items, to an owner that it answers.
    pub(super) fn copy_items(&self, owner: i64) -> Result<i64, StoreError> {
        let copy = self.number(NEXT_OWNER, &[])?;
        self.sql.run(COPY, &[copy.into(), owner.into()])?;
        Ok(copy)
    }
}

/// An entry that has none holds no items: 0 is nobody's number.
fn owner(entry: &Entry) -> i64 {
    entry.owner.unwrap_or(0)
}

fn found(rows: Vec<Row>) -> Vec<Found> {
    let found = |mut row: Row| Found {
        slot: integer(&row, 0),
        name: bytes(&mut row, 1),
        kind: None,
        value: bytes(&mut row, 2),
    };
    rows.into_iter().map(found).collect()
}

fn check(key: &[u8], items: &Items<'_>) -> Result<(), Failure> {
    check_key(key)?;
    let length = |name: &[u8], value: Option<&[u8]>| name.len() + value.map_or(0, <[u8]>::len);
    items.iter().try_for_each(|(name, value)| check_length(length(name, *value)))
}

fn weight_of_item(name: &[u8], value: Option<&[u8]>) -> i64 {
    ITEM + (name.len() + value.map_or(0, <[u8]>::len)) as i64
}
