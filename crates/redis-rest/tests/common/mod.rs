//! What the client's tests share.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::unnecessary_wraps,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test uses a part of it, tests may panic, and answers have one type"
)]

pub(crate) mod http;
pub(crate) mod memory;
pub(crate) mod scripted;
pub(crate) mod world;
