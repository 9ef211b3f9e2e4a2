//! Answers, until they become the platform's own.

use edge::problem::{MEDIA_TYPE, Problem};
use serde::Serialize;
use worker::{Headers, Response, ResponseBody, ResponseBuilder};

/// What an answer carries.
pub(crate) enum Body {
    /// Nothing.
    Empty,
    /// Text of this media type.
    Text(&'static str, String),
    /// What another part of the platform answered: a file, or the client's end of a WebSocket.
    Passed(Response),
}

/// An answer on its way out.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
}

/// What every handler gives.
pub(crate) type Answer = Result<Reply, Problem>;

impl Reply {
    /// 200 with JSON.
    pub(crate) fn json(value: &impl Serialize) -> Answer {
        Self::json_with_status(200, value)
    }

    /// JSON with another status.
    pub(crate) fn json_with_status(status: u16, value: &impl Serialize) -> Answer {
        let text = serde_json::to_string(value)
            .map_err(|_| unavailable("the answer cannot be written"))?;
        Ok(Self::text(status, "application/json", text))
    }

    /// 204.
    pub(crate) fn empty() -> Self {
        Self { status: 204, headers: Vec::new(), body: Body::Empty }
    }

    /// What came from elsewhere, with headers on top.
    pub(crate) fn passed(response: Response, headers: Vec<(&'static str, String)>) -> Self {
        Self { status: response.status_code(), headers, body: Body::Passed(response) }
    }

    /// A refusal.
    pub(crate) fn problem(problem: &Problem, path: &str) -> Self {
        let text = serde_json::to_string(&problem.body(path)).unwrap_or_default();
        let reply = Self::text(problem.status(), MEDIA_TYPE, text);
        Self { headers: [reply.headers, problem.headers()].concat(), ..reply }
    }

    /// Answers of the API say how things are now; nobody may keep them.
    fn text(status: u16, media_type: &'static str, text: String) -> Self {
        let headers = vec![("cache-control", "no-store".to_owned())];
        Self { status, headers, body: Body::Text(media_type, text) }
    }

    /// The platform's own form. `head`: the same without its body.
    pub(crate) fn into_response(self, head: bool) -> worker::Result<Response> {
        let (builder, body) = match self.body {
            Body::Empty => (ResponseBuilder::new(), ResponseBody::Empty),
            Body::Text(media_type, text) => {
                let headers = Headers::new();
                headers.set("content-type", media_type)?;
                (
                    ResponseBuilder::new().with_headers(headers),
                    ResponseBody::Body(text.into_bytes()),
                )
            }
            Body::Passed(response) => mutable(response)?,
        };
        let mut response =
            builder.with_status(self.status).body(if head { ResponseBody::Empty } else { body });
        for (name, value) in &self.headers {
            response.headers_mut().set(name, value)?;
        }
        Ok(response)
    }
}

/// What the platform answers has headers that cannot be changed, so they are copied.
fn mutable(response: Response) -> worker::Result<(ResponseBuilder, ResponseBody)> {
    let headers = Headers::new();
    for (name, value) in response.headers() {
        headers.append(&name, &value)?;
    }
    let (builder, body) = response.into_parts();
    Ok((builder.with_headers(headers), body))
}

/// 503: something on our side did not work; try again.
pub(crate) fn unavailable(detail: &str) -> Problem {
    Problem::new(presence::errors::ErrorCode::Unavailable, detail)
}
