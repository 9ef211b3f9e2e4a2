//! What an answer comes to.

use redis_rest::{HttpResponse, TransportError};

use crate::wire::shorten;
use crate::{Api, Ban, Doubt, Outcome, Passing, v2, v3};

/// What an answer comes to: an outcome for each record of the request, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) wait_ms: Option<u64>,
    pub(crate) next: Next,
}

/// What follows from an answer besides its outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing.
    Nothing,
    /// No record was taken because of one of them: which, shows when each is sent alone.
    Split,
    /// Records can be told apart only if each is sent alone, from now on.
    Alone,
    /// The cluster is not the one that was known.
    Cluster,
}

impl Said {
    /// The same for all of `count` records.
    pub(crate) fn all(outcome: &Outcome, count: usize) -> Self {
        Self::each(vec![outcome.clone(); count])
    }

    /// What is said of each.
    pub(crate) fn each(outcomes: Vec<Outcome>) -> Self {
        Self { outcomes, wait_ms: None, next: Next::Nothing }
    }

    pub(crate) fn then(self, next: Next) -> Self {
        Self { next, ..self }
    }

    pub(crate) fn after(self, wait_ms: Option<u64>) -> Self {
        Self { wait_ms, ..self }
    }
}

/// What an answer says of the `count` records of a request.
pub(crate) fn said(answer: Result<HttpResponse, TransportError>, api: Api, count: usize) -> Said {
    match (answer, api) {
        (Err(error), _) => Said::all(&not_answered(&error), count),
        (Ok(answer), Api::V2) => v2::read(&answer, count),
        (Ok(answer), Api::V3) => v3::stream::read(&answer, count),
        (Ok(answer), Api::V3Batch) => v3::batch::read(&answer, count),
    }
}

/// What it means that nothing came back.
pub(crate) fn not_answered(error: &TransportError) -> Outcome {
    let unknown = |kind, reason| Outcome::Unknown { kind, reason };
    match error {
        TransportError::Connect(text) => Outcome::Retriable {
            kind: Passing::NoConnection,
            reason: format!("no connection: {}", shorten(text)),
        },
        TransportError::Invalid(text) => Outcome::TopicRefused {
            kind: Ban::Invalid,
            reason: format!("cannot be sent: {}", shorten(text)),
        },
        TransportError::Redirected(to) => Outcome::TopicRefused {
            kind: Ban::Redirected,
            reason: format!("redirected to {}", shorten(to)),
        },
        TransportError::TimedOut => unknown(Doubt::TimedOut, "no answer in time".to_owned()),
        TransportError::Broken(text) => {
            unknown(Doubt::Broken, format!("the connection broke: {}", shorten(text)))
        }
        TransportError::TooLarge(bytes) => {
            unknown(Doubt::TooLarge, format!("an answer of {bytes} bytes is too large"))
        }
    }
}

/// An answer about another number of records than were sent.
pub(crate) fn miscounted(expected: usize, got: usize) -> Outcome {
    let reason = format!("an answer about {got} records where {expected} were sent");
    Outcome::Unknown { kind: Doubt::Count, reason }
}
