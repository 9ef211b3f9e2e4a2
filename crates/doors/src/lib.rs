//! Every door through which bytes from outside come in, as a plain function of bytes.
//!
//! A door takes any bytes at all and panics where a promise is broken: not only where the code under it
//! panics, but where two ways that must agree do not. `fuzz/` runs each with coverage on nightly
//! (`npm run prove -- fuzz`), `tests/replay.rs` replays what was found on stable, in `npm test`.
//!
//! - [`stomp_codec`], [`stomp_connection`], [`json_frames`], [`attachments`]: what a socket brings
//! - [`rest`], [`settings`], [`names`], [`tokens`]: what a request brings, and who deploys
//! - [`internal_calls`], [`hub`], [`stored_rows`]: what other hubs and older versions bring
//! - [`redis_answers`], [`kafka_answers`]: what Redis and Kafka answer; [`redis_requests`],
//!   [`embedded_redis`], [`embedded_kafka`]: what is asked of those that come with it
//!
//! A new door: a function here, a line in [`DOORS`], a one-line target in `fuzz/fuzz_targets`, and a
//! first input in `fuzz/corpus/<name>`. The replay fails until all four are there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a door is a test: it stops at the first surprise, which is its purpose"
)]

mod attachments;
mod embedded_kafka;
mod embedded_redis;
mod hub;
mod internal_calls;
mod json_frames;
mod kafka_answers;
mod names;
mod once;
mod pieces;
mod redis_answers;
mod redis_requests;
mod rest;
mod settings;
mod shell;
mod stomp_codec;
mod stomp_connection;
mod stored_rows;
mod tokens;

pub use attachments::attachments;
pub use embedded_kafka::embedded_kafka;
pub use embedded_redis::embedded_redis;
pub use hub::hub;
pub use internal_calls::internal_calls;
pub use json_frames::json_frames;
pub use kafka_answers::kafka_answers;
pub use names::names;
pub use redis_answers::redis_answers;
pub use redis_requests::redis_requests;
pub use rest::rest;
pub use settings::settings;
pub use stomp_codec::stomp_codec;
pub use stomp_connection::stomp_connection;
pub use stored_rows::stored_rows;
pub use tokens::tokens;

/// A door and what it is called in `fuzz/`.
pub type Door = (&'static str, fn(&[u8]));

/// All of them.
pub const DOORS: [Door; 16] = [
    ("attachments", attachments),
    ("embedded_kafka", embedded_kafka),
    ("embedded_redis", embedded_redis),
    ("hub", hub),
    ("internal_calls", internal_calls),
    ("json_frames", json_frames),
    ("kafka_answers", kafka_answers),
    ("names", names),
    ("redis_answers", redis_answers),
    ("redis_requests", redis_requests),
    ("rest", rest),
    ("settings", settings),
    ("stomp_codec", stomp_codec),
    ("stomp_connection", stomp_connection),
    ("stored_rows", stored_rows),
    ("tokens", tokens),
];
