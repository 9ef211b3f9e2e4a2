//! The scheduler: runs what is due, a task at a time. One object, `scheduler`.
//!
//! - **Stores** what `tasks` creates: when each task is due and where its pass stands, the lock, and the
//!   last health report.
//! - **Invariant**: whoever writes a place holds the lock (`tasks::Scheduler`). Hubs are asked, never
//!   written to; nothing is written to Redis.
//! - **Internal requests**: `POST /run` (`Run` → `tasks::Outcome`), which takes up to a minute, and is one
//!   invocation with its own bound of calls; `GET /overview` → `tasks::Overview`.
//! - **Hibernation and restarts** lose a run that is under way, back to its last stored step; its lock
//!   ends by itself.

#![allow(missing_docs, reason = "the attribute `durable_object` makes public items without any")]

use std::rc::Rc;

use presence::calls::{HubCall, HubRequest, HubResponse};
use presence::ids::UserId;
use presence::mirror::Refresh;
use presence::time::Millis;
use redis_rest::{Command, Outcome as RedisOutcome, State as Breaker};
use serde::{Deserialize, Serialize};
use tasks::{Order, Outcome, RedisState, RunReport, Unanswered, World};
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

use crate::kafka::Kafka;
use crate::platform::sql::SqlStore;
use crate::platform::{calls, clock, http, log, settings};
use crate::redis::Redis;

/// How long a call of a task may take: hubs that hang shall take little of a run's time.
const PATIENCE: i64 = 5_000;
/// The same for Redis.
const REDIS_PATIENCE: u64 = 4_000;

/// The only one.
#[durable_object(fetch)]
pub struct Scheduler {
    edge: Edge,
    scheduler: tasks::Scheduler<SqlStore>,
}

/// The body of `POST /run`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Who has the lock meanwhile: no two may have the same name.
    pub holder: String,
    /// For log lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What to run.
    pub order: Order,
}

impl DurableObject for Scheduler {
    fn new(state: State, env: Env) -> Self {
        let settings = settings::of(&env);
        let redis = settings.redis.as_ref().map(|redis| Redis::new(&env, redis));
        let kafka = settings.kafka.as_ref().map(|kafka| Kafka::new(&env, kafka));
        let edge = Edge { env, redis, kafka, refresh: settings.hub.refresh };
        let scheduler = tasks::Scheduler::new(SqlStore::new(&state, Rc::default()));
        Self { edge, scheduler }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let target = http::Target::of(&request);
        match (request.method(), target.path()) {
            (Method::Post, "/run") => match http::body::<Run>(&mut request).await {
                Some(run) => http::json(&self.run(run).await),
                None => http::refuse(400, "a run says what and for whom"),
            },
            (Method::Get, "/overview") => match self.scheduler.overview() {
                Ok(overview) => http::json(&overview),
                Err(error) => {
                    log::fault("scheduler.unavailable", &error.0);
                    http::refuse(503, "storage refused")
                }
            },
            _ => http::refuse(404, "the scheduler has no such request"),
        }
    }
}

impl Scheduler {
    async fn run(&self, run: Run) -> Outcome {
        let outcome = self.scheduler.run(&self.edge, &run.holder, run.order).await;
        match &outcome {
            Outcome::Ran(report) => tell(run.request_id.as_deref(), report),
            Outcome::Lost => log::fault("task.lost", "another run began before this one's end"),
            Outcome::Refused { detail } => log::fault("scheduler.unavailable", detail),
            Outcome::Idle | Outcome::Busy { .. } => {}
        }
        outcome
    }
}

/// One line a run, unless there was nothing to look at (L4).
fn tell(request_id: Option<&str>, report: &RunReport) {
    #[derive(Serialize)]
    struct Line<'a> {
        event: &'static str,
        #[serde(flatten)]
        report: &'a RunReport,
    }
    if !report.counts.is_empty() {
        let report = &RunReport { cursor: None, ..report.clone() };
        log::info(request_id, &Line { event: "task.ran", report });
    }
}

fn named(breaker: Breaker) -> &'static str {
    match breaker {
        Breaker::Closed => "closed",
        Breaker::Open { .. } => "open",
        Breaker::HalfOpen => "half_open",
    }
}

/// The hubs, the directory and Redis, as they are reached from here.
struct Edge {
    env: Env,
    redis: Option<Rc<Redis>>,
    kafka: Option<Rc<Kafka>>,
    refresh: Refresh,
}

impl World for Edge {
    fn now(&self) -> Millis {
        clock::now()
    }

    async fn hub(
        &self,
        user: &UserId,
        request: HubRequest,
    ) -> std::result::Result<HubResponse, Unanswered> {
        let (user, not_after) = (user.clone(), clock::now() + PATIENCE);
        let call = HubCall { user, not_after, request_id: None, request };
        match calls::hub(&self.env, &call).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(refusal)) => Err(Unanswered(refusal.to_string())),
            Err(_) => Err(Unanswered("no answer in time".to_owned())),
        }
    }

    async fn users(
        &self,
        shard: u32,
        after: Option<&UserId>,
        limit: usize,
    ) -> std::result::Result<Vec<UserId>, Unanswered> {
        let page = calls::directory(&self.env, shard, after, limit, clock::now() + PATIENCE);
        page.await.map_err(|_| Unanswered("no answer in time".to_owned()))
    }

    fn redis(&self) -> Option<RedisState> {
        let redis = self.redis.as_ref()?;
        let (breaker, kept) = (named(redis.state()), redis.keys());
        Some(RedisState { breaker, refresh: self.refresh, kept })
    }

    fn kafka(&self) -> Option<&'static str> {
        Some(named(self.kafka.as_ref()?.state()))
    }

    async fn pipeline(
        &self,
        commands: &[Command],
    ) -> std::result::Result<Vec<RedisOutcome>, Unanswered> {
        let Some(redis) = &self.redis else { return Err(Unanswered("there is none".to_owned())) };
        let outcomes = redis.pipeline(commands, REDIS_PATIENCE).await;
        outcomes.map_err(|error| Unanswered(error.to_string()))
    }
}
