//! The embedded Redis: what hubs mirror to in development, where no other is named. One object, which
//! speaks the REST protocol of Upstash.
//!
//! - **Stores** what `embedded_redis` creates: keys with their types and times, bounded in bytes.
//! - **Invariant**: all of it is in `embedded_redis::Engine`; an answer is given when its rows are
//!   written, in the same turn. A key whose time is over is never seen, whether or not it was swept.
//! - **Internal requests**: any method and path of the protocol. The Worker has taken the prefix away
//!   and lets in development only; the bearer token is checked here.
//! - **Hibernation and restarts** lose nothing: there is no state in memory but what rows say.

#![allow(missing_docs, reason = "the attribute `durable_object` makes public items without any")]

use std::cell::RefCell;
use std::rc::Rc;

use embedded_redis::Engine;
use redis_rest::Answer;
use worker::{DurableObject, Env, Headers, Request, Response, Result, State, durable_object};

use crate::platform::alarm::Earliest;
use crate::platform::http::Target;
use crate::platform::sql::SqlStore;
use crate::platform::{clock, settings};

/// The only one.
#[durable_object(alarm)]
pub struct EmbeddedRedis {
    state: State,
    token: Option<String>,
    engine: RefCell<Engine<SqlStore>>,
    alarm: Earliest,
}

impl DurableObject for EmbeddedRedis {
    fn new(state: State, env: Env) -> Self {
        let redis = settings::of(&env).redis.filter(|redis| redis.url.is_none());
        let token = redis.map(|redis| redis.token).filter(|token| !token.is_empty());
        let engine = RefCell::new(Engine::new(SqlStore::new(&state, Rc::default())));
        Self { state, token, engine, alarm: Earliest::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let body = request.bytes().await.unwrap_or_default();
        let target = Target::of(&request);
        let header = |name: &str| request.headers().get(name).ok().flatten();
        let (authorization, encoding) = (header("authorization"), header("upstash-encoding"));
        let method = request.method();
        let asked = redis_rest::Request {
            method: method.as_ref(),
            path: target.path(),
            query: target.query(),
            authorization: authorization.as_deref(),
            encoding: encoding.as_deref(),
            body: &body,
        };
        let good = |token: &str| self.token.as_deref() == Some(token);
        let answer = self.engine.borrow_mut().handle(&asked, &good, clock::now().0);
        self.wake_for_the_next();
        respond(answer)
    }

    async fn alarm(&self) -> Result<Response> {
        self.alarm.fired();
        self.engine.borrow_mut().expire_due(clock::now().0);
        self.wake_for_the_next();
        Response::empty()
    }
}

impl EmbeddedRedis {
    fn wake_for_the_next(&self) {
        self.alarm.arm(&self.state, self.engine.borrow().next_expiry());
    }
}

fn respond(answer: Answer) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", answer.content_type)?;
    headers.set("cache-control", "no-store")?;
    Ok(Response::from_bytes(answer.body)?.with_status(answer.status).with_headers(headers))
}
