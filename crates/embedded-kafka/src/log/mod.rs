//! The log over its tables (`schema.rs` has them): topics, appending, reading, retention.

mod append;
mod head;
mod read;
mod retention;
mod row;
mod schema;
mod topics;

use presence::store::{Store, StoreError};

use crate::config::Config;
use crate::protocol::Header;

pub(crate) use read::Range;
pub(crate) use topics::{Partition, Topic};

/// A record as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The how manieth of the whole log, from 1: what a [`Cursor`] counts by.
    pub position: Cursor,
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: u32,
    /// The how manieth of its partition, from 0.
    pub offset: i64,
    /// When it happened, as the producer says, or else when it was stored; milliseconds since 1970.
    pub timestamp: i64,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value; nothing in a tombstone.
    pub value: Option<Vec<u8>>,
    /// What is said about it.
    pub headers: Vec<Header>,
}

/// Up to where a follower has seen the log: the position of the last record. 0 is before the first.
pub type Cursor = i64;

/// Whose records a follower is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Those of one topic, which need not be there yet; or of all.
    pub topic: Option<String>,
    /// Those of one of its partitions; or of all.
    pub partition: Option<u32>,
}

/// What a follower is told at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// In the order in which they were stored.
    pub records: Vec<Record>,
    /// Where to go on. It may lie behind the last record: what is between is not in scope.
    pub cursor: Cursor,
}

/// The log of a store.
pub(crate) struct Log<'a, S> {
    store: &'a S,
    config: &'a Config,
}

impl<'a, S: Store> Log<'a, S> {
    /// Brings the tables to the newest version, if there are any.
    pub(crate) fn upgrade(store: &S) -> Result<(), StoreError> {
        if schema::exists(store)? {
            store.transaction(|| schema::migrate(store))?;
        }
        Ok(())
    }

    /// The log, if anything was ever written to it.
    pub(crate) fn find(store: &'a S, config: &'a Config) -> Result<Option<Self>, StoreError> {
        Ok(schema::exists(store)?.then_some(Self { store, config }))
    }

    /// The log, made where it is not there. Within a transaction.
    pub(crate) fn make(store: &'a S, config: &'a Config) -> Result<Self, StoreError> {
        schema::migrate(store)?;
        Ok(Self { store, config })
    }
}
