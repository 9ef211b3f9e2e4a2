//! What a call says about the server.

use crate::{Doubt, Error, ErrorClass, Outcome, Refusal, Verdict};

/// Transport, time-outs, 5xx, authentication, quota and errors of a server that cannot just now are
/// failures. What the caller did wrong is none: the server answered.
pub(super) fn verdict(result: &Result<Vec<Outcome>, Error>) -> Verdict {
    match result {
        Ok(outcomes) => of_outcomes(outcomes),
        Err(Error::Retriable { retry_after_ms, .. }) => failure(result, *retry_after_ms),
        Err(Error::Ambiguous(Doubt::TooLarge(_))) => Verdict::Success,
        Err(Error::Ambiguous(_)) => failure(result, None),
        Err(Error::Refused(refusal)) => of_refusal(result, refusal),
        Err(Error::Open { .. } | Error::Command(_)) => Verdict::Nothing,
    }
}

fn of_outcomes(outcomes: &[Outcome]) -> Verdict {
    let mut errors = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    match errors.find(|error| error.class() != ErrorClass::Permanent) {
        Some(error) => Verdict::Failure { cause: error.to_string(), retry_after_ms: 0 },
        None => Verdict::Success,
    }
}

fn of_refusal(result: &Result<Vec<Outcome>, Error>, refusal: &Refusal) -> Verdict {
    match refusal {
        Refusal::Auth(_) | Refusal::Quota(_) | Refusal::Redirected(_) => failure(result, None),
        // Neither is a server of this protocol's: nothing lives at this address.
        Refusal::Protocol { status, .. } if *status != 400 => failure(result, None),
        Refusal::TooLarge(_) | Refusal::Discarded(_) | Refusal::Protocol { .. } => Verdict::Success,
        Refusal::NotText | Refusal::Invalid(_) => Verdict::Nothing,
    }
}

fn failure(result: &Result<Vec<Outcome>, Error>, retry_after_ms: Option<u64>) -> Verdict {
    let cause = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
    Verdict::Failure { cause, retry_after_ms: retry_after_ms.unwrap_or_default() }
}
