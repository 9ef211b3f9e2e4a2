//! What a client needs of the world besides the network: time, chance and patience.

use std::future::Future;

/// Time, randomness and sleeping, as arguments: tests need not wait, and WebAssembly has no clock
/// of its own.
pub trait Environment {
    /// Milliseconds since some fixed moment, usually 1970. It need not advance while code runs.
    fn now(&self) -> u64;

    /// A number from 0 up to, but not including, 1.
    fn random(&self) -> f64;

    /// Ends after this many milliseconds. The future need not be `Send`.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()>;
}
