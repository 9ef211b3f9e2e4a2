//! What an answer says of a request as a whole.

use redis_rest::HttpResponse;
use serde::Deserialize;

use crate::classify::words::{self, Meaning};
use crate::said::{Next, Said};
use crate::wire::{excerpt, retry_after_ms, shorten};
use crate::{Ban, Doubt, Outcome, Passing, Refusal};

/// The error that a body speaks of, as all proxies write it.
#[derive(Default, Deserialize)]
struct Body {
    error_code: Option<i64>,
    message: Option<String>,
}

/// What an answer of this status says of the `count` records of a request.
pub(crate) fn said(answer: &HttpResponse, count: usize) -> Said {
    let body: Body = serde_json::from_slice(&answer.body).unwrap_or_default();
    let words = body.message.as_deref().map_or_else(|| excerpt(&answer.body), shorten);
    let reason = format!("status {}: {words}", answer.status);
    let refused = refusal(answer.status, &words);
    match (refused, answer.status) {
        (Some(kind), status) => {
            let refused = Outcome::Refused { kind, reason, code: body.error_code };
            one_refused(&refused, status, count)
        }
        (None, status) => {
            let said = Said::all(&outcome(status, reason), count).after(retry_after_ms(answer));
            if status == 404 { said.then(Next::Cluster) } else { said }
        }
    }
}

/// What is wrong with a record, if that is why the request failed.
fn refusal(status: u16, words: &str) -> Option<Refusal> {
    let meant = match words::meaning(words) {
        Some(Meaning::TooLarge) => Some(Refusal::TooLarge),
        Some(Meaning::Schema) => Some(Refusal::Schema),
        _ => None,
    };
    match status {
        413 => Some(Refusal::TooLarge),
        422 => Some(meant.unwrap_or(Refusal::Schema)),
        400 | 500 => meant,
        _ => None,
    }
}

/// One of `count` records was refused, but which?
fn one_refused(refused: &Outcome, status: u16, count: usize) -> Said {
    match (count, status) {
        (..=1, _) => Said::all(refused, count),
        // Who refuses a request before it looks at its records has taken none.
        (_, ..=499) => Said::all(refused, count).then(Next::Split),
        _ => {
            let reason = refused.reason().to_owned();
            Said::all(&Outcome::Unknown { kind: Doubt::Failed, reason }, count).then(Next::Alone)
        }
    }
}

fn outcome(status: u16, reason: String) -> Outcome {
    let banned = |kind, reason| Outcome::TopicRefused { kind, reason };
    match status {
        404 => Outcome::Retriable { kind: Passing::NotFound, reason },
        429 => Outcome::Retriable { kind: Passing::Busy, reason },
        _ if nothing_was_taken(status) => Outcome::Retriable { kind: Passing::Busy, reason },
        401 => banned(Ban::Unauthenticated, reason),
        403 => banned(Ban::Forbidden, reason),
        300..=399 => banned(Ban::Redirected, reason),
        400..=499 => banned(Ban::Protocol, reason),
        500.. => Outcome::Unknown { kind: Doubt::Failed, reason },
        _ => Outcome::Unknown { kind: Doubt::Garbage, reason },
    }
}

/// Statuses that say that the request went nowhere: it did not arrive in time, or a schema registry
/// did not answer (408), nobody serves (503), or Cloudflare found nobody to give it to. After a 500,
/// 502, 504, 520, 522 or 524 it may have been carried out.
fn nothing_was_taken(status: u16) -> bool {
    matches!(status, 408 | 503 | 521 | 523 | 525 | 526 | 530)
}
