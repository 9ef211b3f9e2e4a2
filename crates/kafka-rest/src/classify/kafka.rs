//! The codes of Kafka's own protocol, which Redpanda's proxy passes on.

use super::words::Meaning;
use crate::{Ban, Passing};

/// What a code means for a record that was sent to a partition; `None` if it is not known to pass.
pub(super) fn meaning(code: i64) -> Option<Meaning> {
    match code {
        // UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID
        3 | 100 => Some(Meaning::Waits(Passing::NotFound)),
        // MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE
        10 | 18 => Some(Meaning::TooLarge),
        // INVALID_TOPIC_EXCEPTION
        17 => Some(Meaning::Banned(Ban::BadName)),
        // TOPIC_AUTHORIZATION_FAILED, CLUSTER_AUTHORIZATION_FAILED
        29 | 31 => Some(Meaning::Banned(Ban::Forbidden)),
        // SASL_AUTHENTICATION_FAILED
        58 => Some(Meaning::Banned(Ban::Unauthenticated)),
        // INVALID_TIMESTAMP, POLICY_VIOLATION, INVALID_RECORD: the broker holds it to what is configured,
        // or to a schema.
        32 | 44 | 87 => Some(Meaning::Schema),
        // REQUEST_TIMED_OUT, NOT_ENOUGH_REPLICAS_AFTER_APPEND: the leader may have it.
        7 | 20 => Some(Meaning::TimedOut),
        // CORRUPT_MESSAGE, a leader that moves, a network between brokers, too few replicas, a full
        // disk, a quota.
        2 | 5 | 6 | 8 | 9 | 13 | 19 | 56 | 89 => Some(Meaning::Waits(Passing::Said)),
        _ => None,
    }
}
