//! Redis, as the objects and the Worker reach it: one client an object, one breaker an isolate, so that
//! a million objects do not knock at a Redis that just came back.

use std::rc::Rc;

use edge::config::RedisSettings;
use mirror::Keys;
use presence::mirror::{Flush, Flushed};
use presence::time::Millis;
use redis_rest::{Ask, Breaker, Client, Command, Error, How, Outcome, Settings, State};
use worker::Env;

use crate::outside::{self, Names, Refusals};
use crate::platform::clock;
use crate::platform::embedded::Embedded;
use crate::platform::environment::Edge;
use crate::platform::fetch::Way;

const NAMES: Names = Names {
    opened: "redis.breaker.opened",
    half_opened: "redis.breaker.half_opened",
    closed: "redis.breaker.closed",
    refused: "redis.refused",
};

thread_local! {
    static BREAKER: Breaker = Breaker::default();
    static REFUSALS: Refusals = const { Refusals::new() };
}

/// A Redis to talk to.
pub struct Redis {
    client: Client<Way, Edge>,
    keys: Keys,
}

impl Redis {
    /// The one that the settings name.
    pub fn new(env: &Env, settings: &RedisSettings) -> Rc<Self> {
        let (way, url) = match settings.url.as_deref() {
            None => (Way::Inside(env.clone(), Embedded::Redis), Embedded::Redis.origin()),
            Some(url) => (Way::Outside, url),
        };
        let client = Settings::new(url, &settings.token);
        let client = Client::new(way, Edge, client, BREAKER.with(Clone::clone));
        Rc::new(Self { client, keys: Keys { deprecated: settings.deprecated_keys } })
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

    /// Which keys are kept there.
    pub fn keys(&self) -> Keys {
        self.keys
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

    fn report(&self) {
        outside::report(self.client.breaker(), &NAMES);
    }
}

fn taken(outcomes: &[Outcome]) -> Flushed {
    let Some(error) = outcomes.iter().find_map(|outcome| outcome.as_ref().err()) else {
        return Flushed::Done;
    };
    refused(&error.0)
}

/// Somebody has to do something.
fn refused(why: &str) -> Flushed {
    REFUSALS.with(|refusals| refusals.tell(&NAMES, why));
    Flushed::Failed { until: None }
}
