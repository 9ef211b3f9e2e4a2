//! `…/records`: JSON objects one after the other, both ways, the reports in the order of the records.
//! 200 is success, for the request and again for each record.

use redis_rest::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::{JSON, Place, Written, failed};
use crate::said::{Said, miscounted};
use crate::wire::{post, text, unreadable};
use crate::{Outcome, Record, Settings, v2, whole};

const SUCCESS: i64 = 200;

/// The request that carries these records.
pub(crate) fn request(
    settings: &Settings,
    cluster: &str,
    topic: &str,
    records: &[Record],
) -> serde_json::Result<HttpRequest> {
    let mut body = Vec::new();
    for record in records {
        serde_json::to_writer(&mut body, &Written::from(record))?;
        body.push(b'\n');
    }
    let path = format!("/v3/clusters/{cluster}/topics/{topic}/records");
    Ok(post(settings, &path, [JSON, JSON], body))
}

/// What the proxy says of a record.
#[derive(Deserialize)]
struct Report {
    error_code: i64,
    message: Option<String>,
    #[serde(flatten)]
    place: Place,
}

impl Report {
    /// `None` if it is neither a place nor an error.
    fn outcome(&self) -> Option<Outcome> {
        if self.error_code == SUCCESS {
            return self.place.delivered();
        }
        Some(failed(self.error_code, self.message.as_deref()))
    }
}

/// What an answer says of the `count` records of a request.
pub(crate) fn read(answer: &HttpResponse, count: usize) -> Said {
    if !matches!(answer.status, 200..=299) {
        return whole::said(answer, count);
    }
    match reports(&answer.body, count) {
        Err(unread) => Said::all(&unread, count),
        Ok(reports) => each(&reports, count),
    }
}

/// One more than there can be shows that there are too many.
fn reports(body: &[u8], count: usize) -> Result<Vec<Report>, Outcome> {
    let reports = serde_json::Deserializer::from_str(text(body)?).into_iter::<Report>();
    let reports: Result<Vec<Report>, _> = reports.take(count.saturating_add(1)).collect();
    reports.map_err(|error| unreadable(&error))
}

/// The proxy stops at a record that it cannot read: what it reported until then holds, and nothing is
/// known of the rest.
fn each(reports: &[Report], count: usize) -> Said {
    let got = reports.len();
    if got > count {
        return Said::all(&miscounted(count, got), count);
    }
    let outcomes: Option<Vec<Outcome>> = reports.iter().map(Report::outcome).collect();
    let Some(mut outcomes) = outcomes else { return Said::all(&v2::no_offset(), count) };
    outcomes.resize(count, miscounted(count, got));
    Said::each(outcomes)
}
