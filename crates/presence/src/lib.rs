//! Who is here, on which devices, and who needs to know: the domain of Rollcall, without a platform.
//!
//! No clock, no network, no randomness of its own: time, ids and jitter are arguments, storage is a
//! trait, inputs and effects are values. So the whole system runs in one native process.
//!
//! **Start reading at** [`hub`]: a [`hub::Hub`] takes an input and answers with a [`effects::Step`]:
//! what to send to which socket, whom to call, when to wake. The shell does it.
//!
//! - [`calls`], [`effects`], [`events`], [`state`]: the values that go in and come out
//! - `inputs`: one file a group of inputs, each changes the facts
//! - [`mirror`]: what Redis is made to say; [`outbox`]: events on their way
//! - `followers`: what a changed fact sets in motion, with a durable position each
//! - `scope`: one turn: sweep → input → numbering → followers → alarm
//! - `core`, `schema`: the facts as rows; [`store`]: synchronous SQL
//! - `work`, `mailbox`: what memory holds and a crash may lose
//! - [`directory`]: which users exist

mod bitmap;
pub mod calls;
pub mod close;
mod cloud_event;
pub mod config;
pub mod conformance;
mod core;
mod dead_letters;
mod deadline;
pub mod directory;
pub mod effects;
pub mod errors;
pub mod events;
mod followers;
pub mod hub;
pub mod ids;
mod inputs;
mod log_entry;
mod mailbox;
mod marks;
pub mod mirror;
pub mod outbox;
mod outbox_full;
mod outbox_rows;
mod projection;
pub mod schema;
mod scope;
#[cfg(feature = "native")]
pub mod sqlite;
pub mod state;
pub mod store;
mod sweep;
pub mod time;
mod work;

pub use inputs::{MAX_ASKED, MAX_CONTENT, MAX_RECIPIENTS, MAX_TARGETS};
