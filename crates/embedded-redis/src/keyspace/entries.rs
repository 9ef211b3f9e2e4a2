//! Keys, and the values of strings.

use presence::store::{Row, StoreError, Value};

use super::ledger::{ENTRY, ITEM};
use super::{Keyspace, blob, bytes, integer, maybe, slot};
use crate::failure::Failure;
use crate::limits::{MAX_KEY, MAX_VALUE};

const FIND: &str = "SELECT kind, owner, expires, LENGTH(value) FROM entries \
    WHERE slot = ? AND key = ?";
const READ: &str = "SELECT kind, owner, expires, LENGTH(value), value FROM entries \
    WHERE slot = ? AND key = ?";
const WRITE: &str = "INSERT INTO entries (slot, key, kind, value, owner, expires) \
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (slot, key) DO UPDATE SET kind = excluded.kind, \
    value = excluded.value, owner = excluded.owner, expires = excluded.expires";
const COPY_TEXT: &str = "INSERT INTO entries (slot, key, kind, value, expires) \
    SELECT ?, ?, kind, value, expires FROM entries WHERE slot = ? AND key = ?";
const DELETE: &str = "DELETE FROM entries WHERE slot = ? AND key = ?";
const DELETE_ALL: [&str; 2] = ["DELETE FROM items", "DELETE FROM entries"];
const PAGE: &str = "SELECT slot, key, kind FROM entries WHERE slot >= ? ORDER BY slot, key LIMIT ?";
const NTH: &str = "SELECT key FROM entries LIMIT 1 OFFSET ?";

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Set,
    Hash,
}

impl Kind {
    /// Its name, to `TYPE` and in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Set => "set",
            Self::Hash => "hash",
        }
    }

    fn read(row: &Row, column: usize) -> Self {
        match row.get(column).and_then(Value::text) {
            Some("set") => Self::Set,
            Some("hash") => Self::Hash,
            _ => Self::Text,
        }
    }
}

/// A key that is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    /// Of a set or a hash: where its items are.
    pub(super) owner: Option<i64>,
    /// The last moment, in ms.
    pub(crate) expires: Option<i64>,
    /// Of a string: its length in bytes.
    pub(crate) length: i64,
}

impl Entry {
    fn read(row: &Row) -> Self {
        let (owner, expires) = (maybe(row, 1), maybe(row, 2));
        Self { kind: Kind::read(row, 0), owner, expires, length: integer(row, 3) }
    }
}

/// A string that is there.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) entry: Entry,
    pub(crate) value: Vec<u8>,
}

fn name(key: &[u8]) -> [Value; 2] {
    [slot::value(key), blob(key)]
}

