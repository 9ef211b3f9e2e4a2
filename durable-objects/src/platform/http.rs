//! Internal requests and their answers. Only the Worker and other objects can send them: no route
//! from outside leads here.

use edge::address::Address;
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Request, Response, Result};

/// Where a request goes. Not by `Request::url`, which would bring a whole parser of addresses along.
pub(crate) struct Target(String);

impl Target {
    /// The request's.
    pub(crate) fn of(request: &Request) -> Self {
        Self(request.inner().url())
    }

    /// Still percent-encoded.
    pub(crate) fn path(&self) -> &str {
        Address::parse(&self.0).path
    }

    /// What stands after the question mark, if anything does.
    pub(crate) fn query(&self) -> Option<&str> {
        Some(Address::parse(&self.0).query).filter(|query| !query.is_empty())
    }
}

/// 200 with a JSON body.
pub(crate) fn json(body: &impl Serialize) -> Result<Response> {
    Response::from_json(body)
}

/// A status and a word for whoever reads the log.
pub(crate) fn refuse(status: u16, why: &str) -> Result<Response> {
    Response::error(why, status)
}

/// The body, if it is what was expected.
pub(crate) async fn body<T: DeserializeOwned>(request: &mut Request) -> Option<T> {
    serde_json::from_slice(&request.bytes().await.ok()?).ok()
}
