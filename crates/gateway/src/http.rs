//! The side of the clients: connections, limits, tokens, answers.

mod answer;
mod body;
mod commands;
mod health;
mod serve;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use tokio::sync::Semaphore;

use crate::{Config, Limits, Redis, Times};
pub(crate) use serve::serve;
use tokens::Tokens;

/// What every request needs.
pub(crate) struct Door {
    redis: Arc<Redis>,
    tokens: Tokens,
    limits: Limits,
    times: Times,
    /// One permit a request under way.
    places: Semaphore,
}

impl Door {
    pub(crate) fn new(redis: Arc<Redis>, config: &Config) -> Self {
        let tokens = Tokens::new(&config.tokens, &config.read_only_tokens);
        let places = Semaphore::new(config.limits.concurrency);
        Self { redis, tokens, limits: config.limits, times: config.times, places }
    }
}

/// `/health`; everything else is a request of the protocol.
pub(crate) fn router(door: Door) -> Router {
    let health = get(health::health);
    Router::new().route("/health", health).fallback(commands::commands).with_state(Arc::new(door))
}
