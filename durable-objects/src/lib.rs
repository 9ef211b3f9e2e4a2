//! The Durable Objects: thin shells over `presence` and `protocol`.
//!
//! # Tour
//!
//! - [`UserHub`]: one for each user, named by the user's id. `user_hub.rs` says what it stores and
//!   what survives; `user_hub/shell.rs` is a turn of the domain from beginning to end, and
//!   `user_hub/sockets.rs` what it knows of its open sockets.
//! - [`Directory`]: 64 shards, which users exist.
//! - [`EmbeddedRedis`], [`EmbeddedKafka`]: the Redis and the Kafka of development; [`redis`] and `kafka.rs`
//!   are how any is reached.
//! - [`Scheduler`]: one, which runs the scheduled tasks.
//! - `platform` holds every call to the platform that can throw or panic.
//!
//! No logic that a native test could hold lives here: what to do is decided in `presence`, what a
//! frame means in `protocol`. Start reading in `user_hub.rs`.

mod directory;
mod embedded_kafka;
mod embedded_redis;
mod kafka;
mod outside;
mod platform;
pub mod redis;
mod scheduler;
mod user_hub;

pub use directory::Directory;
pub use embedded_kafka::EmbeddedKafka;
pub use embedded_redis::EmbeddedRedis;
pub use platform::calls::directory;
pub use platform::embedded::Embedded;
pub use platform::settings::variable;
pub use scheduler::{Run, Scheduler};
pub use user_hub::UserHub;
