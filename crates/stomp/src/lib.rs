//! STOMP 1.0, 1.1 and 1.2: bytes in, frames out, and back. No I/O, no clock, no async.
//!
//! # Tour
//!
//! - [`Parser`] takes bytes as they come, in pieces of any size, and gives [`Event`]s: a whole
//!   [`Frame`] or a heart-beat. A broken stream is a [`ParseError`], from then on for ever.
//! - [`Frame`] is a [`Command`], ordered [`Headers`] and a body; [`encode()`] writes one.
//! - [`Version`] and [`HeartBeat`] do what `CONNECT` and `CONNECTED` agree on.
//! - [`Limits`] bounds what a peer can make the parser hold.
//!
//! Where the versions differ (escapes, line ends, white space) the difference stands in one place,
//! `rules.rs`; start reading there, then `parser.rs` for the stages of a frame and `head.rs` for
//! its command and header lines.
//!
//! # Example
//!
//! ```
//! use stomp::{Command, Event, Frame, Limits, Parser, Version, encode};
//!
//! let mut parser = Parser::new(Limits::default());
//! parser.push(b"CONNECT\naccept-version:1.1,1.2\nhost:example\n\n\0\nSEND\ndesti");
//!
//! let Ok(Some(Event::Frame(connect))) = parser.next() else { unreachable!() };
//! let version = Version::negotiate(connect.header("accept-version"));
//! assert_eq!(version, Some(Version::V12));
//! parser.set_version(Version::V12);
//!
//! assert_eq!(parser.next(), Ok(Some(Event::HeartBeat)));
//! assert_eq!(parser.next(), Ok(None));
//! assert_eq!(parser.pending(), b"SEND\ndesti");
//!
//! let receipt = Frame::new(Command::Receipt).with_header("receipt-id", "a:1");
//! assert_eq!(encode(&receipt, Version::V12), b"RECEIPT\nreceipt-id:a\\c1\n\n\0");
//! ```
//!
//! # Choices where the specifications leave one
//!
//! - A parser without a version reads as 1.2 does; so a `CONNECT` may use CRLF.
//! - `STOMP` is read "in the same manner as" `CONNECT`, so its headers are not unescaped either.
//! - Headers are trimmed in 1.0 only, which includes a handshake frame that names no version.
//! - A colon inside a value is accepted unescaped, as every broker does.
//! - A NUL is accepted inside a header but not at the beginning of a line: there it is the end of
//!   a frame whose blank line was forgotten, and an error says so at once. [`encode()`] never
//!   writes one into a header, since clients exist that split frames at it.

mod command;
mod encode;
mod error;
mod escape;
mod frame;
mod head;
mod headers;
mod heart_beat;
mod limits;
mod parser;
mod rules;
mod version;

pub use command::Command;
pub use encode::encode;
pub use error::ParseError;
pub use frame::Frame;
pub use headers::Headers;
pub use heart_beat::{HeartBeat, HeartBeatError};
pub use limits::Limits;
pub use parser::{Event, Parser};
pub use version::Version;
