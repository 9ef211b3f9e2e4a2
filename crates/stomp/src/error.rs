use std::fmt;

use crate::Command;

/// Why a stream of bytes is not STOMP, or more of it than the limits allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// A frame is longer than [`Limits::max_frame`](crate::Limits::max_frame), or says it will be.
    FrameTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A header line is longer than [`Limits::max_header`](crate::Limits::max_header).
    HeaderTooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A frame has more headers than [`Limits::max_headers`](crate::Limits::max_headers).
    TooManyHeaders {
        /// The limit, in headers.
        limit: usize,
    },
    /// The first line of a frame names no command; holds at most its first 32 bytes.
    UnknownCommand(String),
    /// A NUL where a header or the blank line after the headers should begin.
    MissingBlankLine,
    /// A header line without a colon.
    MissingColon,
    /// A header line that begins with its colon.
    EmptyHeaderName,
    /// A carriage return inside a header line, which 1.2 allows only as `\r`.
    BareCarriageReturn,
    /// A backslash that the version defines no meaning for, with the character after it (`None`
    /// at the end of a name or value).
    BadEscape(Option<char>),
    /// A `content-length` that is not a number; holds at most its first 32 characters.
    BadContentLength(String),
    /// A header that is not UTF-8.
    NotUtf8,
    /// No NUL after the `content-length` bytes of a body.
    MissingNul,
    /// A body in a frame that must not have one.
    UnexpectedBody(Command),
}

impl ParseError {
    /// The public code: `"frame_too_large"` for the three limits, else `"malformed_frame"`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FrameTooLarge { .. }
            | Self::HeaderTooLong { .. }
            | Self::TooManyHeaders { .. } => "frame_too_large",
            _ => "malformed_frame",
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FrameTooLarge { limit } => write!(f, "a frame is longer than {limit} bytes"),
            Self::HeaderTooLong { limit } => write!(f, "a header is longer than {limit} bytes"),
            Self::TooManyHeaders { limit } => write!(f, "a frame has more than {limit} headers"),
            Self::UnknownCommand(line) => write!(f, "unknown command {line:?}"),
            Self::MissingBlankLine => f.write_str("no blank line ends the headers"),
            Self::MissingColon => f.write_str("a header line has no colon"),
            Self::EmptyHeaderName => f.write_str("a header has no name"),
            Self::BareCarriageReturn => f.write_str("a carriage return stands inside a header"),
            Self::BadEscape(Some(after)) => write!(f, "undefined escape: \\ and {after:?}"),
            Self::BadEscape(None) => f.write_str("a header ends in a single backslash"),
            Self::BadContentLength(text) => write!(f, "content-length is not a number: {text:?}"),
            Self::NotUtf8 => f.write_str("a header is not UTF-8"),
            Self::MissingNul => f.write_str("no NUL follows the content-length bytes of the body"),
            Self::UnexpectedBody(command) => write!(f, "a {command} frame cannot have a body"),
        }
    }
}

impl std::error::Error for ParseError {}
