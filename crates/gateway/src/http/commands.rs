//! Requests of the protocol: from the bytes to the commands and back.

use std::cell::Cell;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, Request as HttpRequest, header};
use axum::response::Response;
use redis_rest::{Answer, Call, Request, write, write_refusal};

use super::answer::{refuse, respond, unavailable};
use super::{Door, Refused, body};
use crate::Redis;
use crate::redis::{Access, Ran};

const ENCODING: HeaderName = HeaderName::from_static("upstash-encoding");

pub(super) async fn commands(door: &Door, redis: &Redis, request: HttpRequest<Body>) -> Response {
    respond(door.answer(redis, request).await.unwrap_or_else(|refusal| refusal))
}

impl Door {
    async fn answer(&self, redis: &Redis, request: HttpRequest<Body>) -> Result<Answer, Answer> {
        let (head, body) = request.into_parts();
        self.admit(&head)?;
        let _place = self.places.try_acquire().map_err(|_| self.full())?;
        let body = body::read(body, self.limits.body, self.times.read).await;
        let body =
            body.map_err(|Refused { status, text }| refuse(status, format!("ERR {text}")))?;
        let (call, access) = self.read(&head, &body)?;
        self.few_enough(&call)?;
        match redis.run(call.shape, &call.commands, access).await {
            Ok(Ran::Outcomes(outcomes)) => Ok(write(&call, &outcomes)),
            Ok(Ran::Refused(error)) => Err(write_refusal(&error, 400)),
            Err(failure) => Err(unavailable(&failure)),
        }
    }

    /// Refuses strangers before their body is read.
    fn admit(&self, head: &Parts) -> Result<(), Answer> {
        match self.read(head, b"") {
            Err(refusal) if matches!(refusal.status, 401 | 405) => Err(refusal),
            // What the body would have to be is another question.
            _ => Ok(()),
        }
    }

    fn read(&self, head: &Parts, body: &[u8]) -> Result<(Call, Access), Answer> {
        let access = Cell::new(None);
        let good = |token: &str| {
            access.set(self.tokens.access(token));
            access.get().is_some()
        };
        let header =
            |name: &HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        let request = Request {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query(),
            authorization: header(&header::AUTHORIZATION),
            encoding: header(&ENCODING),
            body,
        };
        let call = redis_rest::read(&request, &good)?;
        Ok((call, access.get().unwrap_or(Access::ReadOnly)))
    }

    fn full(&self) -> Answer {
        let most = self.limits.concurrency;
        refuse(429, format!("BUSY {most} requests are under way, which is as many as may be"))
    }

    fn few_enough(&self, call: &Call) -> Result<(), Answer> {
        let (most, count) = (self.limits.commands, call.commands.len());
        if count <= most {
            return Ok(());
        }
        Err(refuse(
            413,
            format!("ERR {count} commands in one request are too many: the limit is {most}"),
        ))
    }
}
