//! Topics and their partitions.

use std::collections::HashMap;

use presence::store::{Row, Store, StoreError, Value};

use super::Log;
use super::row::{integer, text};
use crate::topic;

const FIND: &str = "SELECT name, id, partitions FROM topics WHERE name = ?";
const ALL: &str = "SELECT name, id, partitions FROM topics ORDER BY name";
const MAKE: &str = "INSERT INTO topics (name, id, partitions) VALUES (?, ?, ?)";
const PARTITIONS: &str =
    "SELECT number, beginning, ending FROM partitions WHERE topic = ? ORDER BY number";
const MAKE_PARTITION: &str =
    "INSERT INTO partitions (topic, number, beginning, ending) VALUES (?, ?, 0, 0)";
const SAVE_PARTITION: &str =
    "UPDATE partitions SET beginning = ?, ending = ? WHERE topic = ? AND number = ?";

/// A topic.
#[derive(Clone, Debug)]
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(super) id: i64,
    pub(crate) partitions: u32,
}

/// A partition: it holds the offsets from `beginning` to before `ending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) number: u32,
    pub(crate) beginning: i64,
    pub(crate) ending: i64,
}

/// Why a topic cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmakeable {
    /// Another topic has this name but for dots and underscores.
    Collides,
    /// There are as many as there may be.
    TooMany,
}

fn topic(row: &Row) -> Result<Topic, StoreError> {
    let (name, id, partitions) = (text(row, 0)?, integer(row, 1)?, integer(row, 2)?);
    Ok(Topic { name, id, partitions: partitions as u32 })
}

impl<S: Store> Log<'_, S> {
    /// All topics by name.
    pub(crate) fn topics(&self) -> Result<Vec<Topic>, StoreError> {
        self.store.query(ALL, &[])?.iter().map(topic).collect()
    }

    /// The topic of that name.
    pub(crate) fn topic(&self, name: &str) -> Result<Option<Topic>, StoreError> {
        self.store.query(FIND, &[name.into()])?.first().map(topic).transpose()
    }

    /// The names of topics by their numbers.
    pub(super) fn names(&self) -> Result<HashMap<i64, String>, StoreError> {
        Ok(self.topics()?.into_iter().map(|topic| (topic.id, topic.name)).collect())
    }

    /// Makes a topic of that legal name, which is not there yet.
    pub(super) fn make_topic(&self, name: &str) -> Result<Result<Topic, Unmakeable>, StoreError> {
        let topics = self.topics()?;
        let key = topic::collision_key(name);
        if topics.iter().any(|other| topic::collision_key(&other.name) == key) {
            return Ok(Err(Unmakeable::Collides));
        }
        if topics.len() >= self.config.max_topics as usize {
            return Ok(Err(Unmakeable::TooMany));
        }
        let id = topics.iter().map(|topic| topic.id).max().unwrap_or(0) + 1;
        let partitions = self.config.partitions;
        self.store.execute(MAKE, &[name.into(), id.into(), i64::from(partitions).into()])?;
        for number in 0..partitions {
            self.store.execute(MAKE_PARTITION, &[id.into(), i64::from(number).into()])?;
        }
        Ok(Ok(Topic { name: name.to_owned(), id, partitions }))
    }

    /// The partitions of a topic, by number.
    pub(crate) fn partitions(&self, topic: &Topic) -> Result<Vec<Partition>, StoreError> {
        let rows = self.store.query(PARTITIONS, &[topic.id.into()])?;
        let partition = |row: &Row| {
            let (number, beginning, ending) =
                (integer(row, 0)?, integer(row, 1)?, integer(row, 2)?);
            Ok(Partition { number: number as u32, beginning, ending })
        };
        rows.iter().map(partition).collect()
    }

    pub(super) fn save_partition(
        &self,
        topic: &Topic,
        partition: &Partition,
    ) -> Result<(), StoreError> {
        let numbers =
            [partition.beginning, partition.ending, topic.id, i64::from(partition.number)];
        self.store.execute(SAVE_PARTITION, &numbers.map(Value::from))
    }
}
