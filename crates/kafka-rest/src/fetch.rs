//! The transport over `reqwest`: the one that Redis has, and `GET`.

use std::time::Duration;

use redis_rest::{HttpRequest, HttpResponse, TransportError};

use crate::Transport;

/// The longest answer to a `GET` that is read, where the server says its length.
const MAX_ANSWER: u64 = 1024 * 1024;

/// `setTimeout` takes a signed number of 32 bits.
const MAX_DEADLINE_MS: u64 = i32::MAX as u64;

/// Sends requests with `reqwest`. Clones share their connections. Redirects are refused, as
/// [`redis_rest::Reqwest`] says.
#[derive(Clone, Debug)]
pub struct Reqwest {
    posts: redis_rest::Reqwest,
    gets: reqwest::Client,
}

impl Reqwest {
    /// A transport with connections of its own.
    pub fn new() -> Result<Self, TransportError> {
        let builder = reqwest::Client::builder();
        #[cfg(not(target_arch = "wasm32"))]
        let builder = builder.redirect(reqwest::redirect::Policy::none());
        let gets = builder.build().map_err(|error| TransportError::Invalid(told(error)))?;
        Ok(Self { posts: redis_rest::Reqwest::new()?, gets })
    }
}

impl redis_rest::Transport for Reqwest {
    async fn send(
        &self,
        request: HttpRequest,
        deadline_ms: u64,
    ) -> Result<HttpResponse, TransportError> {
        self.posts.send(request, deadline_ms).await
    }
}

impl Transport for Reqwest {
    async fn get(
        &self,
        url: &str,
        headers: Vec<(&'static str, String)>,
        deadline_ms: u64,
    ) -> Result<HttpResponse, TransportError> {
        let deadline = Duration::from_millis(deadline_ms.min(MAX_DEADLINE_MS));
        let builder = self.gets.get(url).timeout(deadline);
        let builder =
            headers.into_iter().fold(builder, |all, (name, value)| all.header(name, value));
        let request = builder.build().map_err(|error| TransportError::Invalid(told(error)))?;
        let asked = request.url().clone();
        let answer = self.gets.execute(request).await.map_err(failure)?;
        if *answer.url() != asked {
            let to = answer.url().host_str().unwrap_or_default().to_owned();
            return Err(TransportError::Redirected(to));
        }
        if let Some(length) = answer.content_length().filter(|length| *length > MAX_ANSWER) {
            return Err(TransportError::TooLarge(length));
        }
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = answer.bytes().await.map_err(failure)?.to_vec();
        Ok(HttpResponse { status, retry_after, body, ..HttpResponse::default() })
    }
}

/// A `GET` changes nothing, so it does not matter how far it came.
fn failure(error: reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::TimedOut;
    }
    TransportError::Broken(told(error))
}

/// Without the address: that one may hold a password.
fn told(error: reqwest::Error) -> String {
    error.without_url().to_string()
}
