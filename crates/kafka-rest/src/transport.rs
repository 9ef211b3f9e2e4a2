//! How requests get to the proxy and answers back.

use std::future::Future;

use redis_rest::{HttpResponse, TransportError};

/// Sends requests: a `POST` as [`redis_rest::Transport`] does, and a `GET` besides, which v3 needs to
/// find out the cluster's id.
pub trait Transport: redis_rest::Transport {
    /// Gets what is at `url` and ends within `deadline_ms` milliseconds. The future need not be
    /// `Send`; dropping it gives the request up.
    fn get(
        &self,
        url: &str,
        headers: Vec<(&'static str, String)>,
        deadline_ms: u64,
    ) -> impl Future<Output = Result<HttpResponse, TransportError>>;
}

impl<T: Transport + ?Sized> Transport for &T {
    async fn get(
        &self,
        url: &str,
        headers: Vec<(&'static str, String)>,
        deadline_ms: u64,
    ) -> Result<HttpResponse, TransportError> {
        (**self).get(url, headers, deadline_ms).await
    }
}
