//! Each command by itself, under a clock that tests turn.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod bounds;
mod conformance;
mod expiry;
mod hashes;
mod keys;
mod protocol;
mod scans;
mod server;
mod sets;
mod storage;
mod strings;
mod transactions;
mod world;
