//! The embedded systems, in development: each speaks a protocol of its own under its prefix, and so is
//! no route of the table.

use durable_objects::redis::{INSIDE, embedded};
use presence::config::CALL_LIFETIME;
use redis_rest::MAX_REQUEST;
use worker::js_sys::Uint8Array;
use worker::{Headers, Method, Request, RequestInit};

use crate::context::Cx;
use crate::platform;
use crate::reply::{Answer, Reply, unavailable};

/// What a request to the embedded Redis begins with.
const REDIS: &str = "/embedded/redis";
/// What it reads.
const HEADERS: &[&str] = &["authorization", "upstash-encoding"];

/// The answer, if the request is for an embedded system that this deployment has.
pub(crate) async fn answer(cx: &Cx) -> Option<Answer> {
    let rest = cx.incoming.path.strip_prefix(REDIS)?;
    let path = if rest.is_empty() { "/" } else { rest };
    let settings = cx.settings().ok()?;
    let embedded = settings.redis.as_ref().is_some_and(|redis| redis.url.is_none());
    if !path.starts_with('/') || !embedded || !settings.is_development() {
        return None;
    }
    Some(redis(cx, path).await)
}

async fn redis(cx: &Cx, path: &str) -> Answer {
    let method = cx.incoming.method.as_str();
    if method == "OPTIONS" {
        return Ok(Reply::empty());
    }
    let body = if matches!(method, "GET" | "HEAD") {
        None
    } else {
        Some(Uint8Array::from(cx.incoming.body(MAX_REQUEST).await?.as_slice()).into())
    };
    let headers = Headers::new();
    let lost = |_| unavailable("the embedded Redis cannot be asked");
    for name in HEADERS {
        if let Some(value) = cx.incoming.header(name) {
            headers.set(name, &value).map_err(lost)?;
        }
    }
    let method = Method::from(method.to_owned());
    let init = RequestInit { method, headers, body, ..RequestInit::default() };
    let query = &cx.incoming.raw_query;
    let mark = if query.is_empty() { "" } else { "?" };
    let url = format!("{INSIDE}{path}{mark}{query}");
    let request = Request::new_with_init(&url, &init).map_err(lost)?;
    match platform::within(CALL_LIFETIME, embedded(&cx.env, request)).await {
        Some(Ok(response)) => Ok(Reply::passed(response, Vec::new())),
        _ => Err(unavailable("the embedded Redis did not answer")),
    }
}
