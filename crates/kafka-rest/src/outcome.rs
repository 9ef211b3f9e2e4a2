//! What became of a record.

use std::fmt;

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Kafka has it, here.
    Delivered {
        /// The partition.
        partition: i32,
        /// The offset.
        offset: i64,
    },
    /// It was not confirmed, and the same record may be taken later. Proxies say so also of what
    /// Kafka took after all: it is repeated with the same id.
    Retriable {
        /// What stands in the way.
        kind: Passing,
        /// In words, for a log.
        reason: String,
    },
    /// It will never be taken as it is. What comes after it may be.
    Refused {
        /// Why.
        kind: Refusal,
        /// In words, for a log.
        reason: String,
        /// The code that the proxy gave.
        code: Option<i64>,
    },
    /// Its topic takes nothing from us, or the proxy does not, until somebody changes something. The
    /// record is as good as any.
    TopicRefused {
        /// Why.
        kind: Ban,
        /// In words, for a log.
        reason: String,
    },
    /// It may have been taken, or not.
    Unknown {
        /// Why that is not known.
        kind: Doubt,
        /// In words, for a log.
        reason: String,
    },
}

/// What stands in the way for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// No such topic or partition. A broker that is down looks like this too, so it is never more
    /// than a wait.
    NotFound,
    /// The proxy says that it may be tried again.
    Said,
    /// The proxy wants fewer requests (429), or serves nobody just now (503).
    Busy,
    /// No connection came about.
    NoConnection,
    /// The id of the cluster, which v3 needs, could not be found out.
    NoCluster,
    /// The circuit breaker is open: nothing was sent.
    Open,
    /// It was not sent, because a record before it was not delivered or the time was over.
    NotSent,
    /// The proxy names an error that is not known here. Perhaps it will never pass.
    Unrecognised,
}

/// Why a record is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is too large.
    TooLarge,
    /// It does not fit the topic's schema, or cannot be serialized.
    Schema,
}

/// Why a topic, or the proxy as a whole, takes nothing from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ban {
    /// The account is unknown, or its password wrong.
    Unauthenticated,
    /// The account may not do this.
    Forbidden,
    /// Kafka has no topics of such a name.
    BadName,
    /// The proxy sent the request elsewhere: its address in the settings is wrong.
    Redirected,
    /// The proxy does not take this for a request of its interface.
    Protocol,
    /// The address or the authorisation cannot be sent at all.
    Invalid,
}

/// Why it is not known what became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No answer in time, or Kafka gave the proxy none.
    TimedOut,
    /// The connection broke.
    Broken,
    /// The answer ends in the middle.
    Truncated,
    /// The answer is none of this interface.
    Garbage,
    /// The answer is about another number of records.
    Count,
    /// The answer is about partitions, of which records share one.
    ByPartition,
    /// The answer gives a record neither a place nor an error: the proxy waits for no broker.
    NoOffset,
    /// The answer is too large to hold.
    TooLarge,
    /// The proxy failed underway (5xx).
    Failed,
}

/// What became of a call's records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Produced {
    /// An outcome for each record, in their order.
    pub outcomes: Vec<Outcome>,
    /// How long the proxy asks to be left alone, or the breaker stays open, in milliseconds.
    pub wait_ms: Option<u64>,
}

impl Outcome {
    /// Whether Kafka has the record for certain.
    pub fn is_delivered(&self) -> bool {
        matches!(self, Self::Delivered { .. })
    }

    /// Why it was not delivered, in words. Empty if it was.
    pub fn reason(&self) -> &str {
        match self {
            Self::Delivered { .. } => "",
            Self::Retriable { reason, .. }
            | Self::Refused { reason, .. }
            | Self::TopicRefused { reason, .. }
            | Self::Unknown { reason, .. } => reason,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered { partition, offset } => write!(f, "delivered at {partition}:{offset}"),
            Self::Retriable { reason, .. } => write!(f, "not taken: {reason}"),
            Self::Refused { reason, code: Some(code), .. } => {
                write!(f, "refused: {reason} ({code})")
            }
            Self::Refused { reason, code: None, .. } => write!(f, "refused: {reason}"),
            Self::TopicRefused { reason, .. } => write!(f, "topic refused: {reason}"),
            Self::Unknown { reason, .. } => write!(f, "perhaps taken: {reason}"),
        }
    }
}
