//! A request from outside. Header by header, since the platform lets through values that a typed
//! header map refuses, and no header that a caller can send may be a 500.

use edge::address::Address;
use edge::bodies::check_size;
use edge::problem::Problem;
use edge::query::Query;
use futures_util::StreamExt as _;
use js_sys::Reflect;
use presence::errors::ErrorCode;
use worker::wasm_bindgen::JsValue;
use worker::web_sys;

/// How many bytes beyond its limit a body is read, so that its sender hears that it was too long.
const PATIENCE: usize = 1024 * 1024;

/// The request and the parts of its address.
pub(crate) struct Incoming {
    request: web_sys::Request,
    /// `GET`, ….
    pub(crate) method: String,
    /// This service's own origin, as the caller addressed it.
    pub(crate) origin: String,
    /// Still percent-encoded.
    pub(crate) path: String,
    /// Decoded.
    pub(crate) query: Query,
    /// As it was written.
    pub(crate) raw_query: String,
}

impl Incoming {
    pub(crate) fn new(request: web_sys::Request) -> Self {
        let url = request.url();
        let Address { origin, path, query } = Address::parse(&url);
        Self {
            method: request.method(),
            origin: origin.to_owned(),
            path: path.to_owned(),
            query: Query::parse(query),
            raw_query: query.to_owned(),
            request,
        }
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    /// What the edge says of the connection, such as `country` and `colo`.
    pub(crate) fn edge_says(&self, name: &str) -> Option<String> {
        let cf = Reflect::get(&self.request, &JsValue::from_str("cf")).ok()?;
        if !cf.is_object() {
            return None;
        }
        Reflect::get(&cf, &JsValue::from_str(name)).ok()?.as_string()
    }

    /// The whole body, unless it is longer than `limit`. A little more than that is still read, and
    /// thrown away: a caller whose connection breaks while it writes never sees why.
    pub(crate) async fn body(&self, limit: usize) -> Result<Vec<u8>, Problem> {
        if let Some(length) = self.header("content-length").and_then(|text| text.parse().ok()) {
            check_size(length, limit)?;
        }
        let (mut body, mut length) = (Vec::new(), 0);
        // `Request::clone` of the platform would copy the body; a second handle is all that is needed.
        let Ok(mut chunks) = worker::Request::from(Clone::clone(&self.request)).stream() else {
            return Ok(body);
        };
        while let Some(chunk) = chunks.next().await {
            let chunk =
                chunk.map_err(|_| Problem::new(ErrorCode::MalformedJson, "the body broke off"))?;
            length += chunk.len();
            if length <= limit {
                body.extend_from_slice(&chunk);
            } else if length > limit + PATIENCE {
                break;
            }
        }
        check_size(length, limit)?;
        Ok(body)
    }
}
