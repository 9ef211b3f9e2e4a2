//! v3: `/v3/clusters/{cluster}/topics/{topic}/…`, one object a record.

pub(crate) mod batch;
pub(crate) mod cluster;
pub(crate) mod stream;

use serde::{Deserialize, Serialize};

use crate::wire::Base64;
use crate::{Header, Outcome, Record, classify};

/// What v3 speaks, both ways.
pub(crate) const JSON: &str = "application/json";

/// A record as it is written.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    headers: Vec<Named<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Data<'a>>,
    value: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    data: Base64<'a>,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    value: Base64<'a>,
}

impl<'a> Data<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { kind: "BINARY", data: Base64(bytes) }
    }
}

impl<'a> From<&'a Record> for Written<'a> {
    fn from(record: &'a Record) -> Self {
        let named = |header: &'a Header| Named { name: &header.name, value: Base64(&header.value) };
        Self {
            headers: record.headers.iter().map(named).collect(),
            key: record.key.as_deref().map(Data::new),
            value: Data::new(&record.value),
        }
    }
}

/// Where a record is.
#[derive(Deserialize)]
struct Place {
    partition_id: Option<i32>,
    offset: Option<i64>,
}

impl Place {
    /// `None` if it is no place.
    fn delivered(&self) -> Option<Outcome> {
        match (self.partition_id, self.offset) {
            (Some(partition @ 0..), Some(offset @ 0..)) => {
                Some(Outcome::Delivered { partition, offset })
            }
            _ => None,
        }
    }
}

/// What an error means for its record.
fn failed(code: i64, message: Option<&str>) -> Outcome {
    classify::record(Some(code), message.unwrap_or_default())
}
