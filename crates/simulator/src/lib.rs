//! The whole system in one process: the real domain on real SQL, a hub a user, under a virtual clock,
//! on a network that loses, delays, doubles and reorders, on machines that hibernate and crash. All of
//! it from one seed.
//!
//! # Tour
//!
//! - [`script`]: what happens in a run, made from the seed
//! - [`world`]: carries out what hubs ask for, and lets the [`faults`] strike
//! - [`judge`]: an independent model that every turn is held to, and what must hold at rest
//! - [`keyspace`]: a small Redis
//! - [`run`]: plays a script; [`shrink`] makes a failing one small
//! - [`bill`]: scenarios, prices, budgets
//! - [`history`]: histories to be played here and against the real server
//! - [`coverage`], [`tally`], [`trace`]: what happened, what it costs, and the timeline
//!
//! Start reading in [`run`].
#![allow(clippy::indexing_slicing, reason = "a native tool that should stop at the first surprise")]

pub mod bill;
pub mod coverage;
pub mod disk;
pub mod faults;
pub mod history;
pub mod judge;
pub mod keyspace;
pub mod random;
pub mod run;
pub mod script;
pub mod shrink;
pub mod tally;
pub mod trace;
pub mod world;
