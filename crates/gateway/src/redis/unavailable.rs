//! Why commands have no outcomes.

use std::fmt;

/// Redis did not answer, and whether it may have done something all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable {
    /// How far the commands got.
    pub taken: Taken,
    /// What stood in the way, without secrets.
    pub reason: String,
}

/// How far commands got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Nothing was sent, or Redis said that it took nothing.
    No,
    /// They were sent, and no answer came in time.
    TimedOut,
    /// They were sent, and the connection broke.
    Broken,
    /// Some nodes of a Cluster took their part.
    Partly,
}

impl Unavailable {
    pub(crate) fn not_taken(reason: impl Into<String>) -> Self {
        Self { taken: Taken::No, reason: reason.into() }
    }

    /// The same after other commands of the same request were carried out.
    pub(crate) fn partly(self) -> Self {
        let taken = if self.taken == Taken::No { Taken::Partly } else { self.taken };
        Self { taken, ..self }
    }

    /// The status to answer with. Clients may repeat a request after 503 without fear; after 502 and
    /// 504 it may have been carried out.
    pub(crate) fn status(&self) -> u16 {
        match self.taken {
            Taken::No => 503,
            Taken::Broken | Taken::Partly => 502,
            Taken::TimedOut => 504,
        }
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = &self.reason;
        match self.taken {
            Taken::No => {
                write!(f, "UNAVAILABLE Redis cannot be reached, nothing was done: {reason}")
            }
            Taken::TimedOut => write!(
                f,
                "UNAVAILABLE Redis did not answer in time, it may have carried out the request: {reason}"
            ),
            Taken::Broken => write!(
                f,
                "UNAVAILABLE the connection to Redis broke, it may have carried out the request: {reason}"
            ),
            Taken::Partly => write!(
                f,
                "UNAVAILABLE a part of the Cluster cannot be reached, the others carried out their \
                 part of the request: {reason}"
            ),
        }
    }
}
