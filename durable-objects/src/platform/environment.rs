//! Time, chance and patience, as the clients of other systems want them.

use presence::effects::Entropy as _;
use presence::time::Millis;
use redis_rest::Environment;

use super::entropy::Random;
use super::{clock, timer};

/// Those of the edge.
pub(crate) struct Edge;

impl Environment for Edge {
    fn now(&self) -> u64 {
        clock::now().0 as u64
    }

    fn random(&self) -> f64 {
        const PARTS: i64 = 1 << 30;
        Random.up_to(PARTS - 1) as f64 / PARTS as f64
    }

    async fn sleep(&self, ms: u64) {
        timer::until(Millis(clock::now().0 + ms as i64)).await;
    }
}
