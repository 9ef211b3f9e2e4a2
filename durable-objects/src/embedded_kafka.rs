//! The Kafka of development: one object, `kafka`, that speaks the REST proxy's protocol (contract §5).
//!
//! - **Stores** what `embedded_kafka` creates: topics, their partitions and records. Bounded by count and
//!   age; the oldest records go first.
//! - **Invariant**: what was answered with an offset stays readable under it until it is too old or too
//!   much; offsets of a partition have no gaps (`embedded_kafka`).
//! - **Internal requests**: any of the protocol, its path without the prefix. A stream (`?follow=true`)
//!   stays open; each produced batch rings for those who follow.
//! - **Hibernation** never comes while a stream is open. **A restart** breaks streams; readers come back
//!   with `Last-Event-ID`.

#![allow(missing_docs, reason = "the attribute `durable_object` makes public items without any")]

use std::cell::RefCell;
use std::rc::Rc;

use embedded_kafka::{Answer, Config, Cursor, Engine, Follow, MAX_COUNT, sse};
use futures_util::future::{Either, select};
use futures_util::stream::{self, Stream};
use worker::{DurableObject, Env, Headers, Request, Response, Result, State, durable_object};

use crate::platform::alarm::Earliest;
use crate::platform::bell::Bell;
use crate::platform::http::Target;
use crate::platform::sql::SqlStore;
use crate::platform::{clock, log, timer};

/// So often a stream says that it lives: proxies on the way close what is silent for long.
const ALIVE: i64 = 15_000;

/// The only one.
#[durable_object(alarm)]
pub struct EmbeddedKafka {
    state: State,
    log: Rc<Log>,
    alarm: Earliest,
}

/// What requests and streams share.
struct Log {
    engine: RefCell<Engine<SqlStore>>,
    /// Rings when something was produced.
    bell: Bell,
}

impl DurableObject for EmbeddedKafka {
    fn new(state: State, _env: Env) -> Self {
        let engine = Engine::new(SqlStore::new(&state, Rc::default()), Config::default());
        let log = Rc::new(Log { engine: RefCell::new(engine), bell: Bell::default() });
        Self { state, log, alarm: Earliest::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let body = request.bytes().await.unwrap_or_default();
        let target = Target::of(&request);
        let header = |name: &str| request.headers().get(name).ok().flatten();
        let (content_type, accept) = (header("content-type"), header("accept"));
        let last_event_id = header("last-event-id");
        let method = request.method();
        let asked = embedded_kafka::Request {
            method: method.as_ref(),
            path: target.path(),
            query: target.query(),
            content_type: content_type.as_deref(),
            accept: accept.as_deref(),
            last_event_id: last_event_id.as_deref(),
            body: &body,
        };
        let follow = self.log.engine.borrow().follow(&asked);
        if let Some(Ok(follow)) = follow {
            return stream(Rc::clone(&self.log), follow);
        }
        let answer = self.log.engine.borrow_mut().handle(&asked, clock::now().0);
        if method.as_ref() == "POST" {
            self.log.bell.ring();
            self.wake_for_the_next();
        }
        respond(answer)
    }

    async fn alarm(&self) -> Result<Response> {
        self.alarm.fired();
        if let Err(error) = self.log.engine.borrow_mut().expire(clock::now().0) {
            log::fault("embedded_kafka.unavailable", &error.0);
        }
        self.wake_for_the_next();
        Response::empty()
    }
}

impl EmbeddedKafka {
    fn wake_for_the_next(&self) {
        self.alarm.arm(&self.state, self.log.engine.borrow().next_due().ok().flatten());
    }
}

fn respond(answer: Answer) -> Result<Response> {
    let headers = Headers::new();
    if !answer.content_type.is_empty() {
        headers.set("content-type", answer.content_type)?;
    }
    headers.set("cache-control", "no-store")?;
    let response = match answer.status {
        204 => Response::empty()?,
        _ => Response::from_bytes(answer.body)?,
    };
    Ok(response.with_status(answer.status).with_headers(headers))
}

fn stream(log: Rc<Log>, follow: Follow) -> Result<Response> {
    let headers = Headers::new();
    headers.set("content-type", sse::CONTENT_TYPE)?;
    headers.set("cache-control", "no-store")?;
    Ok(Response::from_stream(chunks(log, follow))?.with_headers(headers))
}

/// The stream's text, as it comes. It ends where storage cannot be read: the reader comes back.
fn chunks(log: Rc<Log>, follow: Follow) -> impl Stream<Item = Result<Vec<u8>>> {
    let start = sse::opening(follow.cursor);
    stream::unfold((log, follow, Some(start)), |(log, mut follow, start)| async move {
        if let Some(start) = start {
            return Some((Ok(start.into_bytes()), (log, follow, None)));
        }
        let (text, cursor) = log.next(&follow).await?;
        follow.cursor = cursor;
        Some((Ok(text.into_bytes()), (log, follow, None)))
    })
}

impl Log {
    /// What comes after the follower's place, once there is something; a sign of life otherwise.
    async fn next(&self, follow: &Follow) -> Option<(String, Cursor)> {
        let end = clock::now() + ALIVE;
        loop {
            let rung = self.bell.rung();
            let batch = self.engine.borrow().tail(&follow.scope, follow.cursor, MAX_COUNT).ok()?;
            if !batch.records.is_empty() || batch.cursor != follow.cursor {
                return Some((sse::events(&batch), batch.cursor));
            }
            match select(self.bell.after(rung), timer::until(end)).await {
                Either::Left(_) => {}
                Either::Right(_) => return Some((sse::mark(follow.cursor), follow.cursor)),
            }
        }
    }
}
