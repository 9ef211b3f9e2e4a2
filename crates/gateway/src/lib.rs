//! Upstash REST in front of any Redis, for development and for people who host it themselves.
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
//! - `log.rs`: one line of JSON an event, on standard error.

mod config;
mod http;
mod log;
mod redis;
mod run;

pub use config::{Config, Host, Limits, Login, Place, Target, Times, TlsFiles};
pub use redis::{Redis, Taken, Unavailable};
pub use run::run;
