//! What all producers of an isolate know of one proxy.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis_rest::Breaker;

/// What all producers of an isolate, or of a process, know of one proxy: keep it in a `thread_local`
/// and give each a clone.
///
/// A restart loses it: then the cluster is asked for once more, and a proxy that answers by partition
/// shows it once more.
#[derive(Clone, Debug, Default)]
pub struct Proxy {
    breaker: Breaker,
    learned: Arc<Mutex<Learned>>,
}

#[derive(Debug, Default)]
struct Learned {
    /// The id of the proxy's cluster.
    cluster: Option<String>,
    /// Its answers tell records apart only if there is one a request.
    alone: bool,
}

impl Proxy {
    /// One of which nothing is known yet.
    pub fn new(breaker: Breaker) -> Self {
        Self { breaker, learned: Arc::default() }
    }

    /// The breaker, for its state and its reports.
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Whether each record goes in a request of its own.
    pub fn sends_alone(&self) -> bool {
        self.learned().alone
    }

    pub(crate) fn send_alone(&self) {
        self.learned().alone = true;
    }

    pub(crate) fn cluster(&self) -> Option<String> {
        self.learned().cluster.clone()
    }

    pub(crate) fn keep_cluster(&self, cluster: Option<&str>) {
        self.learned().cluster = cluster.map(str::to_owned);
    }

    /// The state is whole after each call, so a panic elsewhere does not spoil it.
    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
