//! Appending: records to their partitions, each with the next offset.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use presence::store::{Store, StoreError, Value};

use super::Log;
use super::head::Head;
use super::topics::{Partition, Topic, Unmakeable};
use crate::config::MAX_MESSAGE;
use crate::murmur2::partition_of;
use crate::protocol::{Header, NewRecord, Outcome, upper_bound};

const INSERT: &str = "INSERT INTO records (position, topic, number, at, stored_at, size, timestamp, present, \
                      headers, key, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// What a row takes besides its key, value and headers, about.
const ROW: usize = 64;

impl<S: Store> Log<'_, S> {
    /// Appends records to a topic of a legal name, which is made where it is not there, and keeps what is kept within its bounds.
    /// Within a transaction.
    pub(crate) fn append(
        &self,
        name: &str,
        records: &[NewRecord],
        now: i64,
    ) -> Result<Vec<Outcome>, StoreError> {
        let topic = match self.topic_for(name)? {
            Ok(topic) => topic,
            Err(failed) => return Ok(vec![failed; records.len()]),
        };
        let mut head = self.head()?;
        head.newest = head.newest.max(now);
        let mut partitions = self.partitions(&topic)?;
        let before = partitions.clone();
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            outcomes.push(match place(&topic, &partitions, record) {
                Ok(at) => self.append_one(&topic, &mut partitions, at, record, &mut head)?,
                Err(failed) => failed,
            });
        }
        let grown = partitions.iter().zip(&before).filter(|(now, before)| now != before);
        for (partition, _) in grown {
            self.save_partition(&topic, partition)?;
            self.trim_by_count(&topic, partition, &mut head)?;
        }
        self.trim_by_age_and_bytes(&mut head, now)?;
        self.save_head(&head)?;
        Ok(outcomes)
    }

    /// The topic, or what becomes of every record that was meant for it.
    fn topic_for(&self, name: &str) -> Result<Result<Topic, Outcome>, StoreError> {
        if let Some(topic) = self.topic(name)? {
            return Ok(Ok(topic));
        }
        let refused = |refused| match refused {
            Unmakeable::Collides => Outcome::illegal_topic(name),
            // As a broker that makes no topics: what waits for it may succeed some day.
            Unmakeable::TooMany => Outcome::failed(
                404,
                format!(
                    "Topic {name} not present in metadata after 0 ms: this log has {} topics and makes no more.",
                    self.config.max_topics
                ),
            ),
        };
        Ok(self.make_topic(name)?.map_err(refused))
    }

    fn append_one(
        &self,
        topic: &Topic,
        partitions: &mut [Partition],
        at: usize,
        record: &NewRecord,
        head: &mut Head,
    ) -> Result<Outcome, StoreError> {
        let Some(partition) = partitions.get_mut(at) else { return Err(super::row::odd()) };
        let headers = headers(&record.headers);
        let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
        let size = ROW
            + length(&record.key)
            + length(&record.value)
            + headers.as_ref().map_or(0, String::len);
        let row = [
            head.next.into(),
            topic.id.into(),
            i64::from(partition.number).into(),
            partition.ending.into(),
            head.newest.into(),
            (size as i64).into(),
            record.timestamp.unwrap_or(head.newest).into(),
            (i64::from(record.key.is_some()) | i64::from(record.value.is_some()) << 1).into(),
            Value::from(headers),
            Value::from(record.key.clone()),
            Value::from(record.value.clone()),
        ];
        self.store.execute(INSERT, &row)?;
        let stored = Outcome::Stored { partition: partition.number, offset: partition.ending };
        partition.ending += 1;
        head.next += 1;
        head.bytes += size as i64;
        Ok(stored)
    }
}

/// Which partition takes the record, or why none does, in the order in which the producer looks.
fn place(topic: &Topic, partitions: &[Partition], record: &NewRecord) -> Result<usize, Outcome> {
    let count = topic.partitions;
    let at = match (record.partition, &record.key) {
        (Some(partition), _) if partition >= count => {
            return Err(Outcome::unknown_partition(&topic.name, partition, count, 0));
        }
        (Some(partition), _) => partition,
        (None, Some(key)) => partition_of(key, count),
        (None, None) => next_in_turn(partitions),
    };
    let size = upper_bound(record);
    if size > MAX_MESSAGE {
        return Err(Outcome::too_large(size, MAX_MESSAGE));
    }
    Ok(at as usize)
}

/// Round robin for records without a key. What counts is how many records the topic ever took, so that a restart goes
/// on where it was without anything being stored for it.
fn next_in_turn(partitions: &[Partition]) -> u32 {
    let taken: i64 = partitions.iter().map(|partition| partition.ending).sum();
    taken.checked_rem(partitions.len() as i64).unwrap_or(0) as u32
}

/// Headers as JSON: `[["name","base64"],…]`; nothing for none.
fn headers(headers: &[Header]) -> Option<String> {
    let pairs: Vec<(&str, String)> =
        headers.iter().map(|header| (&*header.key, STANDARD.encode(&header.value))).collect();
    if pairs.is_empty() { None } else { serde_json::to_string(&pairs).ok() }
}
