//! Environments for tests: one whose time passes only when told, and the real one.

use std::cell::Cell;
use std::time::Duration;

use kafka_rest::Environment;

/// Time stands still but for what a transport says that it took.
#[derive(Debug, Default)]
pub(crate) struct Still {
    pub(crate) now: Cell<u64>,
}

impl Environment for &Still {
    fn now(&self) -> u64 {
        self.now.get()
    }

    fn random(&self) -> f64 {
        0.0
    }

    async fn sleep(&self, _: u64) {
        panic!("the producer waits for nothing");
    }
}

/// Real time, from when it was made.
#[derive(Debug)]
pub(crate) struct Real {
    since: tokio::time::Instant,
}

impl Real {
    pub(crate) fn new() -> Self {
        Self { since: tokio::time::Instant::now() }
    }
}

impl Environment for Real {
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap()
    }

    fn random(&self) -> f64 {
        0.0
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}
