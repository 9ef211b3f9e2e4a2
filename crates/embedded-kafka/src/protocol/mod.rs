//! The REST proxy's protocol, version 2, as a server sees it: pure, no storage.
//!
//! [`read`] turns a body into records or the [`Refusal`] that it deserves; [`write()`] turns what became of each record
//! into an answer. What is refused and how it is worded follows Strimzi's bridge, with two differences, both in the
//! binary format, where the bridge stores other bytes than were sent and says 200:
//!
//! - A key or value that is not base64 with its padding is 422. The bridge stores an empty one.
//! - `"value":null` is a tombstone (a record without a value). The bridge stores the three bytes which the word `null`
//!   decodes to.

mod json;
mod outcome;
mod produce;
mod refusal;
mod schema;
mod size;

pub use outcome::Outcome;
pub use produce::{Format, Header, NewRecord, read, write};
pub use refusal::Refusal;
pub use size::upper_bound;

pub(crate) use json::readable;
