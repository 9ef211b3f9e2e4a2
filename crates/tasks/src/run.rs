//! One run: what it may still spend, and what it has found.

use std::cell::{Cell, RefCell};
use std::future::Future;

use futures_util::{StreamExt as _, stream};
use presence::calls::{HubRequest, HubResponse};
use presence::config::CALLS_AT_ONCE;
use presence::ids::UserId;
use presence::time::Millis;
use redis_rest::{Command, Outcome};

use crate::counts::Counts;
use crate::world::{Unanswered, World};

/// Calls that one run may make. The platform allows 1,000 an invocation (rules, 24).
pub const CALLS_A_RUN: i64 = 800;
/// Milliseconds after which a run begins nothing new.
pub const TIME_A_RUN: i64 = 20_000;

pub(crate) struct Run<'a, W> {
    pub(crate) world: &'a W,
    /// Nothing may change: hubs are peeked at, and repairs are only counted.
    pub(crate) dry: bool,
    left: Cell<i64>,
    until: Millis,
    counts: RefCell<Counts>,
}

impl<'a, W: World> Run<'a, W> {
    pub(crate) fn new(world: &'a W, dry: bool) -> Self {
        let until = world.now() + TIME_A_RUN;
        Self { world, dry, left: Cell::new(CALLS_A_RUN), until, counts: RefCell::default() }
    }

    /// Whether there is time, and `calls` can be made.
    pub(crate) fn may(&self, calls: i64) -> bool {
        self.left.get() >= calls && self.world.now() < self.until
    }

    pub(crate) fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.borrow_mut());
    }

    /// What was counted since the last look.
    pub(crate) fn take_counts(&self) -> Counts {
        self.counts.take()
    }

    fn spend(&self) {
        self.left.set(self.left.get() - 1);
    }

    /// Asks a hub something that reads.
    pub(crate) async fn ask(&self, user: &UserId, request: HubRequest) -> Option<HubResponse> {
        self.spend();
        let peek = |request| HubRequest::Peek { request: Box::new(request) };
        let request = if self.dry { peek(request) } else { request };
        self.world.hub(user, request).await.ok()
    }

    /// Has a hub repair something.
    pub(crate) async fn repair(&self, user: &UserId, request: HubRequest) {
        self.count(|counts| counts.drifted += 1);
        if !self.dry {
            self.spend();
            if self.world.hub(user, request).await.is_err() {
                return self.count(|counts| counts.failed += 1);
            }
        }
        self.count(|counts| counts.repaired += 1);
    }

    /// Has a hub write everything to Redis anew, for no drift that was seen.
    pub(crate) async fn refresh(&self, user: &UserId) {
        if !self.dry {
            self.spend();
            let asked = self.world.hub(user, HubRequest::Mirror { strays: Vec::new() }).await;
            self.count(|counts| counts.failed += u64::from(asked.is_err()));
        }
    }

    pub(crate) async fn users(
        &self,
        shard: u32,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Unanswered> {
        self.spend();
        self.world.users(shard, after, limit).await
    }

    pub(crate) async fn pipeline(&self, commands: &[Command]) -> Result<Vec<Outcome>, Unanswered> {
        self.spend();
        self.world.pipeline(commands).await
    }

    /// Does `work` for each of `items`, several at once, and gives the results in their order.
    pub(crate) async fn each<I, T, F: Future<Output = T>>(
        &self,
        items: impl IntoIterator<Item = I>,
        work: impl Fn(I) -> F,
    ) -> Vec<T> {
        stream::iter(items).map(work).buffered(CALLS_AT_ONCE).collect().await
    }
}
