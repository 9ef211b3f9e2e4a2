//! What a proxy's words mean. Strimzi has one code, 500, for all that Kafka's client throws; Karapace
//! has 1. The words are those of Kafka's clients.

use crate::{Ban, Passing};

/// What an error means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The record is too large.
    TooLarge,
    /// The record does not fit its schema, or what else the topic is configured to take.
    Schema,
    /// The topic or the account is refused.
    Banned(Ban),
    /// It passes.
    Waits(Passing),
    /// Kafka did not answer in time, and may have the record.
    TimedOut,
}

/// Parts of what is said, in lower case, and what they mean: the first that is found counts. What
/// quotes a topic's name, which may be any word, stands first.
const MEANINGS: [(&str, Meaning); 25] = [
    ("not present in metadata", Meaning::Waits(Passing::NotFound)),
    ("does not host this topic-partition", Meaning::Waits(Passing::NotFound)),
    ("does not exist on this broker", Meaning::Waits(Passing::NotFound)),
    ("not authorized", Meaning::Banned(Ban::Forbidden)),
    ("authorization failed", Meaning::Banned(Ban::Forbidden)),
    ("authentication failed", Meaning::Banned(Ban::Unauthenticated)),
    ("invalid topic", Meaning::Banned(Ban::BadName)),
    // The accumulator of Kafka's client, then Karapace's.
    ("max blocking time", Meaning::Waits(Passing::Busy)),
    ("buffer full", Meaning::Waits(Passing::Busy)),
    ("ms has passed since", Meaning::TimedOut),
    ("timed out", Meaning::TimedOut),
    ("message cancelled", Meaning::TimedOut),
    ("max.request.size", Meaning::TooLarge),
    ("buffer.memory configuration", Meaning::TooLarge),
    ("max message size", Meaning::TooLarge),
    ("maximum message size", Meaning::TooLarge),
    ("configured segment size", Meaning::TooLarge),
    ("message size too large", Meaning::TooLarge),
    ("size is larger than allowed", Meaning::TooLarge),
    ("request is larger than", Meaning::TooLarge),
    ("error serializing message", Meaning::Schema),
    ("failed the validation on", Meaning::Schema),
    ("is out of acceptable range", Meaning::Schema),
    ("do not satisfy the configured policy", Meaning::Schema),
    ("rejected by the record interceptor", Meaning::Schema),
];

/// What words mean; `None` if they are not known.
pub(crate) fn meaning(text: &str) -> Option<Meaning> {
    let text = text.to_ascii_lowercase();
    let found = MEANINGS.iter().find(|(part, _)| text.contains(part));
    found.map(|(_, meaning)| *meaning)
}
