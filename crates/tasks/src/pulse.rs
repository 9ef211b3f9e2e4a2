//! Between two reports: how Redis is at each trigger, for one command, and how far it was behind when a
//! run last looked at hubs, for none (H1).

use presence::time::Millis;
use redis_rest::Ask as _;
use redis_rest::commands::ping;
use serde::{Deserialize, Serialize};

use crate::health::RedisHealth;
use crate::report::RunReport;
use crate::run::Run;
use crate::task::Task;
use crate::world::World;

/// One trigger feels it once; they come five minutes apart.
const EVERY: i64 = 240_000;
/// An object that cannot write tries again within five minutes: whoever waits longer has done so in vain.
const LONG: u64 = 300_000;

/// How things stand, as of the last trigger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pulse {
    /// When Redis was asked.
    pub as_of: Millis,
    /// Without what only a report asks for.
    pub redis: RedisHealth,
    /// What the last run saw that looked at hubs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<MirrorPulse>,
}

/// How far Redis was behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MirrorPulse {
    /// When the run ended.
    pub as_of: Millis,
    /// How often it looked at an object: who is online is looked at from two sides.
    pub looks: u64,
    /// How often that had something to mirror.
    pub behind: u64,
    /// The longest that any of it had waited, in milliseconds.
    pub lag_ms: u64,
}

impl Pulse {
    /// Whether it was felt so long ago that it is felt anew.
    pub(crate) fn is_old(&self, now: Millis) -> bool {
        now.since(self.as_of) >= EVERY
    }

    /// Whether somebody should look.
    pub(crate) fn is_bad(&self) -> bool {
        let shut = self.redis.breaker.as_deref().is_some_and(|breaker| breaker != "closed");
        let unreachable = self.redis.state == "unreachable";
        unreachable || shut || self.mirror.is_some_and(|mirror| mirror.lag_ms >= LONG)
    }
}

impl MirrorPulse {
    /// What this run saw, if it held Redis against anybody.
    pub(crate) fn of(report: &RunReport, now: Millis) -> Option<Self> {
        let (looks, counts) = (report.counts.scanned, report.counts);
        let seen = Self { as_of: now, looks, behind: counts.pending, lag_ms: counts.lag };
        let compares = matches!(report.task, Task::Sessions | Task::Presence);
        (compares && looks > 0 && !report.dry_run).then_some(seen)
    }
}

/// Asks Redis whether it is there.
pub(crate) async fn redis<W: World>(run: &Run<'_, W>) -> RedisHealth {
    let Some(before) = run.world.redis() else { return RedisHealth::off() };
    let asked_at = run.world.now();
    let answer = run.pipeline(&[ping().command()]).await.unwrap_or_default().into_iter().next();
    let pong = answer.is_some_and(|answer| ping().read(answer).is_ok());
    RedisHealth {
        latency_ms: pong.then_some(run.world.now().since(asked_at)),
        ..RedisHealth::found(pong, run.world.redis().unwrap_or(before))
    }
}
