//! Internal requests and their answers. Only the Worker and other objects can send them: no route
//! from outside leads here.

use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Request, Response, Result};

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
