//! `/v3/clusters`: which cluster the proxy has.

use redis_rest::{HttpResponse, TransportError};
use serde::Deserialize;

use crate::said::not_answered;
use crate::wire::{excerpt, parse};
use crate::{Ban, Outcome, Passing, name, whole};

/// The path that lists the clusters.
pub(crate) const PATH: &str = "/v3/clusters";

#[derive(Deserialize)]
struct List {
    data: Vec<Cluster>,
}

#[derive(Deserialize)]
struct Cluster {
    cluster_id: String,
}

/// Why no cluster is known: what it means for all records, none of which was sent, and how long to
/// wait.
pub(crate) type Unfound = (Outcome, Option<u64>);

/// The id of the one cluster that the proxy has.
pub(crate) fn read(answer: Result<HttpResponse, TransportError>) -> Result<String, Unfound> {
    let answer = answer.map_err(|error| (unsent(not_answered(&error)), None))?;
    if !matches!(answer.status, 200..=299) {
        let said = whole::said(&answer, 1);
        let outcome = said.outcomes.into_iter().next();
        return Err((unsent(outcome.unwrap_or_else(|| strange(&answer.body))), said.wait_ms));
    }
    let list: List = parse(&answer.body).map_err(|unread| (unsent(unread), None))?;
    match <[Cluster; 1]>::try_from(list.data) {
        Ok([Cluster { cluster_id }]) if name::is_cluster(&cluster_id) => Ok(cluster_id),
        _ => Err((strange(&answer.body), None)),
    }
}

/// No cluster, several, or one whose id is none: waiting will not help.
fn strange(body: &[u8]) -> Outcome {
    let reason = format!("not one cluster: {}", excerpt(body));
    Outcome::TopicRefused { kind: Ban::Protocol, reason }
}

/// Whatever became of the question, no record was sent with it.
fn unsent(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Unknown { reason, .. } | Outcome::Refused { reason, .. } => {
            Outcome::Retriable { kind: Passing::NoCluster, reason }
        }
        other => other,
    }
}
