//! The rules of `GET /ws` (contract §3): where the token comes from, which protocol is spoken, whether
//! the page may connect, and what the user's object is told of the connection.

mod client;
mod connect_info;
mod handshake;

pub use client::{ClientHints, resume};
pub use connect_info::ConnectInfo;
pub use handshake::{Handshake, Offer, choose, is_upgrade};
