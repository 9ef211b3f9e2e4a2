//! Presence: of one, of many, and one's own status.

use edge::bodies::{self, LIMIT, LIMIT_WITH_IDS, QueryBody};
use edge::token::Claims;
use mirror::keys;
use presence::calls::{HubRequest, HubResponse, Viewer};
use presence::config::CALL_LIFETIME;
use presence::errors::{ErrorCode, Refusal};
use presence::ids::UserId;
use presence::state::Presence;
use presence::time::Millis;
use redis_rest::Ask as _;
use redis_rest::commands::{get as get_text, sismember};
use serde::Serialize;
use serde_json::{Value, json};

use super::body;
use crate::context::{Call, Cx};
use crate::hub_client::{self, PATIENCE, unexpected};
use crate::platform;
use crate::redis_client::{self, redis};
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

/// A user of a list of whom nothing can be said.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failed {
    pub user_id: String,
    pub error: Refusal,
}

/// `POST /api/presence/query`
pub(super) async fn query(cx: &Cx, call: &Call) -> Answer {
    let claims = call.claims()?;
    let asked = QueryBody::parse(&body::json(cx, LIMIT_WITH_IDS).await?)?;
    let users = distinct(asked.users);
    if claims.is_trusted() && !asked.strong {
        let (ids, failed) = parsed(&users);
        let as_of = platform::now();
        if let Some(standings) = standings(cx, &ids).await {
            return tell(&standings, &failed, "projection", as_of);
        }
    }
    let until = platform::now() + PATIENCE;
    let ask = |text| one(cx, claims, until, text);
    let answers = hub_client::for_each(users, ask).await;
    let (mut presences, mut failed) = (Vec::new(), Vec::new());
    for answer in answers {
        match answer {
            Ok(presence) => presences.push(presence),
            Err(failure) => failed.push(failure),
        }
    }
    tell(&presences, &failed, "hub", platform::now())
}

fn tell(presences: &impl Serialize, failed: &[Failed], source: &str, as_of: Millis) -> Answer {
    let mut answer = json!({ "presences": presences, "source": source, "asOf": as_of });
    with_failed(&mut answer, failed);
    Reply::json(&answer)
}

/// Adds them, where there are any.
pub(super) fn with_failed(answer: &mut Value, failed: &[Failed]) {
    if !failed.is_empty()
        && let Some(members) = answer.as_object_mut()
    {
        members.insert("failed".to_owned(), json!(failed));
    }
}

async fn one(cx: &Cx, claims: &Claims, until: Millis, text: String) -> Result<Presence, Failed> {
    let user = read(&text)?;
    let fail = |error| Failed { user_id: text, error };
    hub_client::presence(cx, &user, viewer(claims, &user), until).await.map_err(fail)
}

fn read(text: &str) -> Result<UserId, Failed> {
    UserId::parse(text).map_err(|invalid| {
        let error = Refusal::new(ErrorCode::InvalidUserId, invalid.to_string());
        Failed { user_id: text.to_owned(), error }
    })
}

/// Those that are ids, and those that are none.
fn parsed(texts: &[String]) -> (Vec<UserId>, Vec<Failed>) {
    let (mut ids, mut failed) = (Vec::new(), Vec::new());
    for text in texts {
        match read(text) {
            Ok(id) => ids.push(id),
            Err(failure) => failed.push(failure),
        }
    }
    (ids, failed)
}

/// What Redis says of a user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing<'a> {
    user_id: &'a UserId,
    online: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_active_at: Option<Millis>,
}

/// Of all of them with one request; nothing, where Redis cannot be asked.
async fn standings<'a>(cx: &Cx, users: &'a [UserId]) -> Option<Vec<Standing<'a>>> {
    let listed = |user: &UserId| sismember(keys::ONLINE, user.as_str());
    let active = |user: &UserId| get_text(keys::last_active(user));
    let both = |user| [listed(user).command(), active(user).command()];
    let commands: Vec<_> = users.iter().flat_map(both).collect();
    let answers = redis(cx)?.pipeline(&commands, redis_client::PATIENCE).await.ok()?;
    let mut answers = answers.into_iter();
    let standing = |user| {
        let online = listed(user).read(answers.next()?).ok()?;
        let active = active(user).read(answers.next()?).ok()?;
        let last_active_at = active.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
        Some(Standing { user_id: user, online, last_active_at: last_active_at.map(Millis) })
    };
    users.iter().map(standing).collect()
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
