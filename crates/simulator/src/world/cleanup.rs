//! The scheduled tasks that compare Redis with the hubs, as they are deployed: here they run in one
//! moment, and find whom they can reach.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use presence::calls::{HubRequest, HubResponse};
use presence::directory::shard_of;
use presence::ids::UserId;
use presence::mirror::Refresh;
use presence::sqlite::SqliteStore;
use presence::time::Millis;
use redis_rest::{Command, Outcome as RedisOutcome};
use tasks::{Order, Outcome, RedisState, Scheduler, Task, Unanswered};

use super::World;
use crate::faults::Fault;

/// A pass takes a few runs at most: each may make hundreds of calls.
const RUNS: usize = 1_000;
const ENDLESS: &str = "6: the cleanup does not come to its end";

struct Seen<'a>(RefCell<&'a mut World>);

impl World {
    /// One pass of each task that looks at Redis.
    pub fn clean_up(&mut self) {
        self.trace.line(self.now, || "CLEANUP".into());
        self.coverage.happened("cleanup");
        for task in [Task::Sessions, Task::Presence] {
            let Ok(store) = SqliteStore::in_memory() else {
                return self.fail(ENDLESS, "no storage".into());
            };
            let scheduler = Scheduler::new(store);
            self.pass(&scheduler, task);
        }
    }

    /// To its end. Only while somebody does not answer may it stop on its way, where the next run would go on.
    fn pass(&mut self, scheduler: &Scheduler<SqliteStore>, task: Task) {
        let order = Order::Now { task, dry_run: false, more: false };
        let mut place = None;
        for _ in 0..RUNS {
            let world = Seen(RefCell::new(self));
            let outcome = now(scheduler.run(&world, "simulator", order));
            let report = match outcome {
                Some(Outcome::Ran(report)) => report,
                other => return self.fail(ENDLESS, format!("{task:?}: {other:?}")),
            };
            let stands = report.cursor == place;
            let missed = report.counts.failed + report.counts.unread;
            if self.quiet && (missed > 0 || stands && !report.complete) {
                return self.fail(ENDLESS, format!("{report:?}"));
            }
            if report.complete || stands {
                return;
            }
            place = report.cursor;
        }
        self.fail(ENDLESS, format!("{task:?}: after {RUNS} runs"));
    }
}

/// Nothing here waits.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

impl tasks::World for Seen<'_> {
    fn now(&self) -> Millis {
        Millis(self.0.borrow().now)
    }

    async fn hub(&self, user: &UserId, request: HubRequest) -> Result<HubResponse, Unanswered> {
        let mut world = self.0.borrow_mut();
        if matches!(request, HubRequest::Mirror { .. }) {
            world.coverage.happened("repair");
        }
        let hub = world.hub_of(user);
        match world.rest(hub, request) {
            Some(Ok(response)) => Ok(response),
            other => Err(Unanswered(format!("{other:?}"))),
        }
    }

    async fn users(
        &self,
        shard: u32,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Unanswered> {
        let mut world = self.0.borrow_mut();
        if world.now < world.directory_down_until {
            world.coverage.fault(Fault::DirectoryDown);
            return Err(Unanswered("the directory is down".into()));
        }
        let users = world.registered.iter().map(|hub| world.nodes[*hub].user.clone());
        let mut users: Vec<UserId> = users
            .filter(|user| shard_of(user) == shard && after.is_none_or(|after| user > after))
            .collect();
        users.sort();
        users.truncate(limit);
        Ok(users)
    }

    /// Whether events leave is judged by what Kafka has.
    fn kafka(&self) -> Option<&'static str> {
        None
    }

    fn redis(&self) -> Option<RedisState> {
        let world = self.0.borrow();
        let (refresh, kept) = (world.config.refresh, world.redis.kept);
        (refresh != Refresh::Off).then_some(RedisState { breaker: "closed", refresh, kept })
    }

    async fn pipeline(&self, commands: &[Command]) -> Result<Vec<RedisOutcome>, Unanswered> {
        let mut world = self.0.borrow_mut();
        if world.redis.is_away(world.now) {
            world.coverage.fault(Fault::RedisAway);
            return Err(Unanswered("Redis is away".into()));
        }
        world.lapse();
        Ok(commands.iter().map(|command| world.redis.keys.read(command)).collect())
    }
}
