//! The Worker at the edge: lets requests in, finds the object that knows the answer, and says it.
//!
//! [`app`] is the way of a request: name it, read the settings, route it, finish the answer. Each file
//! in [`routes`] is one group of routes; [`hub_client`] asks the users' objects; [`auth`] checks tokens.
//! All decisions that need no platform are in the crate `edge`; whatever may throw is in [`platform`].

mod app;
mod auth;
mod context;
mod cron;
mod hub_client;
mod platform;
mod redis_client;
mod reply;
mod routes;
mod scheduler_client;
mod settings;
mod walk;

use worker::{Context, Env, Response, ScheduleContext, ScheduledEvent, event, web_sys};

pub use durable_objects::{Directory, EmbeddedKafka, EmbeddedRedis, Scheduler, UserHub};

/// Shows panics with their place. `worker` has a hook of its own, which also marks this instance for
/// renewal: it must stay, so ours goes in front of it.
#[event(start)]
fn start() {
    let next = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        next(info);
    }));
}

/// Every request from outside.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _context: Context) -> worker::Result<Response> {
    app::serve(request, env).await
}

/// Every few minutes.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    cron::trigger(&env).await;
}
