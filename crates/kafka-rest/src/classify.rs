//! What a code and words mean for one record.
//!
//! A record is refused, and so thrown away, only on a code or on words that are known to be about the
//! record. Everything else waits: a fault that passes must not cost an event.

mod kafka;
pub(crate) mod words;

use words::Meaning;

use crate::wire::shorten;
use crate::{Ban, Doubt, Outcome, Passing, Refusal};

/// "Retriable", as Confluent and Karapace write it.
const RETRIABLE: [i64; 2] = [50_003, 2];

/// What an error of a proxy means for the record that it is about.
pub(crate) fn record(code: Option<i64>, text: &str) -> Outcome {
    let meaning = code.and_then(of_status).or_else(|| words::meaning(text));
    let meaning = match (meaning, code) {
        (Some(meaning), _) => meaning,
        (None, Some(code)) if RETRIABLE.contains(&code) => Meaning::Waits(Passing::Said),
        (None, _) => Meaning::Waits(Passing::Unrecognised),
    };
    outcome(meaning, code, text)
}

/// What an error of Redpanda's means for the record that went to its partition alone: its codes are
/// those of Kafka's protocol.
pub(crate) fn by_partition(code: Option<i64>, text: &str) -> Outcome {
    let Some(known) = code else { return record(code, text) };
    let meaning = kafka::meaning(known).or_else(|| words::meaning(text));
    outcome(meaning.unwrap_or(Meaning::Waits(Passing::Unrecognised)), code, text)
}

/// Codes are a status, or a status with digits of a proxy's own behind it: 404, 40403, 429001.
fn of_status(code: i64) -> Option<Meaning> {
    let mut status = code;
    while status >= 1_000 {
        status /= 10;
    }
    match status {
        401 => Some(Meaning::Banned(Ban::Unauthenticated)),
        403 => Some(Meaning::Banned(Ban::Forbidden)),
        404 => Some(Meaning::Waits(Passing::NotFound)),
        408 => Some(Meaning::Waits(Passing::Said)),
        413 => Some(Meaning::TooLarge),
        422 => Some(Meaning::Schema),
        429 | 503 => Some(Meaning::Waits(Passing::Busy)),
        _ => None,
    }
}

fn outcome(meaning: Meaning, code: Option<i64>, text: &str) -> Outcome {
    let reason = match (text, code) {
        ("", Some(code)) => format!("error {code}"),
        _ => shorten(text),
    };
    match meaning {
        Meaning::TooLarge => Outcome::Refused { kind: Refusal::TooLarge, reason, code },
        Meaning::Schema => Outcome::Refused { kind: Refusal::Schema, reason, code },
        Meaning::Banned(kind) => Outcome::TopicRefused { kind, reason },
        Meaning::Waits(kind) => Outcome::Retriable { kind, reason },
        Meaning::TimedOut => Outcome::Unknown { kind: Doubt::TimedOut, reason },
    }
}
