//! Reading: a partition by offset, the log by position.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use presence::store::{MAX_INTEGER, Row, Store, StoreError, Value};

use super::row::{bytes, integer, odd};
use super::topics::Topic;
use super::{Batch, Cursor, Log, Record, Scope};
use crate::config::{MAX_COUNT, MAX_READ};
use crate::protocol::Header;

const SIZES_BY_OFFSET: &str = "SELECT at, size FROM records WHERE topic = ? AND number = ? AND at >= ? \
                               ORDER BY at LIMIT ?";
const BY_OFFSET: &str = "SELECT position, topic, number, at, timestamp, present, headers, key, value FROM records \
                         WHERE topic = ? AND number = ? AND at >= ? AND at <= ? ORDER BY at";
// The signs keep the index out: what is near the end is found by position, at once.
const SIZES_BY_POSITION: &str = "SELECT position, size FROM records WHERE position > ? \
                                 AND +topic BETWEEN ? AND ? AND +number BETWEEN ? AND ? \
                                 ORDER BY position LIMIT ?";
const BY_POSITION: &str = "SELECT position, topic, number, at, timestamp, present, headers, key, value FROM records \
                           WHERE position > ? AND position <= ? \
                           AND +topic BETWEEN ? AND ? AND +number BETWEEN ? AND ? ORDER BY position";
const POSITION_OF: &str = "SELECT position FROM records WHERE topic = ? AND number = ? AND at >= ? \
                           ORDER BY at LIMIT 1";

/// A part of a partition.
pub(crate) struct Range<'a> {
    pub(crate) topic: &'a Topic,
    pub(crate) partition: u32,
    /// From this offset.
    pub(crate) offset: i64,
    /// So many records, or fewer.
    pub(crate) count: usize,
}

impl<S: Store> Log<'_, S> {
    /// The records of a part of a partition, as far as they fit one answer.
    pub(crate) fn records(&self, range: &Range<'_>) -> Result<Vec<Record>, StoreError> {
        let of: [Value; 3] = [
            range.topic.id.into(),
            i64::from(range.partition).into(),
            range.offset.min(MAX_INTEGER).into(),
        ];
        let limit = Value::from(range.count.min(MAX_COUNT) as i64);
        let sizes = self.store.query(SIZES_BY_OFFSET, &with(&of, [limit]))?;
        let Fit { last: Some(last), .. } = fit(&sizes)? else { return Ok(Vec::new()) };
        let rows = self.store.query(BY_OFFSET, &with(&of, [last.into()]))?;
        let names = HashMap::from([(range.topic.id, range.topic.name.clone())]);
        rows.into_iter().map(|row| record(row, &names)).collect()
    }

    /// What came after `after`, as far as it fits one batch. A cursor that the log has not reached is one of a log
    /// that was here before: all that is in this one is news.
    pub(crate) fn tail(
        &self,
        scope: &Scope,
        after: Cursor,
        count: usize,
    ) -> Result<Batch, StoreError> {
        let newest = self.newest()?;
        let after = if (0..=newest).contains(&after) { after } else { 0 };
        let nothing = Batch { records: Vec::new(), cursor: newest };
        let Some(bounds) = self.bounds(scope)? else { return Ok(nothing) };
        let count = count.clamp(1, MAX_COUNT);
        let asked = with(&with(&[after.into()], bounds.clone()), [Value::from(count as i64)]);
        let sizes = self.store.query(SIZES_BY_POSITION, &asked)?;
        let found = fit(&sizes)?;
        let Some(last) = found.last else { return Ok(nothing) };
        let asked = with(&[after.into(), last.into()], bounds);
        let rows = self.store.query(BY_POSITION, &asked)?;
        let names = self.names()?;
        let records: Vec<_> =
            rows.into_iter().map(|row| record(row, &names)).collect::<Result<_, _>>()?;
        let all = found.whole && sizes.len() < count;
        Ok(Batch { records, cursor: if all { newest } else { last } })
    }

    /// The cursor of a follower who begins at an offset.
    pub(crate) fn cursor_at(
        &self,
        topic: &Topic,
        partition: u32,
        offset: i64,
    ) -> Result<Cursor, StoreError> {
        let at: [Value; 3] =
            [topic.id.into(), i64::from(partition).into(), offset.min(MAX_INTEGER).into()];
        match self.store.query(POSITION_OF, &at)?.first() {
            Some(row) => Ok(integer(row, 0)? - 1),
            None => self.newest(),
        }
    }

    /// From and to which topic, from and to which partition; `None` where the topic is not there yet.
    fn bounds(&self, scope: &Scope) -> Result<Option<[Value; 4]>, StoreError> {
        let topics = match &scope.topic {
            None => (0, MAX_INTEGER),
            Some(name) => match self.topic(name)? {
                None => return Ok(None),
                Some(topic) => (topic.id, topic.id),
            },
        };
        let partition = scope.partition.map(i64::from);
        let numbers = (partition.unwrap_or(0), partition.unwrap_or(MAX_INTEGER));
        Ok(Some([topics.0, topics.1, numbers.0, numbers.1].map(Value::from)))
    }
}

/// Parameters and some more.
fn with<const N: usize>(params: &[Value], more: [Value; N]) -> Vec<Value> {
    params.iter().cloned().chain(more).collect()
}

/// How much of what was found fits.
struct Fit {
    /// The number of the last that does, if anything was found.
    last: Option<i64>,
    /// Whether all does.
    whole: bool,
}

/// The first always fits.
fn fit(sizes: &[Row]) -> Result<Fit, StoreError> {
    let (mut last, mut bytes) = (None, 0);
    for row in sizes {
        bytes += integer(row, 1)?;
        if bytes > MAX_READ && last.is_some() {
            return Ok(Fit { last, whole: false });
        }
        last = Some(integer(row, 0)?);
    }
    Ok(Fit { last, whole: true })
}

fn record(mut row: Row, names: &HashMap<i64, String>) -> Result<Record, StoreError> {
    let present = integer(&row, 5)?;
    Ok(Record {
        position: integer(&row, 0)?,
        topic: names.get(&integer(&row, 1)?).cloned().ok_or_else(odd)?,
        partition: integer(&row, 2)? as u32,
        offset: integer(&row, 3)?,
        timestamp: integer(&row, 4)?,
        headers: headers(row.get(6))?,
        key: if present & 1 == 0 { None } else { Some(bytes(&mut row, 7)?) },
        value: if present & 2 == 0 { None } else { Some(bytes(&mut row, 8)?) },
    })
}

fn headers(stored: Option<&Value>) -> Result<Vec<Header>, StoreError> {
    let Some(text) = stored.and_then(Value::text) else { return Ok(Vec::new()) };
    let pairs: Vec<(String, String)> = serde_json::from_str(text).map_err(|_| odd())?;
    let header = |(key, value): (String, String)| {
        Ok(Header { key, value: STANDARD.decode(value).map_err(|_| odd())? })
    };
    pairs.into_iter().map(header).collect()
}
