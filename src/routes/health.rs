//! Whether this deployment lives, whether it can serve, and what the scheduled tasks found.

use serde_json::json;

use crate::context::Cx;
use crate::hub_client;
use crate::reply::{Answer, Reply};
use crate::scheduler_client;

/// `GET /health/live`: the Worker runs.
pub(super) fn live() -> Answer {
    Reply::json(&json!({ "status": "live" }))
}

/// `GET /health/ready`: the settings are right, and an object writes and reads.
pub(super) async fn ready(cx: &Cx) -> Answer {
    let settings = match cx.all_settings.as_ref() {
        Ok(settings) => settings,
        Err(problems) => {
            return Reply::json_with_status(
                503,
                &json!({ "status": "misconfigured", "problems": problems }),
            );
        }
    };
    let followers = settings.followers();
    let storage = hub_client::probe(cx).await.is_ok();
    let (status, state) = if storage { (200, "ready") } else { (503, "unavailable") };
    Reply::json_with_status(
        status,
        &json!({
            "status": state,
            "storage": if storage { "ok" } else { "unavailable" },
            "redis": followers.redis,
            "kafka": followers.kafka,
        }),
    )
}

/// `GET /health`: the last report, as the scheduler stored it. Asking for it makes none.
pub(super) async fn report(cx: &Cx) -> Answer {
    Reply::json(&scheduler_client::overview(&cx.env).await?)
}
