//! Times that are known only within limits: a clock that a crash set back leaves it open what a hub took
//! for "now".

use presence::time::Millis;

/// A time that is known from here to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub lo: i64,
    pub hi: i64,
}

impl Span {
    pub(super) fn plus(self, ms: i64) -> Self {
        Self { lo: self.lo + ms, hi: self.hi + ms }
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self { lo: self.lo.max(other.lo), hi: self.hi.max(other.hi) }
    }

    pub(super) fn min(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.min(other.hi) }
    }

    /// Whether it may have been then.
    pub(super) fn holds(self, at: Millis) -> bool {
        (self.lo..=self.hi).contains(&at.0)
    }

    /// Over at `now` for certain, not over for certain, or open.
    pub(super) fn is_over(self, now: Self) -> Option<bool> {
        if self.hi <= now.lo {
            Some(true)
        } else if self.lo > now.hi {
            Some(false)
        } else {
            None
        }
    }
}
