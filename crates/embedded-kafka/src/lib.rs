//! A small Kafka over SQL: the default where none is configured.
//!
//! One [`Engine`] over a [`Store`](presence::store::Store) takes the REST proxy's produce requests (version 2) into
//! topics with real partitions and offsets, lets people read back, and tells followers what is new. It is for
//! development: one object, bounded, without consumer groups.
//!
//! # Tour
//!
//! Start at `engine.rs`. [`Engine::handle`] answers a [`Request`]; [`Engine::follow`] and [`Engine::tail`] are for a
//! shell that streams, and [`sse`] writes what it sends; [`Engine::next_due`] and [`Engine::expire`] are for its alarm.
//!
//! - `protocol/` is the REST proxy's protocol as a server sees it, without storage; [`Route`] and [`Parameters`] read
//!   paths. The gateway, which stands in front of a real Kafka, uses them too. `protocol/` says where it differs from
//!   the bridge that it follows.
//! - `log/` keeps the records; its tables and what holds for them are in `log/schema.rs`.
//! - [`murmur2`] picks the partition of a key, as Java's client does.
//! - `config.rs` has the settings and all bounds.
//!
//! # Requests
//!
//! | method and path | answer |
//! |---|---|
//! | `POST /topics/{topic}` | `{"offsets":[{"partition","offset"} or {"error_code","message"}]}`, one for each record |
//! | `POST /topics/{topic}/partitions/{partition}` | the same |
//! | `GET /topics` | `["presence-events",…]` |
//! | `GET /topics/{topic}` | `{"name","configs","partitions":[…]}` |
//! | `GET /topics/{topic}/partitions` | `[{"partition","leader","replicas":[{"broker","leader","in_sync"}]}]` |
//! | `GET /topics/{topic}/partitions/{partition}` | one of these |
//! | `GET /topics/{topic}/partitions/{partition}/offsets` | `{"beginning_offset","end_offset"}` |
//! | `GET /topics/{topic}/partitions/{partition}/messages?offset=&count=` | see below |
//! | `?follow=true` at `/topics`, `/topics/{topic}` or `…/messages` | server-sent events, see below |
//!
//! Producing takes `application/vnd.kafka.json.v2+json`, `…binary.v2+json` and `…text.v2+json`, to the byte. A topic is
//! made by the first record for it. `?async=true` is answered 204. A record that is refused spoils no other, and all
//! that is accepted of a request is stored at once or not at all. Errors are `{"error_code","message"}`, and
//! `validation_errors` where the shape is wrong.
//!
//! # Reading
//!
//! ```json
//! {"topic":"t","partition":0,"beginning_offset":0,"end_offset":7,"next_offset":1,"messages":[
//!   {"topic":"t","partition":0,"offset":0,"timestamp":1700000000000,
//!    "key":"azE=","key_text":"k1","value":"eyJhIjoxfQ==","value_json":{"a":1},
//!    "headers":[{"key":"h","value":"dmFs"}]}]}
//! ```
//! `key` and `value` are base64, or `null` for none. Beside them stands what can be read: `key_text` if the key is
//! UTF-8; `value_json` if the value is JSON, `value_text` if it is other UTF-8. `headers` is left out where there are
//! none. `offset` defaults to the beginning, and one that is not kept any more, or not given yet, counts as the nearest;
//! `count` is 100, at most 1,000; an answer holds about 2 MiB of records. Go on at `next_offset`.
//!
//! # Following
//!
//! Each event's data is such a message in one line; its `id` is a cursor, the record's position in the whole log.
//! `Last-Event-ID` goes on after it. Without, a stream begins now; `?from=earliest` begins with all that is kept, and
//! `?offset=` at an offset (of a partition). A topic that is not there yet may be followed.
//!
//! # Example
//!
//! ```
//! use embedded_kafka::{Config, Engine, Request, Scope};
//! use presence::sqlite::SqliteStore;
//!
//! let mut engine = Engine::new(SqliteStore::in_memory()?, Config::default());
//! let answer = engine.handle(
//!     &Request {
//!         method: "POST",
//!         path: "/topics/greetings",
//!         content_type: Some("application/vnd.kafka.json.v2+json"),
//!         body: br#"{"records":[{"value":"hello"}]}"#,
//!         ..Request::default()
//!     },
//!     1_700_000_000_000,
//! );
//! assert_eq!(answer.body, br#"{"offsets":[{"partition":0,"offset":0}]}"#);
//! let batch = engine.tail(&Scope::default(), 0, 100)?;
//! assert_eq!(batch.records[0].value.as_deref(), Some(&br#""hello""#[..]));
//! # Ok::<(), presence::store::StoreError>(())
//! ```

mod config;
mod engine;
mod http;
mod log;
pub mod murmur2;
pub mod protocol;
mod route;
pub mod sse;
mod topic;
mod view;

pub use config::{
    Config, DEFAULT_COUNT, MAX_COUNT, MAX_MESSAGE, MAX_READ, MAX_RECORDS, MAX_REQUEST, Retention,
};
pub use engine::{Engine, Follow};
pub use http::{Answer, KAFKA_JSON, Request};
pub use log::{Batch, Cursor, Record, Scope};
pub use protocol::Refusal;
pub use route::{Parameters, Route};
pub use topic::is_legal;
