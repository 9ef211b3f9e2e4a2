//! Produce: a body into records, and what became of each into an answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use presence::store::MAX_INTEGER;
use serde::Serialize;
use serde_json::value::RawValue;

use super::json::{compact, kind};
use super::schema::{self, Shaped};
use super::{Outcome, Refusal};
use crate::config::{MAX_RECORDS, MAX_REQUEST};
use crate::http::Answer;

/// How keys and values are written in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, stored as its text: a string keeps its quotes.
    Json,
    /// Base64, with padding.
    Binary,
    /// Strings, stored as their UTF-8.
    Text,
}

impl Format {
    /// The format of exactly this content type: the bridge knows no parameters either.
    pub fn of(content_type: &str) -> Option<Self> {
        match content_type {
            "application/vnd.kafka.json.v2+json" => Some(Self::Json),
            "application/vnd.kafka.binary.v2+json" => Some(Self::Binary),
            "application/vnd.kafka.text.v2+json" => Some(Self::Text),
            _ => None,
        }
    }
}

/// A record as a producer hands it over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRecord {
    /// What picks the partition.
    pub key: Option<Vec<u8>>,
    /// What it says; nothing in a tombstone.
    pub value: Option<Vec<u8>>,
    /// The partition that it must go to.
    pub partition: Option<u32>,
    /// When it happened, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// What is said about it.
    pub headers: Vec<Header>,
}

/// A header of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name; there may be several of one name.
    pub key: String,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// The records of a request to a topic, or, with `partition` as it stands in the path, to one of its partitions.
pub fn read(
    content_type: Option<&str>,
    body: &[u8],
    partition: Option<&str>,
) -> Result<Vec<NewRecord>, Refusal> {
    if body.is_empty() {
        return Err(Refusal::NoBody);
    }
    let format = content_type.and_then(Format::of).ok_or(Refusal::Unsupported)?;
    if body.len() > MAX_REQUEST {
        return Err(Refusal::TooLarge);
    }
    let records = schema::records(body, partition.is_some())?.ok_or(Refusal::NoRecords)?;
    if records.len() > MAX_RECORDS {
        return Err(Refusal::TooLarge);
    }
    let partition = partition.map(number).transpose()?;
    let with_partition = |(index, shaped): (usize, Shaped<'_>)| {
        let shaped = Shaped { partition: partition.or(shaped.partition), ..shaped };
        record(&shaped, format, index)
    };
    records.into_iter().enumerate().map(with_partition).collect()
}

/// The answer to a request whose records fared so.
pub fn write(offsets: &[Outcome]) -> Answer {
    #[derive(Serialize)]
    struct Body<'a> {
        offsets: &'a [Outcome],
    }
    Answer::json(200, &Body { offsets })
}

/// The partition in a path.
fn number(partition: &str) -> Result<i32, Refusal> {
    let invalid = |_| Refusal::Invalid("Specified partition is not a valid number".into());
    partition.parse().map_err(invalid)
}

fn record(shaped: &Shaped<'_>, format: Format, index: usize) -> Result<NewRecord, Refusal> {
    let key = shaped.key.map(|raw| field("key", raw, format, index)).transpose()?.flatten();
    let value = field("value", shaped.value, format, index)?;
    let headers =
        shaped.headers.iter().map(|header| header_of(header, index)).collect::<Result<_, _>>()?;
    Ok(NewRecord {
        key,
        value,
        partition: shaped.partition.map(partition_number).transpose()?,
        timestamp: shaped.timestamp.map(timestamp).transpose()?,
        headers,
    })
}

/// The bytes of a key or a value.
fn field(
    name: &str,
    raw: &RawValue,
    format: Format,
    index: usize,
) -> Result<Option<Vec<u8>>, Refusal> {
    match (format, kind(raw)) {
        (Format::Json, "string") => string(raw).map(|text| Some(quoted(&text))),
        (Format::Json, _) => Ok(Some(compact(raw.get()).0.into_bytes())),
        (Format::Binary, "null") => Ok(None),
        (Format::Binary, "string") => decode(name, &string(raw)?, index).map(Some),
        (Format::Binary, _) => Err(not_base64(name, index)),
        (Format::Text, "string") => string(raw).map(|text| Some(text.into_bytes())),
        (Format::Text, _) => Err(Refusal::Invalid(format!(
            "Because the embedded format is 'text', the {name} must be a string"
        ))),
    }
}

fn string(raw: &RawValue) -> Result<String, Refusal> {
    serde_json::from_str(raw.get()).map_err(|_| Refusal::Undecodable)
}

/// The text as JSON, spelled in one way however the sender escaped it: the same key has the same partition.
fn quoted(text: &str) -> Vec<u8> {
    serde_json::to_vec(text).unwrap_or_default()
}

fn decode(name: &str, text: &str, index: usize) -> Result<Vec<u8>, Refusal> {
    STANDARD.decode(text).map_err(|_| not_base64(name, index))
}

fn not_base64(name: &str, index: usize) -> Refusal {
    Refusal::Invalid(format!(
        "Because the embedded format is 'binary', the {name} of record {index} must be base64 with padding"
    ))
}

fn header_of((key, value): &(String, String), index: usize) -> Result<Header, Refusal> {
    let not_base64 = |_| {
        Refusal::Invalid(format!("The header values of record {index} must be base64 with padding"))
    };
    let value = STANDARD.decode(value).map_err(not_base64)?;
    Ok(Header { key: key.clone(), value })
}

fn partition_number(partition: i32) -> Result<u32, Refusal> {
    let negative = |_| {
        Refusal::Invalid(format!(
            "Invalid partition: {partition}. Partition number should always be non-negative or null."
        ))
    };
    u32::try_from(partition).map_err(negative)
}

fn timestamp(timestamp: i64) -> Result<i64, Refusal> {
    if timestamp < 0 {
        return Err(Refusal::Invalid(format!(
            "Invalid timestamp: {timestamp}. Timestamp should always be non-negative or null."
        )));
    }
    // What storage can keep: some 285,000 years.
    if timestamp > MAX_INTEGER {
        return Err(Refusal::Invalid(format!(
            "Invalid timestamp: {timestamp}. The latest is {MAX_INTEGER}."
        )));
    }
    Ok(timestamp)
}
