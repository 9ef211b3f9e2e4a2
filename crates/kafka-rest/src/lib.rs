//! A producer for Kafka's REST proxies: v2, the common denominator of Confluent's, Strimzi's,
//! Karapace and Redpanda's, and v3, which Confluent's have.
//!
//! # Tour
//!
//! [`Producer`] sends [`Record`]s to a topic and says of each what became of it: an [`Outcome`]. It
//! is given everything that touches the world: a [`Transport`] ([`Reqwest`] at the edge and
//! natively), an [`Environment`], and the [`Proxy`] that it shares with its like: the circuit breaker,
//! and what was learned of the proxy. Start at `producer.rs`; the rest is what it is made of:
//!
//! - `v2.rs`, `v3/`: how records are written, and what an answer says of each.
//! - `whole.rs`: what an answer says of a request as a whole.
//! - `classify/`: what a code and words mean for a record.
//! - `producer/verdict.rs`: what an answer says of the proxy, for the breaker.
//!
//! # What counts as delivered
//!
//! A status of 200 is no proof. A record is [`Outcome::Delivered`] only where the answer gives that
//! record a partition and an offset and no error. What is not understood is never
//! [`Outcome::Refused`], which would have it thrown away, but waits. Nothing is repeated here after a
//! doubt: whoever owns the records repeats them with the same ids.
//!
//! # One key a call
//!
//! Redpanda's proxy answers by partition, not by record. Where that shows, the call is in doubt and
//! from then on each record goes in a request of its own, so that each answer is about one record.
//! Records of one call should share their key all the same: nothing else keeps their order.
//!
//! # Example
//!
//! ```
//! use kafka_rest::{Api, Environment, Outcome, Producer, Proxy, Record, Settings, Transport};
//!
//! async fn publish<T: Transport, E: Environment>(transport: T, world: E) -> bool {
//!     let settings = Settings {
//!         authorization: Some("Basic dXNlcjpzZWNyZXQ=".to_owned()),
//!         ..Settings::new("https://proxy.example", Api::V2)
//!     };
//!     let producer = Producer::new(transport, world, settings, Proxy::default());
//!     let produced = producer.produce("greetings", &[Record::new("alice", "hello")]).await;
//!     matches!(produced.outcomes.as_slice(), [Outcome::Delivered { .. }])
//! }
//! ```

mod classify;
#[cfg(feature = "reqwest")]
mod fetch;
mod name;
mod outcome;
mod producer;
mod proxy;
mod record;
mod said;
mod settings;
mod transport;
mod v2;
mod v3;
mod whole;
mod wire;

#[cfg(feature = "reqwest")]
pub use fetch::Reqwest;
pub use outcome::{Ban, Doubt, Outcome, Passing, Produced, Refusal};
pub use producer::Producer;
pub use proxy::Proxy;
pub use record::{Header, Record};
pub use redis_rest::{
    Breaker, BreakerSettings, Change, Environment, HttpRequest, HttpResponse, Report, State,
    Transport as Post, TransportError,
};
pub use settings::{Api, Settings};
pub use transport::Transport;
