//! The side of the clients: connections, limits, tokens, answers.

mod answer;
mod body;
mod commands;
mod health;
mod records;
mod serve;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::Response;
use axum::routing::get;
use tokio::sync::Semaphore;

use crate::{Config, Kafka, Limits, Redis, Times};
pub(crate) use serve::serve;
use tokens::Tokens;

/// What every request needs.
pub(crate) struct Door {
    redis: Option<Arc<Redis>>,
    kafka: Option<Arc<Kafka>>,
    tokens: Tokens,
    limits: Limits,
    times: Times,
    /// One permit a request under way.
    places: Arc<Semaphore>,
}

/// Why a request goes no further, in whatever protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refused {
    status: u16,
    text: String,
}

impl Door {
    pub(crate) fn new(
        redis: Option<Arc<Redis>>,
        kafka: Option<Arc<Kafka>>,
        config: &Config,
    ) -> Self {
        let tokens = Tokens::new(&config.tokens, &config.read_only_tokens);
        let places = Arc::new(Semaphore::new(config.limits.concurrency));
        Self { redis, kafka, tokens, limits: config.limits, times: config.times, places }
    }

    /// Waits until nothing is under way, also of what nobody waits for any more.
    pub(crate) async fn idle(&self) {
        // Nobody closes the semaphore.
        let _ = self.places.acquire_many(self.limits.concurrency as u32).await;
    }
}

/// `/health`; everything else is a request of one of the protocols.
pub(crate) fn router(door: Arc<Door>) -> Router {
    Router::new().route("/health", get(health::health)).fallback(request).with_state(door)
}

/// `/topics` and what is below it belongs to Kafka, all the rest to Redis; all to one that is alone.
async fn request(State(door): State<Arc<Door>>, request: Request<Body>) -> Response {
    let kafka_s = records::is_kafka_s(request.uri().path());
    match (door.redis.clone(), door.kafka.clone()) {
        (None, Some(kafka)) => records::records(door, kafka, request).await,
        (Some(_), Some(kafka)) if kafka_s => records::records(door, kafka, request).await,
        (Some(redis), _) => commands::commands(&door, &redis, request).await,
        (None, None) => answer::respond(answer::refuse(503, "UNAVAILABLE nothing is served")),
    }
}
