//! The cron trigger: runs what is due, a task at a time, each in an invocation of its own.

use tasks::{Order, Outcome, RunReport};
use worker::Env;

use crate::platform::{new_id, now};
use crate::scheduler_client;

/// Milliseconds after which a trigger begins no further run. The next trigger goes on.
const TRIGGER: i64 = 60_000;
/// Runs of a trigger: with it, the most that a trigger may cost.
const RUNS: usize = 24;

/// What one trigger does. Whatever fails is logged where it fails, and due again with the next.
pub(crate) async fn trigger(env: &Env) -> Vec<RunReport> {
    let (holder, until) = (format!("cron-{}", new_id()), now() + TRIGGER);
    let mut reports = Vec::new();
    while reports.len() < RUNS && now() < until {
        match scheduler_client::run(env, &holder, None, Order::Due).await {
            Ok(Outcome::Ran(report)) => reports.push(report),
            _ => break,
        }
    }
    reports
}
