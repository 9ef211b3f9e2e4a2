//! When a breaker opens, and for how long.

/// When a breaker opens, and for how long. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// It opens after this many failures in a row.
    pub failures: u32,
    /// It opens when this share of a window's calls failed, in per cent.
    pub share_percent: u32,
    /// The window is at most this long; then the next begins.
    pub window_ms: u64,
    /// A window with fewer calls says nothing.
    pub window_calls: u32,
    /// The bound of the first open time; it doubles each time that a probe fails.
    pub open_ms: u64,
    /// The bound of every open time.
    pub open_cap_ms: u64,
    /// No open time is shorter, whatever the jitter says.
    pub open_floor_ms: u64,
    /// A probe without a verdict for this long is lost, which is a failure.
    pub probe_ms: u64,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            failures: 5,
            share_percent: 50,
            window_ms: 10_000,
            window_calls: 20,
            open_ms: 1_000,
            open_cap_ms: 60_000,
            open_floor_ms: 100,
            probe_ms: 10_000,
        }
    }
}
