//! What an answer says of the proxy.

use redis_rest::Verdict;

use crate::said::Said;
use crate::{Ban, Doubt, Outcome, Passing};

/// Time-outs, 5xx, authentication, garbage and a Kafka that cannot just now are failures. What is
/// about a topic or a record is none: the other topics of an isolate must not wait for a topic that is
/// not there.
pub(super) fn verdict(said: &Said) -> Verdict {
    let good =
        |outcome: &Outcome| matches!(outcome, Outcome::Delivered { .. } | Outcome::Refused { .. });
    match said.outcomes.first() {
        _ if said.outcomes.iter().any(good) => Verdict::Success,
        Some(outcome) if is_failure(outcome) => Verdict::Failure {
            cause: outcome.to_string(),
            retry_after_ms: said.wait_ms.unwrap_or_default(),
        },
        _ => Verdict::Nothing,
    }
}

fn is_failure(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Delivered { .. } | Outcome::Refused { .. } => false,
        Outcome::Retriable { kind, .. } => match kind {
            Passing::Said | Passing::Busy | Passing::NoConnection | Passing::NoCluster => true,
            Passing::NotFound | Passing::Open | Passing::NotSent | Passing::Unrecognised => false,
        },
        Outcome::TopicRefused { kind, .. } => {
            matches!(kind, Ban::Unauthenticated | Ban::Redirected)
        }
        Outcome::Unknown { kind, .. } => match kind {
            Doubt::TimedOut | Doubt::Broken | Doubt::Truncated | Doubt::Garbage | Doubt::Failed => {
                true
            }
            // The proxy serves, but does not tell enough.
            Doubt::Count | Doubt::ByPartition | Doubt::NoOffset | Doubt::TooLarge => false,
        },
    }
}
