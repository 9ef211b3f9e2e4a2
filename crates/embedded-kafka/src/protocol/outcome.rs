//! What became of a record, in the words of the bridge.

use serde::Serialize;

use crate::topic;

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// It was stored.
    Stored {
        /// Where.
        partition: u32,
        /// As the how manieth, from 0.
        offset: i64,
    },
    /// It was not.
    Failed {
        /// 404 where topic or partition are not known, 500 where the record or the topic's name is refused for good.
        error_code: u16,
        /// Why.
        message: String,
    },
}

impl Outcome {
    /// It was not stored.
    pub fn failed(error_code: u16, message: impl Into<String>) -> Self {
        Self::Failed { error_code, message: message.into() }
    }

    /// No topic can have this name.
    pub fn illegal_topic(topic: &str) -> Self {
        Self::failed(500, format!("Invalid topics: [{}]", topic::shown(topic)))
    }

    /// The topic was not there, nor did it come while that was waited for.
    pub fn unknown_topic(topic: &str, waited_ms: u128) -> Self {
        Self::failed(404, format!("Topic {topic} not present in metadata after {waited_ms} ms."))
    }

    /// The topic has only `count` partitions.
    pub fn unknown_partition(topic: &str, partition: u32, count: u32, waited_ms: u128) -> Self {
        Self::failed(
            404,
            format!(
                "Partition {partition} of topic {topic} with partition count {count} is not present in metadata after {waited_ms} ms."
            ),
        )
    }

    /// Its size, by [`upper_bound`](super::upper_bound), is over the limit.
    pub fn too_large(size: usize, most: usize) -> Self {
        Self::failed(
            500,
            format!(
                "The message is {size} bytes when serialized which is larger than {most}, which is the value of the max.request.size configuration."
            ),
        )
    }
}
