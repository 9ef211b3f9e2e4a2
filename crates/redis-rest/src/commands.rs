//! Typed commands, a file a group. What is not here is sent as a [`Command`](crate::Command).

mod decode;
mod keys;
mod scan;
mod server;
mod sets;
mod strings;

pub use keys::{Kind, Ttl, del, exists, expire, kind, pexpire, ttl};
pub use scan::{Cursor, Page, Scan, Sscan, scan, sscan};
pub use server::{Info, dbsize, flushdb, info, ping};
pub use sets::{sadd, scard, sismember, smembers, smismember, srem};
pub use strings::{Set, get, mget, set};
