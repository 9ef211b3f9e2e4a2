//! `…/records:batch`: entries with ids, answered by 207 with those that succeeded and those that
//! failed, in no order.

use redis_rest::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::{JSON, Place, Written, failed};
use crate::said::{Said, miscounted};
use crate::wire::{parse, post};
use crate::{Doubt, Outcome, Record, Settings, v2, whole};

#[derive(Serialize)]
struct Body<'a> {
    entries: Vec<Entry<'a>>,
}

/// Its id is its number.
#[derive(Serialize)]
struct Entry<'a> {
    id: String,
    #[serde(flatten)]
    written: Written<'a>,
}

/// The request that carries these records.
pub(crate) fn request(
    settings: &Settings,
    cluster: &str,
    topic: &str,
    records: &[Record],
) -> serde_json::Result<HttpRequest> {
    let records = records.iter().enumerate();
    let entries =
        records.map(|(number, record)| Entry { id: number.to_string(), written: record.into() });
    let body = serde_json::to_vec(&Body { entries: entries.collect() })?;
    let path = format!("/v3/clusters/{cluster}/topics/{topic}/records:batch");
    Ok(post(settings, &path, [JSON, JSON], body))
}

#[derive(Deserialize)]
struct Results {
    successes: Vec<Success>,
    failures: Vec<Failure>,
}

#[derive(Deserialize)]
struct Success {
    id: String,
    #[serde(flatten)]
    place: Place,
}

#[derive(Deserialize)]
struct Failure {
    id: String,
    error_code: i64,
    message: Option<String>,
}

/// What an answer says of the `count` records of a request.
pub(crate) fn read(answer: &HttpResponse, count: usize) -> Said {
    if !matches!(answer.status, 200..=299) {
        return whole::said(answer, count);
    }
    match parse::<Results>(&answer.body) {
        Err(unread) => Said::all(&unread, count),
        Ok(results) => each(&results, count),
    }
}

fn each(results: &Results, count: usize) -> Said {
    let got = results.successes.len() + results.failures.len();
    let successes =
        results.successes.iter().map(|success| (&success.id, success.place.delivered()));
    let failures = results
        .failures
        .iter()
        .map(|failure| (&failure.id, Some(failed(failure.error_code, failure.message.as_deref()))));
    let mut outcomes: Vec<Option<Outcome>> = vec![None; count];
    for (id, outcome) in successes.chain(failures) {
        let Some(outcome) = outcome else { return Said::all(&v2::no_offset(), count) };
        let slot = id.parse().ok().and_then(|number: usize| outcomes.get_mut(number));
        match slot {
            Some(slot) if slot.is_none() => *slot = Some(outcome),
            _ => return Said::all(&unexpected(id), count),
        }
    }
    let silent = miscounted(count, got);
    Said::each(outcomes.into_iter().map(|said| said.unwrap_or_else(|| silent.clone())).collect())
}

/// An id that was not sent, or was answered twice.
fn unexpected(id: &str) -> Outcome {
    let reason = format!("an answer about the record {:?}", crate::wire::shorten(id));
    Outcome::Unknown { kind: Doubt::Garbage, reason }
}
