//! The handlers: one file a group of routes. Each takes the request's context and its path parameters
//! and gives an answer or a problem.

mod body;
mod cleanup;
mod dead_letters;
mod dev;
mod dev_redis;
pub(crate) mod embedded;
mod health;
mod later;
mod online;
mod pages;
mod presence;
mod sessions;
mod subscriptions;
mod ws;

use edge::routes::Operation;

use crate::context::{Call, Cx};
use crate::reply::Answer;

/// Runs the handler of an operation.
pub(crate) async fn handle(cx: &Cx, operation: Operation, call: &Call) -> Answer {
    match operation {
        Operation::ListSubscriptions => subscriptions::list(cx, call).await,
        Operation::ListSubscribers => subscriptions::subscribers(cx, call).await,
        Operation::SubscribedTo => subscriptions::subscribed_to(cx, call).await,
        Operation::Subscribe => subscriptions::subscribe(cx, call).await,
        Operation::Unsubscribe => subscriptions::unsubscribe(cx, call).await,
        Operation::ListSessions => sessions::list(cx, call).await,
        Operation::GetSession => sessions::get(cx, call).await,
        Operation::RevokeSession => sessions::revoke(cx, call).await,
        Operation::GetPresence => presence::get(cx, call).await,
        Operation::QueryPresence => presence::query(cx, call).await,
        Operation::SetStatus => presence::set_status(cx, call).await,
        Operation::Connect => ws::connect(cx).await,
        Operation::HealthLive => health::live(),
        Operation::HealthReady => health::ready(cx).await,
        Operation::OpenApi => pages::openapi(cx).await,
        Operation::AsyncApi => pages::asyncapi(cx).await,
        Operation::Docs => pages::docs(cx).await,
        Operation::Asset => pages::asset(cx).await,
        Operation::Demo => pages::demo(cx).await,
        Operation::DevToken => dev::token(cx).await,
        Operation::DevHubStats => dev::hub_stats(cx, call).await,
        Operation::DevRedis => dev_redis::says(cx, call).await,
        Operation::DevConformance => dev::conformance(cx).await,
        Operation::Cleanup => cleanup::run(cx).await,
        Operation::ListOnline => online::list(cx).await,
        Operation::HealthReport => health::report(cx).await,
        Operation::DevCron => dev::cron(cx).await,
        Operation::ListDeadLetters => dead_letters::list(cx).await,
        Operation::ReplayDeadLetters => dead_letters::replay(cx).await,
        Operation::Metrics => later::not_yet(),
    }
}
