//! When to try again: only what may be repeated, with full jitter, within a deadline.

/// What the caller says about doing a request twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repeat {
    /// Never try again: the caller does.
    Never,
    /// Try again if nothing was done.
    Untaken,
    /// Try again also where it may have been done: twice is as good as once.
    Harmless,
}

/// How one call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// How long the call may take with all its attempts, in milliseconds.
    pub deadline_ms: u64,
    /// What may be repeated.
    pub repeat: Repeat,
}

impl How {
    /// One attempt.
    pub fn once(deadline_ms: u64) -> Self {
        Self { deadline_ms, repeat: Repeat::Never }
    }

    /// Attempts as long as nothing was done.
    pub fn untaken(deadline_ms: u64) -> Self {
        Self { deadline_ms, repeat: Repeat::Untaken }
    }

    /// Attempts whatever was done: for reads, and for writes that say how things are.
    pub fn harmless(deadline_ms: u64) -> Self {
        Self { deadline_ms, repeat: Repeat::Harmless }
    }
}

/// How long to wait between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The bound of the first wait, in milliseconds; it doubles with each attempt.
    pub base_ms: u64,
    /// The bound of every wait.
    pub cap_ms: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base_ms: 100, cap_ms: 5_000 }
    }
}

impl Backoff {
    /// How long to wait after attempt number `attempt` (from 0): anything from nothing to the bound,
    /// and not less than the server asked for.
    pub fn delay(&self, attempt: u32, random: f64, retry_after_ms: Option<u64>) -> u64 {
        let bound = doubled(self.base_ms, attempt).min(self.cap_ms);
        jitter(bound, random).max(retry_after_ms.unwrap_or_default())
    }
}

/// `base × 2ⁿ`, or as much as fits.
pub(crate) fn doubled(base: u64, times: u32) -> u64 {
    2_u64.checked_pow(times).map_or(u64::MAX, |factor| base.saturating_mul(factor))
}

/// Anything from 0 to `bound`, as `random` (0 up to 1) says.
pub(crate) fn jitter(bound: u64, random: f64) -> u64 {
    (bound as f64 * random.clamp(0.0, 1.0)) as u64
}

#[cfg(test)]
mod tests {
    use super::Backoff;

    const BACKOFF: Backoff = Backoff { base_ms: 100, cap_ms: 1_000 };

    #[test]
    fn the_bound_doubles_up_to_its_cap() {
        let longest = |attempt| BACKOFF.delay(attempt, 1.0, None);
        assert_eq!([0, 1, 2, 3, 4, 200].map(longest), [100, 200, 400, 800, 1_000, 1_000]);
    }

    #[test]
    fn a_wait_is_anywhere_below_the_bound() {
        assert_eq!(BACKOFF.delay(3, 0.0, None), 0);
        assert_eq!(BACKOFF.delay(3, 0.5, None), 400);
    }

    #[test]
    fn the_server_is_left_alone_as_long_as_it_asks() {
        assert_eq!(BACKOFF.delay(0, 0.5, Some(3_000)), 3_000);
        assert_eq!(BACKOFF.delay(4, 0.5, Some(10)), 500);
    }
}
