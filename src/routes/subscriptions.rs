//! Who watches whom.

use edge::bodies::{LIMIT_WITH_IDS, Targets};
use edge::paging::{self, MOST, MOST_WITH_PRESENCE};
use edge::problem::Problem;
use edge::token::Claims;
use presence::calls::{
    HubRequest, HubResponse, Outcome, Subscriber, Subscription, TargetOutcome, Viewer,
};
use presence::config::CALL_LIFETIME;
use presence::ids::UserId;
use presence::time::Millis;
use serde_json::json;

use super::body;
use super::presence::viewer;
use crate::context::{Call, Cx};
use crate::hub_client::{self, SOON, unexpected};
use crate::platform;
use crate::reply::{Answer, Reply};

/// `GET /api/subscriptions/presence/{userId}`
pub(super) async fn list(cx: &Cx, call: &Call) -> Answer {
    let user = call.own_user("userId")?;
    let page = paging::page(&cx.incoming.query, MOST_WITH_PRESENCE)?;
    let answer = hub_client::call(cx, &user, HubRequest::Subscriptions { page }).await?;
    let HubResponse::Subscriptions { subscriptions, count, next } = answer else {
        return Err(unexpected().into());
    };
    let claims = call.claims()?;
    let until = platform::now() + CALL_LIFETIME;
    let viewer = |target: &UserId| seen_by(claims, &user, target);
    let ask = |edge| with_presence(cx, until, viewer, edge);
    let subscriptions = hub_client::for_each(subscriptions, ask).await;
    Reply::json(&json!({
        "userId": user,
        "subscriptions": subscriptions,
        "count": count,
        "nextCursor": next.as_ref().map(paging::cursor),
    }))
}

/// Adds the presence of who is watched.
async fn with_presence(
    cx: &Cx,
    until: Millis,
    viewer: impl Fn(&UserId) -> Viewer,
    mut edge: Subscription,
) -> Subscription {
    let viewer = viewer(&edge.user_id);
    edge.presence = hub_client::presence(cx, &edge.user_id, viewer, until).await.ok();
    edge
}

/// The eyes of `beholder`, for whom the bearer acts; of themselves only the bearer sees everything.
fn seen_by(claims: &Claims, beholder: &UserId, user: &UserId) -> Viewer {
    if beholder == user { viewer(claims, user) } else { Viewer::User(beholder.clone()) }
}

/// `GET /api/subscriptions/presence/{userId}/subscribers`
pub(super) async fn subscribers(cx: &Cx, call: &Call) -> Answer {
    let user = call.own_user("userId")?;
    let page = paging::page(&cx.incoming.query, MOST)?;
    let answer = hub_client::call(cx, &user, HubRequest::Subscribers { page }).await?;
    let HubResponse::Subscribers { subscribers, count, next } = answer else {
        return Err(unexpected().into());
    };
    let claims = call.claims()?;
    let until = platform::now() + CALL_LIFETIME;
    let viewer = |subscriber: &UserId| seen_by(claims, &user, subscriber);
    let ask = |one| with_watching_now(cx, until, viewer, one);
    let subscribers = hub_client::for_each(subscribers, ask).await;
    Reply::json(&json!({
        "userId": user,
        "subscribers": subscribers,
        "count": count,
        "nextCursor": next.as_ref().map(paging::cursor),
    }))
}

/// Who is not known to be asleep watches if their own presence, as the target may see it, says that
/// they are there: so this never tells more than that presence does (rules, 12).
async fn with_watching_now(
    cx: &Cx,
    until: Millis,
    viewer: impl Fn(&UserId) -> Viewer,
    mut one: Subscriber,
) -> Subscriber {
    if one.watching_now {
        let seen = hub_client::presence(cx, &one.user_id, viewer(&one.user_id), until).await;
        one.watching_now = seen.is_ok_and(|presence| presence.online);
    }
    one
}

/// `GET /api/subscriptions/presence/{subscriberId}/subscribed-to/{targetUserId}`
pub(super) async fn subscribed_to(cx: &Cx, call: &Call) -> Answer {
    let subscriber = call.own_user("subscriberId")?;
    let target = call.user("targetUserId")?;
    let request = HubRequest::SubscribedTo { target: target.clone() };
    let HubResponse::SubscribedTo { subscribed, status, expires_at } =
        hub_client::call(cx, &subscriber, request).await?
    else {
        return Err(unexpected().into());
    };
    let mut answer = json!({
        "subscriberId": subscriber,
        "targetUserId": target,
        "subscribed": subscribed,
        "status": status,
    });
    if let (Some(expires_at), Some(members)) = (expires_at, answer.as_object_mut()) {
        members.insert("expiresAt".to_owned(), json!(expires_at));
    }
    Reply::json(&answer)
}

/// `POST /api/subscriptions/presence/subscribe`
pub(super) async fn subscribe(cx: &Cx, call: &Call) -> Answer {
    let (subscriber, targets) = read_targets(cx, call).await?;
    let results = outcomes(cx, &subscriber, HubRequest::Subscribe { targets }).await?;
    let claims = call.claims()?;
    let until = platform::now() + SOON;
    let viewer = |target: &UserId| seen_by(claims, &subscriber, target);
    let ask = |result| with_first_presence(cx, until, viewer, result);
    let results = hub_client::for_each(results, ask).await;
    Reply::json(&json!({ "subscriberId": subscriber, "results": results }))
}

/// `POST /api/subscriptions/presence/unsubscribe`
pub(super) async fn unsubscribe(cx: &Cx, call: &Call) -> Answer {
    let (subscriber, targets) = read_targets(cx, call).await?;
    let results = outcomes(cx, &subscriber, HubRequest::Unsubscribe { targets }).await?;
    Reply::json(&json!({ "subscriberId": subscriber, "results": results }))
}

async fn read_targets(cx: &Cx, call: &Call) -> Result<(UserId, Vec<String>), Problem> {
    let asked = Targets::parse(&body::json(cx, LIMIT_WITH_IDS).await?)?;
    let subscriber = match asked.subscriber {
        Some(subscriber) => subscriber,
        None => call.claims()?.user.clone(),
    };
    call.check_own(&subscriber)?;
    Ok((subscriber, asked.targets))
}

async fn outcomes(
    cx: &Cx,
    subscriber: &UserId,
    request: HubRequest,
) -> Result<Vec<TargetOutcome>, Problem> {
    match hub_client::call(cx, subscriber, request).await? {
        HubResponse::Outcomes { results } => Ok(results),
        _ => Err(unexpected().into()),
    }
}

/// Adds the presence of a target that is watched now, if it answers soon: what was written stands
/// anyway.
async fn with_first_presence(
    cx: &Cx,
    until: Millis,
    viewer: impl Fn(&UserId) -> Viewer,
    mut result: TargetOutcome,
) -> TargetOutcome {
    let watched = matches!(result.outcome, Outcome::Subscribed | Outcome::Refreshed);
    if let (true, Ok(target)) = (watched, UserId::parse(&result.target_user_id)) {
        result.presence = hub_client::presence(cx, &target, viewer(&target), until).await.ok();
    }
    result
}
