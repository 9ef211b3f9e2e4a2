//! Which users exist: written once in a user's life, in one of 64 shards, so that scheduled tasks
//! find everyone without trusting a projection.

use crate::ids::UserId;
use crate::store::{Store, StoreError, Value};
use crate::time::Millis;

/// The number of shards, for ever: a user's shard must never change.
pub const SHARDS: u32 = 64;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, since INTEGER NOT NULL) \
    STRICT, WITHOUT ROWID";
const CREATE_PROBE: &str = "CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) \
    STRICT, WITHOUT ROWID";
const REGISTER: &str = "INSERT INTO users (id, since) VALUES (?, ?) ON CONFLICT (id) DO NOTHING";
const LIST: &str = "SELECT id FROM users WHERE id > ? ORDER BY id LIMIT ?";
const PROBE: &str =
    "INSERT INTO probe (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at";
const PROBED: &str = "SELECT at FROM probe WHERE id = 1";

/// The shard that knows `user`: FNV-1a, 64 bits, modulo [`SHARDS`].
pub fn shard_of(user: &UserId) -> u32 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = user.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, step);
    (hash % u64::from(SHARDS)) as u32
}

/// One shard.
pub struct Directory<S: Store> {
    store: S,
}

impl<S: Store> Directory<S> {
    /// Reads nothing and creates nothing.
    pub fn new(store: S) -> Self {
        Self { store }
    }

    /// Enters a user; a second time changes nothing.
    pub fn register(&self, user: &UserId, now: Millis) -> Result<(), StoreError> {
        self.store.execute(CREATE, &[])?;
        self.store.execute(REGISTER, &[user.as_str().into(), now.into()])
    }

    /// A page of users, in order, after `after`.
    pub fn list(&self, after: Option<&UserId>, limit: i64) -> Result<Vec<UserId>, StoreError> {
        self.store.execute(CREATE, &[])?;
        let after = after.map_or("", UserId::as_str);
        let rows = self.store.query(LIST, &[after.into(), limit.into()])?;
        let id = |row: &Vec<Value>| UserId::parse(row.first()?.text()?).ok();
        Ok(rows.iter().filter_map(id).collect())
    }

    /// A real write and read, for readiness.
    pub fn probe(&self, now: Millis) -> Result<(), StoreError> {
        self.store.execute(CREATE_PROBE, &[])?;
        self.store.execute(PROBE, &[now.into()])?;
        let rows = self.store.query(PROBED, &[])?;
        let read = rows.first().and_then(|row| row.first()).and_then(Value::integer);
        if read == Some(now.0) {
            Ok(())
        } else {
            Err(StoreError("read something else than was written".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::sqlite::SqliteStore;

    fn user(text: &str) -> UserId {
        UserId::parse(text).unwrap()
    }

    #[test]
    fn a_user_keeps_its_shard_for_ever() {
        let shards =
            ["ada", "grace", "9f1b8a3e-0c7d-4a51-9e2b-6d5c4b3a2f10"].map(|id| shard_of(&user(id)));
        assert_eq!(shards, [59, 11, 2]);
    }

    #[test]
    fn users_are_entered_once_and_listed_in_pages() {
        let directory = Directory::new(SqliteStore::in_memory().unwrap());
        for id in ["b", "a", "c", "a"] {
            directory.register(&user(id), Millis(1)).unwrap();
        }
        let first = directory.list(None, 2).unwrap();
        assert_eq!(first, [user("a"), user("b")]);
        assert_eq!(directory.list(first.last(), 2).unwrap(), [user("c")]);
    }

    #[test]
    fn a_probe_writes_and_reads() {
        let directory = Directory::new(SqliteStore::in_memory().unwrap());
        directory.probe(Millis(1)).unwrap();
        directory.probe(Millis(2)).unwrap();
    }
}
