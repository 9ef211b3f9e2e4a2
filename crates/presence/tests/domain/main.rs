//! The domain under a virtual clock: many hubs in one process, a network that a test controls,
//! hibernation and crashes wherever a test wants them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "tests stop at the first surprise"
)]

mod alarms;
mod counts;
mod events;
mod mailbox;
mod messages;
mod projection;
mod projection_versions;
mod smoke;
mod status;
mod world;
