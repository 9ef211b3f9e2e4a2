//! The log as its producers, its readers and its followers see it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests stop at the first surprise"
)]

mod answers;
mod answers_refused;
mod bounds;
mod following;
mod partitioner;
mod producing;
mod properties;
mod reading;
mod retention;
mod storage;
mod world;
