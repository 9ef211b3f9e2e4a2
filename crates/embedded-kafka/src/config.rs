//! What may be set, and what may not be exceeded.

/// The largest body of a request, in bytes.
pub const MAX_REQUEST: usize = 8 * 1024 * 1024;
/// The most records of a request.
pub const MAX_RECORDS: usize = 10_000;
/// The largest record, as Kafka's producer estimates it (its default `max.request.size`). A row of a Durable Object
/// holds 2 MB.
pub const MAX_MESSAGE: usize = 1_048_576;
/// The most records of one reading.
pub const MAX_COUNT: usize = 1_000;
/// How many records are read where nobody said how many.
pub const DEFAULT_COUNT: usize = 100;
/// How many bytes of records one reading loads; a single record is read whatever its size.
pub const MAX_READ: i64 = 2 * 1024 * 1024;

/// The settings of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The partitions of a topic made from now on; 1 to 64.
    pub partitions: u32,
    /// The most topics; 1 to 1,000.
    pub max_topics: u32,
    /// What is kept.
    pub retention: Retention,
}

/// What is kept. The oldest records go first, and from each partition only its oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// The most records of a partition; at least 1.
    pub records: u32,
    /// How long a record is kept, in milliseconds from when it was stored (not from its own timestamp: an event that
    /// was late would be gone at once).
    pub age_ms: i64,
    /// The most bytes of the whole log: keys, values, headers, and what surrounds them. The newest record stays
    /// whatever its size.
    pub bytes: i64,
}

impl Default for Config {
    fn default() -> Self {
        Self { partitions: 3, max_topics: 100, retention: Retention::default() }
    }
}

impl Default for Retention {
    /// 10,000 records a partition, 7 days, 64 MiB.
    fn default() -> Self {
        Self { records: 10_000, age_ms: 7 * 24 * 3_600_000, bytes: 64 * 1024 * 1024 }
    }
}

impl Config {
    /// The same, within what the log can do.
    pub(crate) fn bounded(self) -> Self {
        const TEN_YEARS: i64 = 10 * 365 * 24 * 3_600_000;
        const FIVE_GB: i64 = 5_000_000_000;
        let Retention { records, age_ms, bytes } = self.retention;
        Self {
            partitions: self.partitions.clamp(1, 64),
            max_topics: self.max_topics.clamp(1, 1_000),
            retention: Retention {
                records: records.clamp(1, 1_000_000),
                age_ms: age_ms.clamp(1, TEN_YEARS),
                bytes: bytes.clamp(1, FIVE_GB),
            },
        }
    }
}
