//! Whether requests would be served.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Door;

/// 200 if Redis answers, else 503 with the reason. Nobody needs a token for it.
pub(super) async fn health(State(door): State<Arc<Door>>) -> Response {
    let (status, said) = match door.redis.ping().await {
        Ok(()) => (StatusCode::OK, json!({ "status": "up" })),
        Err(failure) => {
            let said = json!({ "status": "down", "reason": failure.reason });
            (StatusCode::SERVICE_UNAVAILABLE, said)
        }
    };
    (status, [(CONTENT_TYPE, "application/json")], said.to_string()).into_response()
}
