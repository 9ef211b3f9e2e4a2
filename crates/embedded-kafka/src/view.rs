//! What readers are shown, as JSON.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::config::{Config, MAX_MESSAGE};
use crate::log::{Partition, Record, Topic};
use crate::protocol::{Header, readable};

/// The one broker.
const BROKER: u32 = 1;

/// A record. `key`, `value` and header values are base64, as in the proxy's binary format; `null` for none.
#[derive(Serialize)]
struct RecordView<'a> {
    topic: &'a str,
    partition: u32,
    offset: i64,
    timestamp: i64,
    key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_text: Option<&'a str>,
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_json: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Vec<HeaderView<'a>>,
}

#[derive(Serialize)]
struct HeaderView<'a> {
    key: &'a str,
    value: String,
}

impl<'a> RecordView<'a> {
    fn of(record: &'a Record) -> Self {
        let value_text = text(record.value.as_deref());
        let value_json = value_text.and_then(readable);
        Self {
            topic: &record.topic,
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.as_ref().map(|key| STANDARD.encode(key)),
            key_text: text(record.key.as_deref()),
            value: record.value.as_ref().map(|value| STANDARD.encode(value)),
            value_text: value_text.filter(|_| value_json.is_none()),
            value_json,
            headers: record.headers.iter().map(HeaderView::of).collect(),
        }
    }
}

impl<'a> HeaderView<'a> {
    fn of(header: &'a Header) -> Self {
        Self { key: &header.key, value: STANDARD.encode(&header.value) }
    }
}

fn text(bytes: Option<&[u8]>) -> Option<&str> {
    bytes.and_then(|bytes| std::str::from_utf8(bytes).ok())
}

/// A record in one line of JSON.
pub(crate) fn line(record: &Record) -> String {
    serde_json::to_string(&RecordView::of(record)).unwrap_or_default()
}

/// A part of a partition.
#[derive(Serialize)]
pub(crate) struct Page<'a> {
    topic: &'a str,
    partition: u32,
    beginning_offset: i64,
    end_offset: i64,
    next_offset: i64,
    messages: Vec<RecordView<'a>>,
}

impl<'a> Page<'a> {
    /// What was read of a partition from an offset on.
    pub(crate) fn of(
        topic: &'a Topic,
        partition: &Partition,
        from: i64,
        records: &'a [Record],
    ) -> Self {
        Self {
            topic: &topic.name,
            partition: partition.number,
            beginning_offset: partition.beginning,
            end_offset: partition.ending,
            next_offset: records.last().map_or(from, |record| record.offset + 1),
            messages: records.iter().map(RecordView::of).collect(),
        }
    }
}

/// Where a partition begins and ends.
#[derive(Serialize)]
pub(crate) struct Offsets {
    beginning_offset: i64,
    end_offset: i64,
}

impl Offsets {
    pub(crate) fn of(partition: &Partition) -> Self {
        Self { beginning_offset: partition.beginning, end_offset: partition.ending }
    }
}

/// A topic as the bridge describes it.
#[derive(Serialize)]
pub(crate) struct TopicView<'a> {
    name: &'a str,
    configs: BTreeMap<&'static str, String>,
    partitions: Vec<PartitionView>,
}

impl<'a> TopicView<'a> {
    pub(crate) fn of(topic: &'a Topic, config: &Config) -> Self {
        Self { name: &topic.name, configs: configs(config), partitions: partitions(topic) }
    }
}

/// What holds for every topic, by Kafka's names where there is one.
fn configs(config: &Config) -> BTreeMap<&'static str, String> {
    let retention = &config.retention;
    BTreeMap::from([
        ("cleanup.policy", "delete".to_owned()),
        ("max.message.bytes", MAX_MESSAGE.to_string()),
        ("message.timestamp.type", "CreateTime".to_owned()),
        ("min.insync.replicas", "1".to_owned()),
        ("retention.bytes", "-1".to_owned()),
        ("retention.bytes.of.all.topics", retention.bytes.to_string()),
        ("retention.ms", retention.age_ms.to_string()),
        ("retention.records", retention.records.to_string()),
    ])
}

/// A partition as the bridge describes it.
#[derive(Serialize)]
pub(crate) struct PartitionView {
    partition: u32,
    leader: u32,
    replicas: [Replica; 1],
}

#[derive(Serialize)]
struct Replica {
    broker: u32,
    leader: bool,
    in_sync: bool,
}

impl PartitionView {
    pub(crate) fn of(partition: u32) -> Self {
        let replica = Replica { broker: BROKER, leader: true, in_sync: true };
        Self { partition, leader: BROKER, replicas: [replica] }
    }
}

/// All partitions of a topic.
pub(crate) fn partitions(topic: &Topic) -> Vec<PartitionView> {
    (0..topic.partitions).map(PartitionView::of).collect()
}
