//! What Rollcall says to Kafka, and what it makes of the answer: between the outbox of `presence`, which
//! knows no Kafka, and the producer of `kafka-rest`, which knows no user.
//!
//! # Tour
//!
//! [`topic`] and [`records`] are what a batch becomes; [`published`] is what an answer means for it, and
//! [`trouble`] what of it is for whoever runs the deployment.

use kafka_rest::{Outcome, Passing, Produced, Record};
use presence::outbox::{Batch, Destination, Published, Verdict};
use presence::time::Millis;

/// CloudEvents in a record's value say so (CloudEvents Kafka binding, 3.3.1), where there are headers.
const CONTENT_TYPE: (&str, &str) = ("content-type", "application/cloudevents+json; charset=UTF-8");

/// The topic of a destination; `topics` are named as [`Topic::index`](presence::outbox::Topic::index)
/// counts.
pub fn topic(topics: &[String; 4], destination: Destination) -> String {
    let name = topics.get(destination.topic.index()).map_or("", String::as_str);
    if destination.dead { format!("{name}.dlq") } else { name.to_owned() }
}

/// A batch as Kafka gets it: the user's id as plain bytes is the key of each.
pub fn records(batch: &Batch) -> Vec<Record> {
    let (name, value) = CONTENT_TYPE;
    let key = batch.user.as_str();
    let record = |record: &presence::outbox::Record| {
        Record::new(key, record.value.as_str()).header(name, value)
    };
    batch.records.iter().map(record).collect()
}

/// What an answer means for its batch. A topic that takes nothing, or is not there, holds its lane; behind
/// what was taken it shows with the next batch. Of a topic that is not there nothing is ever thrown away:
/// a broker that is down looks the same. What is refused in words that nobody knows does not pass by itself
/// either, as far as anybody can tell, and somebody should look.
pub fn published(produced: Produced, now: Millis) -> Published {
    let until = produced.wait_ms.map(|ms| now + ms as i64);
    match produced.outcomes.first() {
        Some(
            Outcome::TopicRefused { reason, .. }
            | Outcome::Retriable { kind: Passing::NotFound | Passing::Unrecognised, reason },
        ) => Published::Held(reason.clone()),
        Some(Outcome::Retriable { .. }) if until.is_some() => Published::Failed { until },
        _ => Published::Records(produced.outcomes.into_iter().map(verdict).collect()),
    }
}

/// Why the first record that was not delivered was not, if that does not pass by itself.
pub fn trouble(produced: &Produced) -> Option<&str> {
    let first = produced.outcomes.iter().find(|outcome| !outcome.is_delivered())?;
    let stays = match first {
        Outcome::TopicRefused { .. } | Outcome::Refused { .. } => true,
        Outcome::Retriable { kind, .. } => {
            matches!(kind, Passing::NotFound | Passing::Unrecognised)
        }
        Outcome::Delivered { .. } | Outcome::Unknown { .. } => false,
    };
    stays.then(|| first.reason())
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Delivered { .. } => Verdict::Delivered,
        Outcome::Retriable { .. } | Outcome::TopicRefused { .. } => Verdict::Retriable,
        Outcome::Refused { reason, .. } => Verdict::Refused(reason),
        Outcome::Unknown { .. } => Verdict::Unknown,
    }
}
