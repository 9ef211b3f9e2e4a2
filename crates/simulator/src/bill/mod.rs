//! What running Rollcall would cost, counted from the code as it is.
//!
//! - [`scenario`]: what people do, from `bill/scenarios/`; `plan` spreads it over a day
//! - [`play`]: plays it in the [`World`](crate::world::World) and counts
//! - [`operations`]: the counts under the names of the bill; [`budget`] holds them
//! - [`prices`], [`cost`]: what they cost; [`report`] and [`chart`] show it
//! - [`mirror`]: what Redis adds; [`outbox`]: what Kafka adds
//! - [`script`]: what is played on the real server too, which counts its rows by itself
//! - [`files`]: where all that is read from
//!
//! Start reading in [`play`].

pub mod budget;
pub mod chart;
pub mod cost;
pub mod files;
pub mod mirror;
pub mod operations;
pub mod outbox;
mod plan;
pub mod play;
pub mod prices;
pub mod report;
pub mod scenario;
pub mod script;
