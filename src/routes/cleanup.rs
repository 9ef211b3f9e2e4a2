//! The cleanup tasks on demand (C5).

use edge::bodies::{CleanupBody, LIMIT};
use edge::problem::Problem;
use presence::errors::ErrorCode;
use serde_json::json;
use tasks::{Order, Outcome, Task};

use super::body;
use crate::context::Cx;
use crate::platform::new_id;
use crate::reply::{Answer, Reply, unavailable};
use crate::scheduler_client;

/// `POST /api/subscriptions/cleanup`: one task after the other, under one lock.
pub(super) async fn run(cx: &Cx) -> Answer {
    let asked = CleanupBody::parse(&body::json(cx, LIMIT).await?)?;
    // Not the request's id: a caller chooses that, and might choose another's.
    let holder = format!("cleanup-{}", new_id());
    let mut tasks = asked.tasks.iter().filter_map(|name| Task::of_name(name)).peekable();
    let mut reports = Vec::new();
    while let Some(task) = tasks.next() {
        let more = tasks.peek().is_some();
        let order = Order::Now { task, dry_run: asked.dry_run, more };
        let outcome = scheduler_client::run(&cx.env, &holder, Some(&cx.request_id), order).await?;
        reports.push(report(&outcome)?);
    }
    Reply::json(&json!({ "tasks": reports }))
}

fn report(outcome: &Outcome) -> Result<serde_json::Value, Problem> {
    match outcome {
        Outcome::Ran(report) => Ok(report.answer()),
        Outcome::Busy { until } => {
            let detail = format!("another run is under way; it ends by {until} at the latest");
            Err(Problem::new(ErrorCode::CleanupRunning, detail))
        }
        _ => Err(unavailable("the run did not come to its end: see the log")),
    }
}
