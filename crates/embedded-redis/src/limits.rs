//! How much is too much.

/// The longest key, in bytes.
pub const MAX_KEY: usize = 64 * 1024;

/// The longest string, member, or field with its value, in bytes. A row of the platform has at most
/// 2 MB, and holds a key beside it.
pub const MAX_VALUE: usize = 1_900_000;

/// What a store may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes stored, counted as `INFO` reports `used_memory`: keys and what they hold, and
    /// something for each row.
    pub bytes: i64,
    /// Keys stored.
    pub keys: i64,
    /// Bytes that the commands of one request may answer together, and something for each element.
    /// They are held in memory several times over before they leave.
    pub answer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 * 1024 * 1024, keys: 100_000, answer: 16 * 1024 * 1024 }
    }
}
