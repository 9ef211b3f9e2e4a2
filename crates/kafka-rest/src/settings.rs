//! Where a proxy is and how it is spoken to.

use std::fmt;

/// Which interface a proxy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `/topics/{topic}`.
    V2,
    /// `/v3/clusters/{cluster}/topics/{topic}/records`, the records one after the other in a request.
    V3,
    /// `/v3/clusters/{cluster}/topics/{topic}/records:batch`, ten records a request.
    V3Batch,
}

impl Api {
    /// How many records a request may have. Ten is what Confluent's proxies come with.
    pub(crate) fn most(self) -> usize {
        match self {
            Self::V2 | Self::V3 => usize::MAX,
            Self::V3Batch => 10,
        }
    }
}

/// Where a proxy is and how a producer speaks to it.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The proxy's address, `KAFKA_REST_URL`: what stands before `/topics` or `/v3`. Confluent Cloud's
    /// ends in `/kafka`.
    pub url: String,
    /// The value of the header `Authorization`, `KAFKA_REST_AUTH`: `Basic …`, `Bearer …`.
    pub authorization: Option<String>,
    /// The interface, `KAFKA_REST_API`.
    pub api: Api,
    /// The cluster's id, for v3; `None`: the proxy is asked once.
    pub cluster: Option<String>,
    /// How long a request may take, in milliseconds. A call of several requests begins none later
    /// than this, so it takes at most twice as long.
    pub timeout_ms: u64,
    /// The header `User-Agent`.
    pub user_agent: String,
}

impl Settings {
    /// The usual ones for a proxy without authorisation.
    ///
    /// The time-out is far below the minute that a bridge waits for a broker that is down, and below
    /// the ten seconds after which a breaker gives a probe up.
    pub fn new(url: &str, api: Api) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            authorization: None,
            api,
            cluster: None,
            timeout_ms: 5_000,
            user_agent: concat!("rollcall-kafka-rest/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Without the authorisation: settings end up in logs.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &self.url)
            .field("api", &self.api)
            .field("cluster", &self.cluster)
            .field("timeout_ms", &self.timeout_ms)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}
