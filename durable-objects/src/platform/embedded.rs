//! The objects that stand in for other systems in development: one of each.

use worker::{Env, Request, Response};

/// Which system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Embedded {
    /// [`EmbeddedRedis`](crate::EmbeddedRedis).
    Redis,
    /// [`EmbeddedKafka`](crate::EmbeddedKafka).
    Kafka,
}

impl Embedded {
    /// What stands before the path in requests to it. Nobody resolves it.
    pub fn origin(self) -> &'static str {
        match self {
            Self::Redis => "https://redis.invalid",
            Self::Kafka => "https://kafka.invalid",
        }
    }

    /// What it answers to a request of its protocol.
    pub async fn fetch(self, env: &Env, request: Request) -> worker::Result<Response> {
        let (binding, name) = match self {
            Self::Redis => ("EMBEDDED_REDIS", "redis"),
            Self::Kafka => ("EMBEDDED_KAFKA", "kafka"),
        };
        env.durable_object(binding)?.get_by_name(name)?.fetch_with_request(request).await
    }
}
