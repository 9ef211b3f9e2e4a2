//! The transport over `reqwest`, which is `fetch` on WebAssembly and `hyper` elsewhere.

use std::time::Duration;

use crate::{HttpRequest, HttpResponse, Transport, TransportError};

/// The longest answer that is read, where the server says its length: a Worker has 128 MB in all.
const MAX_ANSWER: u64 = 32 * 1024 * 1024;

/// `setTimeout` takes a signed number of 32 bits.
const MAX_DEADLINE_MS: u64 = i32::MAX as u64;

/// Sends requests with `reqwest`. Clones share their connections.
///
/// - On WebAssembly a failed connection cannot be told from a broken one: `fetch` says only that it
///   failed. Both are [`TransportError::Broken`] there.
/// - Redirects are not followed natively. `fetch` follows them before anyone is asked, without the
///   token where they lead to another server; they are noticed by the address that answered, and
///   refused all the same: the address in the settings is wrong.
#[derive(Clone, Debug)]
pub struct Reqwest {
    client: reqwest::Client,
}

impl Reqwest {
    /// A transport with connections of its own.
    pub fn new() -> Result<Self, TransportError> {
        let builder = reqwest::Client::builder();
        #[cfg(not(target_arch = "wasm32"))]
        let builder = builder.redirect(reqwest::redirect::Policy::none());
        let client = builder.build().map_err(|error| TransportError::Invalid(told(&error)))?;
        Ok(Self { client })
    }

    fn prepare(&self, request: HttpRequest, deadline_ms: u64) -> reqwest::RequestBuilder {
        let deadline = Duration::from_millis(deadline_ms.min(MAX_DEADLINE_MS));
        let builder = self.client.post(request.url).timeout(deadline).body(request.body);
        let headers = request.headers.into_iter();
        headers.fold(builder, |builder, (name, value)| builder.header(name, value))
    }
}

impl Transport for Reqwest {
    async fn send(
        &self,
        request: HttpRequest,
        deadline_ms: u64,
    ) -> Result<HttpResponse, TransportError> {
        let request =
            self.prepare(request, deadline_ms).build().map_err(|error| failure(&error))?;
        let asked = request.url().clone();
        let answer = self.client.execute(request).await.map_err(|error| failure(&error))?;
        if *answer.url() != asked {
            return Err(TransportError::Redirected(host(answer.url())));
        }
        if let Some(length) = answer.content_length().filter(|length| *length > MAX_ANSWER) {
            return Err(TransportError::TooLarge(length));
        }
        let status = answer.status().as_u16();
        let header = |name| {
            let value = answer.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (retry_after, sync_token) = (header("retry-after"), header("upstash-sync-token"));
        let body = answer.bytes().await.map_err(|error| failure(&error))?.to_vec();
        Ok(HttpResponse { status, retry_after, sync_token, body })
    }
}

fn failure(error: &reqwest::Error) -> TransportError {
    // Before the time: a deadline that passes while connecting is both natively, and then the
    // server has seen nothing.
    #[cfg(not(target_arch = "wasm32"))]
    if error.is_connect() {
        return TransportError::Connect(told(error));
    }
    if error.is_timeout() || aborted(error) {
        return TransportError::TimedOut;
    }
    if error.is_builder() {
        return TransportError::Invalid(told(error));
    }
    TransportError::Broken(told(error))
}

/// On WebAssembly a deadline that passes while the body is read aborts with the reason alone.
fn aborted(error: &reqwest::Error) -> bool {
    cfg!(target_arch = "wasm32") && format!("{error:?}").contains("TimedOut")
}

/// The error and its causes, without the address: that one may hold a token.
fn told(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&worded(&inner.to_string()));
        cause = inner.source();
    }
    if text.is_empty() { "the request failed".to_owned() } else { text }
}

/// What JavaScript threw comes as `JsValue(…)`, with its stack on further lines.
fn worded(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    first.strip_prefix("JsValue(").unwrap_or(first).to_owned()
}

fn host(url: &reqwest::Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}
