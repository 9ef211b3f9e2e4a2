//! What only a development server has: tokens for anyone, counters of an object, the store's own test.

use edge::bodies::{DevToken, LIMIT};
use edge::config::{Algorithm, TokenKey};
use edge::problem::Problem;
use edge::token::Unsigned;
use presence::errors::ErrorCode;
use serde_json::json;
use worker::{Method, Request};

use super::body;
use crate::context::{Call, Cx};
use crate::reply::{Answer, Reply, unavailable};
use crate::{hub_client, platform};

/// The object that runs the store's conformance test; its database holds nothing else.
const CONFORMANCE: &str = "~conformance";

/// `POST /dev/token`
pub(super) async fn token(cx: &Cx) -> Answer {
    let asked = DevToken::parse(&body::json(cx, LIMIT).await?)?;
    let settings = cx.settings()?;
    let TokenKey::Secret(_) = settings.key else {
        let detail = "tokens are given out only where AUTH_JWT_SECRET is the key";
        return Err(Problem::new(ErrorCode::Misconfigured, detail));
    };
    let (issuer, audience) = (settings.issuer.as_deref(), settings.audience.as_deref());
    let (claims, expires_at) = asked.claims(platform::now(), issuer, audience);
    let unsigned = Unsigned::new(&claims, Algorithm::Hs256);
    let signature = platform::sign_hs256(&settings.key, unsigned.signing_input().as_bytes())
        .await
        .map_err(|_| unavailable("the token could not be signed"))?;
    Reply::json(&json!({ "token": unsigned.signed(&signature), "expiresAt": expires_at }))
}

/// `GET /dev/hub/{userId}/stats`: what the object counted since it woke.
pub(super) async fn hub_stats(cx: &Cx, call: &Call) -> Answer {
    let user = call.own_user("userId")?;
    pass_on(cx, user.as_str(), Method::Get, "https://hub/stats").await
}

/// `POST /dev/conformance`: the store's conformance test, on the object's own SQL. 200 with
/// `{"conforms": true}`, or with `{"conforms": false, "failed": …}`, which names the check.
pub(super) async fn conformance(cx: &Cx) -> Answer {
    pass_on(cx, CONFORMANCE, Method::Post, "https://hub/conformance").await
}

/// `POST /dev/cron`: what the cron trigger does every few minutes, now.
pub(super) async fn cron(cx: &Cx) -> Answer {
    let runs = crate::cron::trigger(&cx.env).await;
    Reply::json(&json!({ "runs": runs }))
}

async fn pass_on(cx: &Cx, object: &str, method: Method, url: &str) -> Answer {
    let request =
        Request::new(url, method).map_err(|_| unavailable("the object cannot be asked"))?;
    let response = hub_client::forward(cx, object, request).await?;
    Ok(Reply::passed(response, vec![("cache-control", "no-store".to_owned())]))
}
