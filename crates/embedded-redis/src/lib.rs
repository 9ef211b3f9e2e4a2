//! A small Redis over synchronous SQL: what hubs mirror to where no other Redis is configured. The
//! same code runs in a Durable Object's SQLite and natively.
//!
//! # Tour
//!
//! [`Engine`] is all there is to know from outside: [`execute`](Engine::execute) for one command,
//! [`pipeline`](Engine::pipeline) and [`transaction`](Engine::transaction) for several,
//! [`handle`](Engine::handle) for a whole request of the REST protocol. Time is an argument;
//! [`next_expiry`](Engine::next_expiry) and [`expire_due`](Engine::expire_due) are for the alarm.
//!
//! - `keyspace.rs`: the tables, and all SQL. Start there.
//! - `commands.rs`: the table of commands; a file a group below it.
//! - `context.rs`: what a command is given to work with.
//! - `glob.rs`, `number/`: patterns and numbers as Redis reads and writes them.
//!
//! # What is different from Redis
//!
//! - One database, no scripts, no blocking, no publish and subscribe; strings, sets and hashes only.
//! - Bounded ([`Limits`]): a command that would grow what is stored beyond them is refused with
//!   Redis's `OOM …` (in a transaction that command alone), one that would answer more than them with
//!   an error of its own. A key may have [`MAX_KEY`] bytes, a value or a member [`MAX_VALUE`].
//! - Times beyond 2⁵³ ms (the year 287396) are kept as that.
//! - `SCARD`, `HLEN` and the like count rows; members come in the order of a hash.
//!
//! # Example
//!
//! ```
//! use embedded_redis::Engine;
//! use presence::sqlite::SqliteStore;
//! use redis_rest::{Command, Reply};
//!
//! let mut engine = Engine::new(SqliteStore::in_memory().unwrap());
//! let set = Command::new("SET").arg("greeting").arg("hello").arg("PX").arg("500");
//! assert_eq!(engine.execute(&set, 1_000), Ok(Reply::ok()));
//! let get = Command::new("GET").arg("greeting");
//! assert_eq!(engine.execute(&get, 1_500), Ok(Reply::Bulk(b"hello".to_vec())));
//! assert_eq!(engine.next_expiry(), Some(1_501));
//! assert_eq!(engine.execute(&get, 1_501), Ok(Reply::Null));
//! ```

mod commands;
mod context;
mod engine;
mod failure;
mod glob;
mod keyspace;
mod limits;
mod number;
mod random;

pub use engine::Engine;
pub use limits::{Limits, MAX_KEY, MAX_VALUE};
