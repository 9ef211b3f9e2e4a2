//! Answers of the protocol as HTTP responses.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use redis_rest::{Answer, RedisError, write_refusal};

use crate::Unavailable;

pub(super) fn respond(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    let status = StatusCode::from_u16(answer.status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    match answer.status {
        401 => headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
        429 => headers.insert(RETRY_AFTER, HeaderValue::from_static("1")),
        _ => None,
    };
    response
}

pub(super) fn refuse(status: u16, text: impl Into<String>) -> Answer {
    write_refusal(&RedisError(text.into()), status)
}

pub(super) fn unavailable(failure: &Unavailable) -> Answer {
    refuse(failure.status(), failure.to_string())
}
