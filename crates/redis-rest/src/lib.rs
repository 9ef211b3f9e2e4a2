//! Redis over REST as Upstash speaks it: a client, and the protocol as a server sees it.
//!
//! # Tour
//!
//! Both sides share [`Command`] (bytes in), [`Reply`] and [`RedisError`] (bytes out), and
//! [`Outcome`], which is one or the other.
//!
//! **The server side** is pure: [`read`] turns a [`Request`] into a [`Call`] or the [`Answer`] that
//! refuses it, [`write()`] turns outcomes into an answer. Start at `server.rs`.
//!
//! **The client** is [`Client`]: [`single`](Client::single), [`pipeline`](Client::pipeline),
//! [`transaction`](Client::transaction), and [`ask`](Client::ask) for the typed [`commands`]. It is
//! given everything that touches the world: a [`Transport`] ([`Reqwest`] at the edge and natively),
//! an [`Environment`] (time, chance, sleep), and a [`Breaker`] that it shares with its like. Start at
//! `client.rs`; the rest is what it is made of:
//!
//! - `answer.rs` says what an answer amounts to. [`Error`] tells apart what was certainly not done
//!   and may be tried again (`Retriable`), what will be refused again (`Refused`), and what may have
//!   been done (`Ambiguous`). What Redis says to one command is no error but that command's outcome;
//!   [`RedisError::class`] tells what to do about it.
//! - `retry.rs`: [`How`] a call is made: its deadline, and what may be repeated.
//! - `breaker/machine.rs`: when the breaker opens, and whom it lets through.
//! - `commands/`: typed commands, a file a group.
//!
//! # Example
//!
//! ```
//! use redis_rest::commands::{get, set};
//! use redis_rest::{Breaker, Client, Environment, Error, How, Settings, Transport};
//!
//! async fn greet<T: Transport, E: Environment>(transport: T, world: E) -> Result<(), Error> {
//!     let settings = Settings::new("https://example.upstash.io", "token");
//!     let client = Client::new(transport, world, settings, Breaker::default());
//!     let how = How::harmless(2_000);
//!     client.ask(&set("greeting", "hello").ex(60), how).await?;
//!     assert_eq!(client.ask(&get("greeting"), how).await?, Some(b"hello".to_vec()));
//!     Ok(())
//! }
//! ```

mod answer;
mod ask;
mod breaker;
mod class;
mod client;
mod command;
pub mod commands;
#[cfg(feature = "conformance")]
pub mod conformance;
mod environment;
mod error;
#[cfg(feature = "reqwest")]
mod fetch;
mod reply;
mod retry;
mod server;
mod transport;
mod wire;

pub use ask::{Ask, Plain};
pub use breaker::{
    Breaker, BreakerSettings, Change, Machine, Open, Permit, Report, State, Ticket, Verdict,
};
pub use class::ErrorClass;
pub use client::{Client, Settings};
pub use command::Command;
pub use environment::Environment;
pub use error::{Doubt, Error, Refusal, Untaken};
#[cfg(feature = "reqwest")]
pub use fetch::Reqwest;
pub use reply::{Outcome, RedisError, Reply};
pub use retry::{Backoff, How, Repeat};
pub use server::{
    Answer, Call, MAX_REQUEST, Request, Shape, check_size, read, write, write_refusal,
};
pub use transport::{HttpRequest, HttpResponse, Transport, TransportError};
