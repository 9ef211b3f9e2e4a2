//! Redis, as the objects and the Worker reach it: one client an object, one breaker an isolate, so that
//! a million objects do not knock at a Redis that just came back.

use std::cell::Cell;
use std::rc::Rc;

use edge::config::RedisSettings;
use mirror::Keys;
use presence::mirror::{Flush, Flushed};
use presence::time::Millis;
use redis_rest::{
    Ask, Breaker, Change, Client, Command, Error, How, Outcome, Report, Reqwest, Settings, State,
};
use serde::Serialize;
use worker::Env;

use crate::platform::redis::{Edge, Way};
use crate::platform::{clock, log};

pub use crate::platform::redis::{INSIDE, embedded};

thread_local! {
    static BREAKER: Breaker = Breaker::default();
    /// When a refused command was last told: a wrong type stays wrong, and is not worth a line a flush.
    static TOLD: Cell<i64> = const { Cell::new(0) };
}

/// Milliseconds between two lines about refused commands.
const TELL_EVERY: i64 = 60_000;

/// A Redis to talk to.
pub struct Redis {
    client: Client<Way, Edge>,
    keys: Keys,
}

/// One line for each change of the breaker.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Millis>,
}

impl Redis {
    /// The one that the settings name.
    pub fn new(env: &Env, settings: &RedisSettings) -> Option<Rc<Self>> {
        let way = match &settings.url {
            None => Way::Inside(env.clone()),
            Some(_) => Way::Outside(Reqwest::new().ok()?),
        };
        let url = settings.url.as_deref().unwrap_or(INSIDE);
        let client = Settings::new(url, &settings.token);
        let client = Client::new(way, Edge, client, BREAKER.with(Clone::clone));
        Some(Rc::new(Self { client, keys: Keys { deprecated: settings.deprecated_keys } }))
    }

    /// Asks for several things at once: reads, which may be repeated.
    pub async fn pipeline(&self, commands: &[Command], ms: u64) -> Result<Vec<Outcome>, Error> {
        let result = self.client.pipeline(commands, How::harmless(ms)).await;
        self.report();
        result
    }

    /// Asks for one thing.
    pub async fn ask<A: Ask>(&self, ask: &A, ms: u64) -> Result<A::Value, Error> {
        let result = self.client.ask(ask, How::harmless(ms)).await;
        self.report();
        result
    }

    /// The breaker's state in this isolate.
    pub fn state(&self) -> State {
        self.client.breaker().state()
    }

    /// Makes Redis say what `flush` says. One attempt is repeated only if it certainly did nothing: of
    /// two that may both land, the later one would have to be waited for.
    pub async fn flush(&self, flush: &Flush, not_after: Millis) -> Flushed {
        let commands = mirror::commands(flush, self.keys);
        let left = not_after.since(clock::now()).max(1) as u64;
        let result = self.client.transaction(&commands, How::untaken(left)).await;
        self.report();
        match result {
            Ok(outcomes) => taken(&outcomes),
            Err(Error::Ambiguous(_)) => Flushed::Unknown,
            Err(Error::Open { until }) => Flushed::Failed { until: Some(Millis(until as i64)) },
            Err(Error::Retriable { retry_after_ms, .. }) => {
                let until = retry_after_ms.map(|ms| clock::now() + ms as i64);
                Flushed::Failed { until }
            }
            Err(error @ (Error::Refused(_) | Error::Command(_))) => refused(&error.to_string()),
        }
    }

    /// Writes one log line for each change of the breaker since the last time.
    fn report(&self) {
        for report in self.client.breaker().take_reports() {
            log::info(None, &line(&report));
        }
    }
}

fn taken(outcomes: &[Outcome]) -> Flushed {
    let Some(error) = outcomes.iter().find_map(|outcome| outcome.as_ref().err()) else {
        return Flushed::Done;
    };
    refused(&error.0)
}

/// Somebody has to do something: at most one line a minute says what.
fn refused(why: &str) -> Flushed {
    let now = clock::now().0;
    if TOLD.with(std::cell::Cell::get) + TELL_EVERY <= now {
        TOLD.with(|told| told.set(now));
        log::fault("redis.refused", why);
    }
    Flushed::Failed { until: None }
}

fn line(report: &Report) -> Line<'_> {
    let cause = report.cause.as_deref();
    match report.change {
        Change::Opened { until, .. } => {
            Line { event: "redis.breaker.opened", cause, until: Some(Millis(until as i64)) }
        }
        Change::HalfOpened => Line { event: "redis.breaker.half_opened", cause, until: None },
        Change::Closed => Line { event: "redis.breaker.closed", cause, until: None },
    }
}
