//! The scheduled tasks over a world in memory: hubs, a directory, a Redis and a clock that a test controls.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests stop at the first surprise"
)]

mod bounds;
mod cost;
mod health;
mod mirrored;
mod presence_set;
mod pulse;
mod schedule;
mod sessions;
mod subscriptions;
mod values;
mod world;
