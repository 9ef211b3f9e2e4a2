//! The way to Redis: `fetch` to an address, or, in development, the embedded one's object.

use presence::effects::Entropy as _;
use presence::time::Millis;
use redis_rest::{Environment, HttpRequest, HttpResponse, Reqwest, Transport, TransportError};
use worker::js_sys::Uint8Array;
use worker::{Env, Headers, Method, Request, RequestInit, Response};

use super::calls::in_time;
use super::entropy::Random;
use super::{clock, timer};

/// The binding and the name of the embedded Redis.
const EMBEDDED: &str = "EMBEDDED_REDIS";
const NAME: &str = "redis";
/// What stands before the path in requests to it. Nobody resolves it.
pub const INSIDE: &str = "https://redis.invalid";

/// Where requests go.
pub(crate) enum Way {
    /// To the address that they name.
    Outside(Reqwest),
    /// To the embedded Redis.
    Inside(Env),
}

impl Transport for Way {
    async fn send(
        &self,
        request: HttpRequest,
        deadline_ms: u64,
    ) -> Result<HttpResponse, TransportError> {
        match self {
            Self::Outside(way) => way.send(request, deadline_ms).await,
            Self::Inside(env) => {
                let until = clock::now() + deadline_ms as i64;
                in_time(until, inside(env, request)).await.unwrap_or(Err(TransportError::TimedOut))
            }
        }
    }
}

/// Never an `Err` of the platform: what it throws is a broken connection.
async fn inside(
    env: &Env,
    request: HttpRequest,
) -> worker::Result<Result<HttpResponse, TransportError>> {
    let broken = |error: worker::Error| TransportError::Broken(error.to_string());
    Ok(ask(env, request).await.map_err(broken))
}

async fn ask(env: &Env, request: HttpRequest) -> worker::Result<HttpResponse> {
    let headers = Headers::new();
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let body = Uint8Array::from(request.body.as_slice());
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(body.into()));
    let request = Request::new_with_init(&request.url, &init)?;
    let mut response = embedded(env, request).await?;
    let body = response.bytes().await?;
    Ok(HttpResponse { status: response.status_code(), body, ..HttpResponse::default() })
}

/// What the embedded Redis answers to a request of its protocol.
pub async fn embedded(env: &Env, request: Request) -> worker::Result<Response> {
    env.durable_object(EMBEDDED)?.get_by_name(NAME)?.fetch_with_request(request).await
}

/// Time, chance and patience.
pub(crate) struct Edge;

impl Environment for Edge {
    fn now(&self) -> u64 {
        clock::now().0 as u64
    }

    fn random(&self) -> f64 {
        const PARTS: i64 = 1 << 30;
        Random.up_to(PARTS - 1) as f64 / PARTS as f64
    }

    async fn sleep(&self, ms: u64) {
        timer::until(Millis(clock::now().0 + ms as i64)).await;
    }
}
