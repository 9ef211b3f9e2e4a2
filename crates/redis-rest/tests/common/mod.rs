//! What the client's tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test uses a part of it, and tests may panic"
)]

pub(crate) mod http;
pub(crate) mod memory;
pub(crate) mod scripted;
pub(crate) mod world;
