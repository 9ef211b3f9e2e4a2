//! Presence: of one, of many, and one's own status.

use edge::bodies::{self, LIMIT, LIMIT_WITH_IDS, QueryBody};
use edge::token::Claims;
use presence::calls::{HubRequest, HubResponse, Viewer};
use presence::config::CALL_LIFETIME;
use presence::errors::{ErrorCode, Refusal};
use presence::ids::UserId;
use presence::state::Presence;
use presence::time::Millis;
use serde::Serialize;
use serde_json::json;

use super::body;
use crate::context::{Call, Cx};
use crate::hub_client::{self, PATIENCE, unexpected};
use crate::platform;
use crate::reply::{Answer, Reply};

/// As whom the bearer looks at `user`: as themselves only with their own token, whatever its scopes.
pub(super) fn viewer(claims: &Claims, user: &UserId) -> Viewer {
    if claims.user == *user {
        Viewer::Owner
    } else if claims.is_trusted() {
        Viewer::Service
    } else {
        Viewer::User(claims.user.clone())
    }
}

/// `GET /api/presence/{userId}`
pub(super) async fn get(cx: &Cx, call: &Call) -> Answer {
    let user = call.user("userId")?;
    let viewer = viewer(call.claims()?, &user);
    Reply::json(&hub_client::presence(cx, &user, viewer, platform::now() + CALL_LIFETIME).await?)
}

/// An entry of a query that has no presence.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    user_id: String,
    error: Refusal,
}

/// `POST /api/presence/query`
pub(super) async fn query(cx: &Cx, call: &Call) -> Answer {
    let claims = call.claims()?;
    let asked = QueryBody::parse(&body::json(cx, LIMIT_WITH_IDS).await?)?;
    let until = platform::now() + PATIENCE;
    let ask = |text| one(cx, claims, until, text);
    let answers = hub_client::for_each(distinct(asked.users), ask).await;
    let (mut presences, mut failed) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(presence) => presences.push(presence),
            Err(failure) => failed.push(failure),
        }
    }
    let mut answer = json!({ "presences": presences, "source": "hub", "asOf": platform::now() });
    if !failed.is_empty()
        && let Some(members) = answer.as_object_mut()
    {
        members.insert("failed".to_owned(), json!(failed));
    }
    Reply::json(&answer)
}

async fn one(cx: &Cx, claims: &Claims, until: Millis, text: String) -> Result<Presence, Failed> {
    let fail = |error| Failed { user_id: text.clone(), error };
    let user = UserId::parse(&text)
        .map_err(|invalid| fail(Refusal::new(ErrorCode::InvalidUserId, invalid.to_string())))?;
    hub_client::presence(cx, &user, viewer(claims, &user), until).await.map_err(fail)
}

/// Each user once, in the order asked; the canonical form where there is one.
fn distinct(texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let canonical = |text: String| UserId::parse(&text).map_or(text, String::from);
    texts.into_iter().map(canonical).filter(|text| seen.insert(text.clone())).collect()
}

/// `PUT /api/presence/{userId}/status`
pub(super) async fn set_status(cx: &Cx, call: &Call) -> Answer {
    let user = call.own_user("userId")?;
    let status = bodies::set_status(&body::json(cx, LIMIT).await?)?;
    match hub_client::call(cx, &user, HubRequest::SetStatus(status)).await? {
        HubResponse::Presence(presence) => Reply::json(&presence),
        _ => Err(unexpected().into()),
    }
}
