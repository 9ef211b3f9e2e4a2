//! Why a call failed, told apart by what may be done about it.

use std::fmt;

use crate::RedisError;

/// Why a call has no outcomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Nothing was done, and the same request may succeed later.
    Retriable {
        /// What stood in the way.
        cause: Untaken,
        /// How long the server asks to be left alone, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// Nothing was done, and the same request will be refused again until somebody changes
    /// something.
    Refused(Refusal),
    /// It may have been done, in part or whole, or not at all.
    Ambiguous(Doubt),
    /// The circuit breaker is open: nothing was sent.
    Open {
        /// When the next attempt may be let through, by the client's clock.
        until: u64,
    },
    /// The one command of a typed call failed. Untyped calls have this in their outcomes instead.
    Command(RedisError),
}

/// Why nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Untaken {
    /// No connection came about.
    Connect(String),
    /// The server wants fewer requests (429).
    TooMany,
    /// The server, or what stands before it, serves nobody just now.
    Unavailable {
        /// Its status.
        status: u16,
        /// What it said.
        text: String,
    },
    /// Redis refused a whole transaction or pipeline for a reason that passes.
    Redis(RedisError),
}

/// Why a request is refused for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token is wrong, missing, or may not do this.
    Auth(String),
    /// A limit that the provider sold is used up.
    Quota(String),
    /// The request is too large.
    TooLarge(String),
    /// A transaction was discarded, or a pipeline not even begun; Redis says why.
    Discarded(RedisError),
    /// The server does not take this for a request of the protocol.
    Protocol {
        /// Its status.
        status: u16,
        /// What it said.
        text: String,
    },
    /// The server sent the request elsewhere.
    Redirected(String),
    /// A command cannot be written as JSON: an argument is not UTF-8.
    NotText,
    /// Address, token or user agent cannot be sent at all.
    Invalid(String),
}

/// Why it is not known whether a request was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No answer in time.
    TimedOut,
    /// The connection broke.
    Broken(String),
    /// The answer ends in the middle.
    Truncated,
    /// The answer is none of this protocol.
    Garbage(String),
    /// The answer has another number of outcomes than there were commands.
    Count {
        /// The number of commands.
        expected: usize,
        /// The number of outcomes.
        got: usize,
    },
    /// The answer is too large to hold.
    TooLarge(u64),
    /// The server failed underway.
    Failed {
        /// Its status.
        status: u16,
        /// What it said.
        text: String,
    },
}

impl Error {
    /// Whether the server has certainly done nothing.
    pub fn nothing_was_done(&self) -> bool {
        !matches!(self, Self::Ambiguous(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retriable { cause, retry_after_ms: None } => write!(f, "not taken: {cause}"),
            Self::Retriable { cause, retry_after_ms: Some(ms) } => {
                write!(f, "not taken: {cause}; again after {ms} ms")
            }
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::Ambiguous(doubt) => write!(f, "perhaps done: {doubt}"),
            Self::Open { until } => write!(f, "not sent: the breaker is open until {until}"),
            Self::Command(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Untaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(text) => write!(f, "no connection: {text}"),
            Self::TooMany => f.write_str("too many requests"),
            Self::Unavailable { status, text } => write!(f, "status {status}: {text}"),
            Self::Redis(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(text) | Self::Quota(text) | Self::TooLarge(text) => f.write_str(text),
            Self::Discarded(error) => error.fmt(f),
            Self::Protocol { status, text } => write!(f, "status {status}: {text}"),
            Self::Redirected(to) => write!(f, "redirected to {to}"),
            Self::NotText => f.write_str("an argument is not UTF-8"),
            Self::Invalid(text) => write!(f, "cannot be sent: {text}"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Broken(text) => write!(f, "the connection broke: {text}"),
            Self::Truncated => f.write_str("the answer is cut off"),
            Self::Garbage(text) => write!(f, "the answer is not understood: {text}"),
            Self::Count { expected, got } => write!(f, "{got} outcomes for {expected} commands"),
            Self::TooLarge(bytes) => write!(f, "an answer of {bytes} bytes is too large"),
            Self::Failed { status, text } => write!(f, "status {status}: {text}"),
        }
    }
}

impl std::error::Error for Error {}
