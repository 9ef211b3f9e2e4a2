//! What tasks need of the world: the hubs, the directory, Redis and a clock.

use std::future::Future;

use presence::calls::{HubRequest, HubResponse};
use presence::ids::UserId;
use presence::mirror::Refresh;
use presence::time::Millis;
use redis_rest::{Command, Outcome};

/// There was no answer, or a refusal: why, for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered(pub String);

/// How the way to Redis is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedisState {
    /// `closed`, `open` or `half_open`: of the isolate that the tasks run in.
    pub breaker: &'static str,
    /// How its keys are kept.
    pub refresh: Refresh,
    /// Which are.
    pub kept: mirror::Keys,
}

/// All of it. Every call has a time-out of its own.
pub trait World {
    /// The wall clock.
    fn now(&self) -> Millis;

    /// Asks a user's hub.
    fn hub(
        &self,
        user: &UserId,
        request: HubRequest,
    ) -> impl Future<Output = Result<HubResponse, Unanswered>>;

    /// Users of a shard of the directory, in order, after `after`: fewer than `limit` at its end.
    fn users(
        &self,
        shard: u32,
        after: Option<&UserId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<UserId>, Unanswered>>;

    /// The breaker on the way to Kafka, of the isolate that the tasks run in; `None`: events are not
    /// published.
    fn kafka(&self) -> Option<&'static str>;

    /// `None`: there is none.
    fn redis(&self) -> Option<RedisState>;

    /// Asks Redis several things at once, which only read.
    fn pipeline(
        &self,
        commands: &[Command],
    ) -> impl Future<Output = Result<Vec<Outcome>, Unanswered>>;
}
