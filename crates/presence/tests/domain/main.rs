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
mod alarms_once;
mod audit;
mod conformance;
mod counts;
mod edges;
mod events;
mod found;
mod hidden_ends;
mod inquiries;
mod inquiry_order;
mod leases;
mod lists;
mod logs;
mod mailbox;
mod messages;
mod mirror;
mod mirror_away;
mod mirror_found;
mod odd_events;
mod odd_rows;
mod older_rows;
mod outbox;
mod outbox_bounds;
mod outbox_found;
mod outbox_held;
mod outbox_hold;
mod own_devices;
mod passes;
mod projection;
mod projection_versions;
mod regressions;
mod repeats;
mod restarts;
mod restarts_storage;
mod resume;
mod schema;
mod selfwatch;
mod sessions;
mod smoke;
mod status;
mod wakes;
mod watchers;
mod world;
