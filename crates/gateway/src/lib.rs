//! Upstash REST in front of any Redis, and Kafka's REST proxy in front of any Kafka, for development and for people who host it themselves.
//!
//! # Tour
//!
//! `main.rs` reads [`Config`] from flags and environment, and calls [`run`].
//!
//! - `config/`: flags, and the [`Target`] that they name: one server, what Sentinels say, a Cluster.
//! - `http/`: connections, limits, tokens and `/health`. What the bytes of a request mean, and how
//!   answers are written, is `redis-rest`'s affair.
//! - `redis/`: [`Redis`] takes commands and gives outcomes, or says why not and whether they may have
//!   been carried out ([`Unavailable`]). Nothing there is sent twice unless Redis said that it was
//!   not taken. Start at `redis/link.rs`: one server, one connection that many requests share.
//! - `kafka/`: [`Kafka`] takes the records of a request and says what became of each. The protocol is
//!   `embedded-kafka`'s, and so is the choice of partitions. Start at `kafka/job.rs`: a request's way
//!   through attempts to its answer.
//! - `log.rs`: one line of JSON an event, on standard error.

mod config;
mod http;
mod kafka;
mod log;
mod redis;
mod run;
mod tls;
mod watch;

pub use config::{
    Config, Host, KafkaLogin, KafkaTarget, Limits, Login, Mechanism, Place, Target, Times, TlsFiles,
};
pub use kafka::Kafka;
pub use redis::{Redis, Taken, Unavailable};
pub use run::run;