impl Keyspace<'_> {
    /// A key, whatever it holds.
    pub(crate) fn find(&self, key: &[u8]) -> Result<Option<Entry>, StoreError> {
        Ok(self.sql.rows(FIND, &name(key))?.first().map(Entry::read))
    }

    /// A key that must hold this kind if it is there.
    pub(crate) fn find_kind(&self, key: &[u8], kind: Kind) -> Result<Option<Entry>, Failure> {
        match self.find(key)? {
            Some(entry) if entry.kind != kind => Err(Failure::wrong_type()),
            found => Ok(found),
        }
    }

    /// A string with its value.
    pub(crate) fn read(&self, key: &[u8]) -> Result<Option<Text>, Failure> {
        let mut rows = self.sql.rows(READ, &name(key))?;
        let Some(row) = rows.first_mut() else { return Ok(None) };
        let entry = Entry::read(row);
        if entry.kind != Kind::Text {
            return Err(Failure::wrong_type());
        }
        Ok(Some(Text { entry, value: bytes(row, 4) }))
    }

    /// What a key that is there takes, in bytes.
    pub(crate) fn weigh(&self, key: &[u8], entry: &Entry) -> Result<i64, StoreError> {
        let of_items = match entry.owner {
            Some(owner) => {
                let (count, bytes) = self.count_and_bytes(owner)?;
                ITEM * count + bytes
            }
            None => 0,
        };
        Ok(weight(key, entry.length) + of_items)
    }

    /// Whether a string can be written there: how much grows, in bytes and keys.
    pub(crate) fn growth(
        &self,
        key: &[u8],
        old: Option<&Entry>,
        length: usize,
    ) -> Result<(i64, i64), Failure> {
        check_key(key)?;
        check_length(length)?;
        let before = old.map_or(Ok(0), |entry| self.weigh(key, entry))?;
        Ok((weight(key, length as i64) - before, i64::from(old.is_none())))
    }

    /// Writes a string in the place of what was there, if there is room.
    pub(crate) fn write(
        &self,
        key: &[u8],
        old: Option<&Entry>,
        value: &[u8],
        expires: Option<i64>,
    ) -> Result<(), Failure> {
        let (bytes, keys) = self.growth(key, old, value.len())?;
        self.reserve(bytes, keys)?;
        if let Some(owner) = old.and_then(|entry| entry.owner) {
            self.delete_items_of(owner)?;
        }
        self.insert(key, Kind::Text, Some(value), None, expires)?;
        self.ledger.add(bytes, keys);
        Ok(())
    }

    /// Writes the row alone.
    pub(super) fn insert(
        &self,
        key: &[u8],
        kind: Kind,
        value: Option<&[u8]>,
        owner: Option<i64>,
        expires: Option<i64>,
    ) -> Result<(), StoreError> {
        let [slot, key] = name(key);
        let value = value.map_or(Value::Null, blob);
        let expires = self.deadline(expires);
        self.sql.run(WRITE, &[slot, key, kind.name().into(), value, owner.into(), expires])
    }

    /// Deletes a key that is there.
    pub(crate) fn delete(&self, key: &[u8], entry: &Entry) -> Result<(), StoreError> {
        let bytes = self.weigh(key, entry)?;
        if let Some(owner) = entry.owner {
            self.delete_items_of(owner)?;
        }
        self.delete_row(key)?;
        self.ledger.add(-bytes, -1);
        Ok(())
    }

    fn delete_row(&self, key: &[u8]) -> Result<(), StoreError> {
        self.sql.run(DELETE, &name(key))
    }

    /// Gives a key another name, under which nothing may be.
    pub(crate) fn rename(&self, from: &[u8], entry: &Entry, to: &[u8]) -> Result<(), StoreError> {
        if let Some(owner) = entry.owner {
            self.insert(to, entry.kind, None, Some(owner), entry.expires)?;
        } else {
            self.copy_text(from, to)?;
        }
        self.delete_row(from)?;
        self.ledger.add(to.len() as i64 - from.len() as i64, 0);
        Ok(())
    }

    /// Copies a key to a name under which nothing may be.
    pub(crate) fn copy(&self, from: &[u8], entry: &Entry, to: &[u8]) -> Result<(), StoreError> {
        let bytes = self.weigh(from, entry)? + to.len() as i64 - from.len() as i64;
        if let Some(owner) = entry.owner {
            let copy = self.copy_items(owner)?;
            self.insert(to, entry.kind, None, Some(copy), entry.expires)?;
        } else {
            self.copy_text(from, to)?;
            self.deadline(entry.expires);
        }
        self.ledger.add(bytes, 1);
        Ok(())
    }

    fn copy_text(&self, from: &[u8], to: &[u8]) -> Result<(), StoreError> {
        let ([slot_of_from, from], [slot_of_to, to]) = (name(from), name(to));
        self.sql.run(COPY_TEXT, &[slot_of_to, to, slot_of_from, from])
    }

    /// Deletes everything.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        for statement in DELETE_ALL {
            self.sql.run(statement, &[])?;
        }
        self.ledger.clear();
        Ok(())
    }

    /// Keys from `slot` on, at most `limit`: their slots, names and kinds.
    pub(crate) fn page(&self, slot: i64, limit: i64) -> Result<Vec<Found>, StoreError> {
        let rows = self.sql.rows(PAGE, &[slot.into(), limit.into()])?;
        let found = |mut row: Row| Found {
            slot: integer(&row, 0),
            name: bytes(&mut row, 1),
            kind: Some(Kind::read(&row, 2)),
            value: Vec::new(),
        };
        Ok(rows.into_iter().map(found).collect())
    }

    /// The key at this place.
    pub(crate) fn nth(&self, place: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut rows = self.sql.rows(NTH, &[place.into()])?;
        Ok(rows.first_mut().map(|row| bytes(row, 0)))
    }
}

/// A row that a scan came by.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) slot: i64,
    pub(crate) name: Vec<u8>,
    /// Of a key.
    pub(crate) kind: Option<Kind>,
    /// Of a hash's field.
    pub(crate) value: Vec<u8>,
}

/// What a key takes besides its items.
pub(super) fn weight(key: &[u8], length: i64) -> i64 {
    ENTRY + key.len() as i64 + length
}

pub(crate) fn check_key(key: &[u8]) -> Result<(), Failure> {
    if key.len() <= MAX_KEY { Ok(()) } else { Err(Failure::key_too_long()) }
}

pub(crate) fn check_length(length: usize) -> Result<(), Failure> {
    if length <= MAX_VALUE { Ok(()) } else { Err(Failure::value_too_long()) }
}
