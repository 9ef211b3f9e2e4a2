//! The way of a request to another system: `fetch` to an address, or, in development, the object that
//! stands in for that system.

use futures_util::future::{Either, select};
use kafka_rest::{HttpRequest, HttpResponse, Post, Transport, TransportError};
use presence::time::Millis;
use worker::js_sys::Uint8Array;
use worker::{
    AbortController, AbortSignal, Env, Error, Fetch, Headers, Method, Request, RequestInit,
    RequestRedirect, Response,
};

use super::embedded::Embedded;
use super::{clock, timer};

/// The longest answer that is read, where the other side says its length: a Worker has 128 MB in all.
const MAX_ANSWER: u64 = 32 * 1024 * 1024;

/// Where requests go.
pub(crate) enum Way {
    /// To the address that they name.
    Outside,
    /// To an embedded system.
    Inside(Env, Embedded),
}

/// - A failed connection cannot be told from a broken one: `fetch` says only that it failed. Both are
///   [`TransportError::Broken`].
/// - Redirects are not followed: a token is for one server.
impl Post for Way {
    async fn send(
        &self,
        request: HttpRequest,
        deadline_ms: u64,
    ) -> Result<HttpResponse, TransportError> {
        let HttpRequest { url, headers, body } = request;
        let body = Uint8Array::from(body.as_slice());
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(body.into()));
        self.ask(prepare(&url, headers, init)?, deadline_ms).await
    }
}

impl Transport for Way {
    async fn get(
        &self,
        url: &str,
        headers: Vec<(&'static str, String)>,
        deadline_ms: u64,
    ) -> Result<HttpResponse, TransportError> {
        self.ask(prepare(url, headers, RequestInit::new())?, deadline_ms).await
    }
}

impl Way {
    /// Headers and body of the answer within the time; what takes longer is broken off.
    async fn ask(
        &self,
        request: Request,
        deadline_ms: u64,
    ) -> Result<HttpResponse, TransportError> {
        let controller = AbortController::default();
        let answer = std::pin::pin!(self.exchange(request, controller.signal()));
        let end = clock::now() + i64::try_from(deadline_ms).unwrap_or(i64::MAX / 2);
        match select(answer, timer::until(Millis(end.0))).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                controller.abort();
                Err(TransportError::TimedOut)
            }
        }
    }

    async fn exchange(
        &self,
        request: Request,
        signal: AbortSignal,
    ) -> Result<HttpResponse, TransportError> {
        let answer = match self {
            Self::Outside => Fetch::Request(request).send_with_signal(&signal).await,
            Self::Inside(env, which) => which.fetch(env, request).await,
        };
        read(answer.map_err(|error| broken(&error))?).await
    }
}

fn prepare(
    url: &str,
    headers: Vec<(&'static str, String)>,
    mut init: RequestInit,
) -> Result<Request, TransportError> {
    let invalid = |error: Error| TransportError::Invalid(told(&error));
    let all = Headers::new();
    for (name, value) in headers {
        all.set(name, &value).map_err(invalid)?;
    }
    init.with_headers(all).with_redirect(RequestRedirect::Manual);
    Request::new_with_init(url, &init).map_err(invalid)
}

async fn read(mut answer: Response) -> Result<HttpResponse, TransportError> {
    let status = answer.status_code();
    let header = |name: &str| answer.headers().get(name).ok().flatten();
    if let Some(to) = header("location").filter(|_| (300..400).contains(&status)) {
        return Err(TransportError::Redirected(host(&to)));
    }
    let length = header("content-length").and_then(|length| length.parse().ok());
    if let Some(length) = length.filter(|length| *length > MAX_ANSWER) {
        return Err(TransportError::TooLarge(length));
    }
    let (retry_after, sync_token) = (header("retry-after"), header("upstash-sync-token"));
    let body = answer.bytes().await.map_err(|error| broken(&error))?;
    Ok(HttpResponse { status, retry_after, sync_token, body })
}

fn broken(error: &Error) -> TransportError {
    TransportError::Broken(told(error))
}

/// In one line: what JavaScript threw may come with its stack.
fn told(error: &Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Of the address only the host: the rest may hold a password.
fn host(location: &str) -> String {
    let after = location.split_once("//").map_or("", |(_, rest)| rest);
    let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}
