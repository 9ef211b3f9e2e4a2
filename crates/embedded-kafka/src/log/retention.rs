//! What goes, and when: always from the front.

use presence::store::{Row, Store, StoreError, Value};

use super::head::Head;
use super::row::{integer, odd};
use super::topics::{Partition, Topic};
use super::{Cursor, Log};

const OLDEST: &str = "SELECT stored_at FROM records ORDER BY position LIMIT 1";
const OLDEST_AFTER: &str =
    "SELECT position, stored_at, size FROM records WHERE position > ? ORDER BY position LIMIT ?";
// The signs keep the index out, which would be gone through from end to end.
const GOING: &str = "SELECT topic, number, max(at), sum(size) FROM records WHERE position <= ? \
                     GROUP BY +topic, +number";
const BEGIN_AT: &str = "UPDATE partitions SET beginning = ? WHERE topic = ? AND number = ?";
const DELETE_TO: &str = "DELETE FROM records WHERE position <= ?";
const SIZE_BEFORE: &str = "SELECT sum(size) FROM records WHERE topic = ? AND number = ? AND at < ?";
const DELETE_BEFORE: &str = "DELETE FROM records WHERE topic = ? AND number = ? AND at < ?";

impl<S: Store> Log<'_, S> {
    /// When the oldest record is too old.
    pub(crate) fn next_due(&self) -> Result<Option<i64>, StoreError> {
        let rows = self.store.query(OLDEST, &[])?;
        let stored_at = rows.first().map(|row| integer(row, 0)).transpose()?;
        Ok(stored_at.map(|at| at + self.config.retention.age_ms))
    }

    /// Takes away what is too old, or too much by settings that are stricter than those it was written under. Within a
    /// transaction.
    pub(crate) fn expire(&self, now: i64) -> Result<(), StoreError> {
        let mut head = self.head()?;
        for topic in self.topics()? {
            for partition in self.partitions(&topic)? {
                self.trim_by_count(&topic, &partition, &mut head)?;
            }
        }
        self.trim_by_age_and_bytes(&mut head, now)?;
        self.save_head(&head)
    }

    /// Leaves a partition its newest records, as many as it may have.
    pub(super) fn trim_by_count(
        &self,
        topic: &Topic,
        partition: &Partition,
        head: &mut Head,
    ) -> Result<(), StoreError> {
        let beginning = partition.ending - i64::from(self.config.retention.records);
        if beginning <= partition.beginning {
            return Ok(());
        }
        let those: [Value; 3] =
            [topic.id.into(), i64::from(partition.number).into(), beginning.into()];
        let rows = self.store.query(SIZE_BEFORE, &those)?;
        head.bytes -= rows.first().map_or(Ok(0), |row| integer(row, 0))?;
        self.store.execute(DELETE_BEFORE, &those)?;
        self.save_partition(topic, &Partition { beginning, ..*partition })
    }

    /// Takes away the oldest records of the log while they are too old, or too many bytes.
    pub(super) fn trim_by_age_and_bytes(
        &self,
        head: &mut Head,
        now: i64,
    ) -> Result<(), StoreError> {
        let through = self.last_to_go(head, now.max(head.newest))?;
        if through == 0 {
            return Ok(());
        }
        for row in self.store.query(GOING, &[through.into()])? {
            head.bytes -= self.begin_after(&row)?;
        }
        self.store.execute(DELETE_TO, &[through.into()])
    }

    /// The position of the last record that must go; 0 if none must.
    fn last_to_go(&self, head: &Head, now: i64) -> Result<Cursor, StoreError> {
        let too_old = now - self.config.retention.age_ms;
        let mut surplus = head.bytes - self.config.retention.bytes;
        let mut through = 0;
        // Mostly the first one stays.
        let mut page = 1_i64;
        loop {
            let rows = self.store.query(OLDEST_AFTER, &[through.into(), page.into()])?;
            page = 1_000;
            if rows.is_empty() {
                return Ok(through);
            }
            for row in rows {
                let (position, stored_at, size) =
                    (integer(&row, 0)?, integer(&row, 1)?, integer(&row, 2)?);
                // The newest record stays, however large.
                let surplus_goes = surplus > 0 && position + 1 < head.next;
                if stored_at > too_old && !surplus_goes {
                    return Ok(through);
                }
                surplus -= size;
                through = position;
            }
        }
    }

    /// Moves a partition's beginning past what goes, and says how many bytes that is.
    fn begin_after(&self, going: &Row) -> Result<i64, StoreError> {
        let [topic, number, last, bytes] = going.as_slice() else { return Err(odd()) };
        let beginning = last.integer().ok_or_else(odd)? + 1;
        self.store.execute(BEGIN_AT, &[beginning.into(), topic.clone(), number.clone()])?;
        bytes.integer().ok_or_else(odd)
    }
}
