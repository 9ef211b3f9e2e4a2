//! The embedded systems, in development: each speaks a protocol of its own under its prefix, and so is
//! no route of the table.

use durable_objects::Embedded;
use edge::config::Settings;
use presence::config::CALL_LIFETIME;
use worker::js_sys::Uint8Array;
use worker::{Headers, Method, Request, RequestInit};

use crate::context::Cx;
use crate::platform;
use crate::reply::{Answer, Reply, unavailable};

/// An embedded system, as it is reached from outside.
struct Door {
    system: Embedded,
    /// What a request to it begins with.
    prefix: &'static str,
    /// The headers that it reads.
    headers: &'static [&'static str],
    /// Bytes of a body.
    most: usize,
}

const DOORS: [Door; 2] = [
    Door {
        system: Embedded::Redis,
        prefix: "/embedded/redis",
        headers: &["authorization", "upstash-encoding"],
        most: redis_rest::MAX_REQUEST,
    },
    Door {
        system: Embedded::Kafka,
        prefix: "/embedded/kafka",
        headers: &["content-type", "accept", "last-event-id"],
        most: embedded_kafka::MAX_REQUEST,
    },
];

/// The answer, if the request is for an embedded system that this deployment has.
pub(crate) async fn answer(cx: &Cx) -> Option<Answer> {
    let behind = |door: &'static Door| Some((door, cx.incoming.path.strip_prefix(door.prefix)?));
    let (door, rest) = DOORS.iter().find_map(behind)?;
    let path = if rest.is_empty() { "/" } else { rest };
    let settings = cx.settings().ok()?;
    if !path.starts_with('/') || !has(settings, door.system) || !settings.is_development() {
        return None;
    }
    Some(pass(cx, door, path).await)
}

fn has(settings: &Settings, system: Embedded) -> bool {
    match system {
        Embedded::Redis => settings.redis.as_ref().is_some_and(|redis| redis.url.is_none()),
        Embedded::Kafka => settings.kafka.as_ref().is_some_and(|kafka| kafka.url.is_none()),
    }
}

async fn pass(cx: &Cx, door: &Door, path: &str) -> Answer {
    let method = cx.incoming.method.as_str();
    if method == "OPTIONS" {
        return Ok(Reply::empty());
    }
    let body = if matches!(method, "GET" | "HEAD") {
        None
    } else {
        Some(Uint8Array::from(cx.incoming.body(door.most).await?.as_slice()).into())
    };
    let headers = Headers::new();
    let lost = |_| unavailable("the embedded system cannot be asked");
    for name in door.headers {
        if let Some(value) = cx.incoming.header(name) {
            headers.set(name, &value).map_err(lost)?;
        }
    }
    let method = Method::from(method.to_owned());
    let init = RequestInit { method, headers, body, ..RequestInit::default() };
    let query = &cx.incoming.raw_query;
    let mark = if query.is_empty() { "" } else { "?" };
    let url = format!("{}{path}{mark}{query}", door.system.origin());
    let request = Request::new_with_init(&url, &init).map_err(lost)?;
    match platform::within(CALL_LIFETIME, door.system.fetch(&cx.env, request)).await {
        Some(Ok(response)) => Ok(Reply::passed(response, Vec::new())),
        _ => Err(unavailable("the embedded system did not answer")),
    }
}
