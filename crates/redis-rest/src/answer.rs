//! What an answer over HTTP says: outcomes, or the error that it amounts to.

mod json;

use crate::{
    Doubt, Error, ErrorClass, HttpResponse, Outcome, RedisError, Refusal, Shape, TransportError,
    Untaken,
};

/// As much of a server's words as errors keep.
const MAX_TEXT: usize = 200;

/// The longest that a server can ask to be left alone: an hour.
const MAX_RETRY_AFTER_S: u64 = 3_600;

/// The outcomes of `count` commands that were sent together as `shape`.
pub(crate) fn outcomes(
    answer: Result<HttpResponse, TransportError>,
    shape: Shape,
    count: usize,
) -> Result<Vec<Outcome>, Error> {
    let answer = answer.map_err(not_answered)?;
    match (answer.status, shape) {
        (200..=299, Shape::Single) => alone(json::one(&answer.body).map_err(Error::Ambiguous)?),
        (200..=299, _) => counted(json::many(&answer.body).map_err(Error::Ambiguous)?, count),
        (400, Shape::Single) => match said(&answer) {
            Some(error) => alone(Err(error)),
            None => Err(bad_status(&answer)),
        },
        _ => Err(bad_status(&answer)),
    }
}

fn counted(outcomes: Vec<Outcome>, expected: usize) -> Result<Vec<Outcome>, Error> {
    let got = outcomes.len();
    if got == expected {
        return Ok(outcomes);
    }
    Err(Error::Ambiguous(Doubt::Count { expected, got }))
}

fn not_answered(error: TransportError) -> Error {
    match error {
        TransportError::Connect(text) => {
            let cause = Untaken::Connect(shorten(&text));
            Error::Retriable { cause, retry_after_ms: None }
        }
        TransportError::Invalid(text) => Error::Refused(Refusal::Invalid(shorten(&text))),
        TransportError::Redirected(to) => Error::Refused(Refusal::Redirected(to)),
        TransportError::TimedOut => Error::Ambiguous(Doubt::TimedOut),
        TransportError::Broken(text) => Error::Ambiguous(Doubt::Broken(shorten(&text))),
        TransportError::TooLarge(bytes) => Error::Ambiguous(Doubt::TooLarge(bytes)),
    }
}

/// The error of a single command is its own outcome, unless it speaks of the caller, whatever the status.
fn alone(outcome: Outcome) -> Result<Vec<Outcome>, Error> {
    match outcome.as_ref().err().and_then(refusal) {
        Some(refusal) => Err(Error::Refused(refusal)),
        None => Ok(vec![outcome]),
    }
}

fn bad_status(answer: &HttpResponse) -> Error {
    let (status, error) = (answer.status, said(answer));
    let text = error.as_ref().map_or_else(|| excerpt(&answer.body), |error| shorten(&error.0));
    match status {
        401 | 403 => Error::Refused(Refusal::Auth(text)),
        402 => Error::Refused(Refusal::Quota(text)),
        413 => Error::Refused(Refusal::TooLarge(text)),
        429 => retriable(answer, Untaken::TooMany),
        _ if nothing_was_taken(status) => retriable(answer, Untaken::Unavailable { status, text }),
        500.. => Error::Ambiguous(Doubt::Failed { status, text }),
        300..=399 => Error::Refused(Refusal::Redirected(text)),
        400 => error.map_or(Error::Refused(Refusal::Protocol { status, text }), |error| {
            discarded(answer, error)
        }),
        _ => Error::Refused(Refusal::Protocol { status, text }),
    }
}

/// Statuses that say that the request went nowhere: it did not arrive in time (408), nobody serves
/// (503), or Cloudflare found nobody to give it to (521, 523, 525, 526, 530). After a 500, 502, 504,
/// 520, 522 or 524 it may have been carried out.
fn nothing_was_taken(status: u16) -> bool {
    matches!(status, 408 | 503 | 521 | 523 | 525 | 526 | 530)
}

/// A transaction or a pipeline that was refused as a whole.
fn discarded(answer: &HttpResponse, error: RedisError) -> Error {
    if let Some(refusal) = refusal(&error) {
        return Error::Refused(refusal);
    }
    if error.class() == ErrorClass::Waiting {
        return retriable(answer, Untaken::Redis(error));
    }
    Error::Refused(Refusal::Discarded(error))
}

fn refusal(error: &RedisError) -> Option<Refusal> {
    let text = shorten(&error.0);
    if error.is_too_large() {
        return Some(Refusal::TooLarge(text));
    }
    if error.is_quota() {
        return Some(Refusal::Quota(text));
    }
    matches!(error.code(), "NOAUTH" | "WRONGPASS").then_some(Refusal::Auth(text))
}

fn retriable(answer: &HttpResponse, cause: Untaken) -> Error {
    Error::Retriable { cause, retry_after_ms: retry_after_ms(answer) }
}

/// `Retry-After` in seconds. As a date it is not used: who writes one goes by another clock.
fn retry_after_ms(answer: &HttpResponse) -> Option<u64> {
    let seconds: u64 = answer.retry_after.as_ref()?.trim().parse().ok()?;
    Some(seconds.min(MAX_RETRY_AFTER_S) * 1_000)
}

/// The error that a body speaks of, if it is one of this protocol.
fn said(answer: &HttpResponse) -> Option<RedisError> {
    json::one(&answer.body).ok()?.err()
}

fn excerpt(body: &[u8]) -> String {
    shorten(&String::from_utf8_lossy(body.get(..MAX_TEXT).unwrap_or(body)))
}

fn shorten(text: &str) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(MAX_TEXT).collect()
}
