//! v2: `/topics/{topic}`, the records in one object, an entry of `offsets` for each.
//!
//! Only what all proxies take is sent: `key` (left out where there is none: a null would be refused or
//! stored as a word) and `value`.

use redis_rest::{HttpRequest, HttpResponse};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::said::{Next, Said, miscounted};
use crate::wire::{Base64, parse, post};
use crate::{Doubt, Outcome, Record, Settings, classify, whole};

const ACCEPT: &str = "application/vnd.kafka.v2+json";
/// Compared as a string by Strimzi's bridge: nothing may follow.
const CONTENT_TYPE: &str = "application/vnd.kafka.binary.v2+json";

#[derive(Serialize)]
struct Body<'a> {
    records: Vec<Written<'a>>,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Base64<'a>>,
    value: Base64<'a>,
}

/// The request that carries these records.
pub(crate) fn request(
    settings: &Settings,
    topic: &str,
    records: &[Record],
) -> serde_json::Result<HttpRequest> {
    let records = records.iter().map(|record| Written {
        key: record.key.as_deref().map(Base64),
        value: Base64(&record.value),
    });
    let body = serde_json::to_vec(&Body { records: records.collect() })?;
    Ok(post(settings, &format!("/topics/{topic}"), [ACCEPT, CONTENT_TYPE], body))
}

#[derive(Deserialize)]
struct Offsets {
    offsets: Vec<Entry>,
}

/// What a proxy says of a record. Karapace and Confluent word an `error`, Strimzi a `message`.
#[derive(Deserialize)]
struct Entry {
    partition: Option<i32>,
    offset: Option<i64>,
    error_code: Option<i64>,
    error: Option<String>,
    message: Option<String>,
}

impl Entry {
    /// Zero is Kafka's own code for no error.
    fn error(&self) -> Option<(Option<i64>, &str)> {
        let code = self.error_code.filter(|code| *code != 0);
        let words = self.error.as_deref().filter(|words| !words.is_empty());
        if code.is_none() && words.is_none() {
            return None;
        }
        Some((code, words.or(self.message.as_deref()).unwrap_or_default()))
    }

    /// Redpanda's errors name a partition. They are about all records that went there.
    fn is_about_partition(&self) -> bool {
        self.partition.is_some() && self.error().is_some()
    }

    /// `None` if it is neither a place nor an error.
    fn outcome(&self) -> Option<Outcome> {
        match (self.error(), self.partition, self.offset) {
            (Some((code, words)), Some(_), _) => Some(classify::by_partition(code, words)),
            (Some((code, words)), None, _) => Some(classify::record(code, words)),
            (None, Some(partition @ 0..), Some(offset @ 0..)) => {
                Some(Outcome::Delivered { partition, offset })
            }
            _ => None,
        }
    }
}

/// What an answer says of the `count` records of a request.
pub(crate) fn read(answer: &HttpResponse, count: usize) -> Said {
    match answer.status {
        200..=299 => entries(&answer.body, count),
        408 | 413 | 429 => whole::said(answer, count),
        // 401, 403 (Confluent) and 422 (Karapace) say that one of the records failed.
        400..=499 if may_be_entries(&answer.body) => entries(&answer.body, count),
        _ => whole::said(answer, count),
    }
}

/// Also where it is cut off: then some may have been taken.
fn may_be_entries(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Peek {
        offsets: Option<IgnoredAny>,
    }
    match serde_json::from_slice::<Peek>(body) {
        Ok(peek) => peek.offsets.is_some(),
        Err(_) => body.trim_ascii_start().starts_with(b"{"),
    }
}

fn entries(body: &[u8], count: usize) -> Said {
    let entries = match parse::<Offsets>(body) {
        Ok(Offsets { offsets }) => offsets,
        Err(unread) => return Said::all(&unread, count),
    };
    let got = entries.len();
    if got != count {
        let said = Said::all(&miscounted(count, got), count);
        // Redpanda has one entry for all records that went to one partition.
        return if (1..count).contains(&got) { said.then(Next::Alone) } else { said };
    }
    if count > 1 && entries.iter().any(Entry::is_about_partition) {
        let reason = "the answer is about partitions, not records".to_owned();
        let outcome = Outcome::Unknown { kind: Doubt::ByPartition, reason };
        return Said::all(&outcome, count).then(Next::Alone);
    }
    let outcomes: Option<Vec<Outcome>> = entries.iter().map(Entry::outcome).collect();
    outcomes.map_or_else(|| Said::all(&no_offset(), count), Said::each)
}

/// Neither a place nor an error.
pub(crate) fn no_offset() -> Outcome {
    let reason = "no offset for a record: does the proxy wait for Kafka (acks=all)?".to_owned();
    Outcome::Unknown { kind: Doubt::NoOffset, reason }
}
