//! How a request gets to the server and an answer back: the one thing that differs between the
//! edge, a native process and a test.

use std::future::Future;

/// A `POST`; the protocol needs no other method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// The whole address.
    pub url: String,
    /// Headers, their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The header `upstash-sync-token`.
    pub sync_token: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why nothing came back, told apart by what the server may have done meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// No connection came about: the server has seen nothing.
    Connect(String),
    /// The request cannot be sent as it is, to nobody: a bad address or header.
    Invalid(String),
    /// The time was over. The server may have done it all.
    TimedOut,
    /// The connection broke, and when is not known. The server may have done it all.
    Broken(String),
    /// The server sent the request elsewhere. A token is for one server: it is not followed.
    Redirected(String),
    /// The answer is too large to hold. The server has done it all.
    TooLarge(u64),
}

/// Sends requests.
pub trait Transport {
    /// Sends a request and ends within `deadline_ms` milliseconds, headers and body of the answer
    /// included. The future need not be `Send`; dropping it gives the request up.
    fn send(
        &self,
        request: HttpRequest,
        deadline_ms: u64,
    ) -> impl Future<Output = Result<HttpResponse, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for &T {
    async fn send(
        &self,
        request: HttpRequest,
        deadline_ms: u64,
    ) -> Result<HttpResponse, TransportError> {
        (**self).send(request, deadline_ms).await
    }
}
