//! The client protocols (contract §3), without a platform: what a socket received becomes commands
//! of the domain, what the domain says becomes frames.
//!
//! # Tour
//!
//! - [`command`] reads the body of each command; both protocols share it, and so they refuse alike.
//! - [`json`] is `rollcall.v1.json`: one object a text frame, no state.
//! - [`stomp::Connection`] is one STOMP connection: a state machine that is fed bytes, gives
//!   [`stomp::Action`]s to carry out, and writes MESSAGE frames for its subscriptions.
//! - [`first::sniff`] decides between the two where no subprotocol was agreed on.
//! - [`attachment::Attachment`] is what a hibernating socket keeps: at most 16,384 bytes.
//!
//! Start reading in `json.rs`, which shows the whole way of a frame in a page; then
//! `stomp/mod.rs`.
//!
//! Invariant: no bytes from outside can make anything here panic, and everything that is kept of
//! them between two frames is bounded.

pub mod attachment;
mod body;
pub mod command;
pub mod first;
pub mod json;
pub mod stomp;
