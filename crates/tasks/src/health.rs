//! C4: a sample of hubs against Redis and of edges against each other, and how Redis is, as one report
//! that is stored (H1 to H4). No user is named in it: everybody may read it.

use presence::mirror::Refresh;
use presence::time::Millis;
use redis_rest::Ask as _;
use redis_rest::commands::{dbsize, info, ping};
use serde::{Deserialize, Serialize};

use crate::counts::{Counts, HeldCounts, OutboxCounts};
use crate::edges;
use crate::place::Place;
use crate::projection::Depth;
use crate::run::Run;
use crate::standing::{calls, check};
use crate::subscriptions::{begin, look};
use crate::walk::gather;
use crate::world::{RedisState, World};

/// Users whose sessions are compared. Each report goes on where the last one stopped.
const SAMPLE: usize = 32;
/// Of them, those whose edges are, up to a page from each side.
const EDGES_OF: usize = 4;

/// Whether somebody should look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// No report has been made yet.
    #[default]
    Unknown,
    /// Nothing is wrong.
    Ok,
    /// Redis does not answer, or hubs do not, or events do not leave.
    Degraded,
}

/// The report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// In a word.
    pub status: Status,
    /// When it was made.
    pub as_of: Millis,
    /// H1.
    pub redis: RedisHealth,
    /// H2: Redis against a sample of hubs.
    pub sessions: Consistency,
    /// H3: the two ends of a sample of edges.
    pub subscriptions: Consistency,
    /// How far Redis is behind.
    pub mirror: MirrorHealth,
    /// H4.
    pub kafka: KafkaHealth,
}

/// How Redis is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RedisHealth {
    /// `off`, `ok` or `unreachable`.
    pub state: String,
    /// `exact` or `transitions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Refresh>,
    /// `closed`, `open` or `half_open`: where the tasks run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<String>,
    /// How long it took to answer, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<i64>,
    /// Bytes, where the server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_memory: Option<u64>,
    /// How many keys there are, where the server tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<u64>,
}

impl RedisHealth {
    /// There is none.
    pub(crate) fn off() -> Self {
        Self { state: "off".to_owned(), ..Self::default() }
    }

    /// Whether it answered, and how the way to it is.
    pub(crate) fn found(answered: bool, way: RedisState) -> Self {
        Self {
            state: if answered { "ok" } else { "unreachable" }.to_owned(),
            refresh: Some(way.refresh),
            breaker: Some(way.breaker.to_owned()),
            ..Self::default()
        }
    }
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consistency {
    /// How many users, or edges, were compared.
    pub checked: u64,
    /// How many differed, at a second look too.
    pub drifted: u64,
    /// How many of those were handed to their hub for repair.
    pub repaired: u64,
    /// How many could not be compared since somebody did not answer.
    pub failed: u64,
}

/// How far the projection is behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MirrorHealth {
    /// How many users of the sample had something to mirror.
    pub behind: u64,
    /// The longest that any of it had waited, in milliseconds.
    pub lag_ms: u64,
}

/// How publishing is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KafkaHealth {
    /// `off`, `ok`, `behind`, or `held` where a topic takes nothing from us, or is not there.
    pub state: String,
    /// `closed`, `open` or `half_open`: where the tasks run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<String>,
    /// Of the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbox: Option<OutboxCounts>,
}

/// Events that waited for longer than this are late, in milliseconds.
const LATE: u64 = 60_000;

/// Makes the report; also what was counted, and where the next sample begins.
pub(crate) async fn report<W: World>(
    run: &Run<'_, W>,
    place: &Place,
) -> (Health, Counts, Option<Place>) {
    let redis = redis(run).await;
    let gathered = gather(run, place, SAMPLE, calls(SAMPLE)).await;
    check(run, &gathered.users, Depth::All).await;
    let sessions = run.take_counts();
    let some = gathered.users.get(..EDGES_OF).unwrap_or(&gathered.users);
    for (user, digest) in look(run, some).await {
        let mut inside = begin(run, user, digest.as_ref()).inside;
        while let Some(here) = inside.filter(|_| run.may(edges::CALLS)) {
            inside = edges::page(run, &here).await.filter(|next| next.side != here.side);
        }
    }
    let edges = run.take_counts();
    let kafka = kafka(run.world.kafka(), sessions.outbox);
    let health = assess(run.world.now(), (redis, kafka), &sessions, &edges);
    let mut counts = sessions;
    counts += Counts { scanned: 0, ..edges };
    (health, counts, gathered.next)
}

fn assess(
    as_of: Millis,
    (redis, kafka): (RedisHealth, KafkaHealth),
    sessions: &Counts,
    edges: &Counts,
) -> Health {
    let compared = redis.state != "off";
    let failed = sessions.failed + if compared { sessions.unread } else { 0 };
    let left_out = failed + sessions.pending;
    let late = matches!(kafka.state.as_str(), "behind" | "held");
    let bad = redis.state == "unreachable" || late || failed + edges.failed > 0;
    Health {
        status: if bad { Status::Degraded } else { Status::Ok },
        as_of,
        redis,
        sessions: Consistency {
            checked: if compared { sessions.scanned.saturating_sub(left_out) } else { 0 },
            failed,
            ..found(sessions)
        },
        subscriptions: Consistency { checked: edges.edges, ..found(edges) },
        mirror: MirrorHealth { behind: sessions.pending, lag_ms: sessions.lag },
        kafka,
    }
}

fn kafka(breaker: Option<&str>, outbox: OutboxCounts) -> KafkaHealth {
    let Some(breaker) = breaker else {
        return KafkaHealth { state: "off".to_owned(), ..KafkaHealth::default() };
    };
    let state = match outbox {
        OutboxCounts { held, .. } if held != HeldCounts::default() => "held",
        OutboxCounts { lag_ms, full, .. } if lag_ms > LATE || full > 0 => "behind",
        _ if breaker == "open" => "behind",
        _ => "ok",
    };
    KafkaHealth { state: state.to_owned(), breaker: Some(breaker.to_owned()), outbox: Some(outbox) }
}

fn found(counts: &Counts) -> Consistency {
    let Counts { drifted, repaired, failed, .. } = *counts;
    Consistency { checked: 0, drifted, repaired, failed }
}

async fn redis<W: World>(run: &Run<'_, W>) -> RedisHealth {
    let Some(before) = run.world.redis() else { return RedisHealth::off() };
    let asked_at = run.world.now();
    let memory = info(Some("memory"));
    let commands = [ping().command(), dbsize().command(), memory.command()];
    let answers = run.pipeline(&commands).await;
    let latency = run.world.now().since(asked_at);
    let mut answers = answers.unwrap_or_default().into_iter();
    let pong = answers.next().is_some_and(|answer| ping().read(answer).is_ok());
    let keys = answers.next().and_then(|answer| dbsize().read(answer).ok());
    let memory = answers.next().and_then(|answer| memory.read(answer).ok()?.used_memory());
    let found = RedisHealth::found(pong, run.world.redis().unwrap_or(before));
    RedisHealth { latency_ms: pong.then_some(latency), used_memory: memory, keys, ..found }
}
