//! A user's sessions: all, one, and the end of one.

use presence::calls::{HubRequest, HubResponse};
use serde_json::json;

use crate::context::{Call, Cx};
use crate::hub_client::{self, unexpected};
use crate::reply::{Answer, Reply};

/// `GET /api/subscriptions/websocket/{userId}/sessions`
pub(super) async fn list(cx: &Cx, call: &Call) -> Answer {
    let user = call.own_user("userId")?;
    match hub_client::call(cx, &user, HubRequest::Sessions).await? {
        HubResponse::Sessions { sessions } => {
            let count = sessions.len();
            Reply::json(&json!({ "userId": user, "sessions": sessions, "count": count }))
        }
        _ => Err(unexpected().into()),
    }
}

/// `GET /api/subscriptions/websocket/session/{sessionId}`
pub(super) async fn get(cx: &Cx, call: &Call) -> Answer {
    let (user, session) = call.own_session("sessionId")?;
    match hub_client::call(cx, &user, HubRequest::Session { session }).await? {
        HubResponse::Session(session) => Reply::json(&session),
        _ => Err(unexpected().into()),
    }
}

/// `DELETE /api/subscriptions/websocket/session/{sessionId}`
pub(super) async fn revoke(cx: &Cx, call: &Call) -> Answer {
    let (user, session) = call.own_session("sessionId")?;
    match hub_client::call(cx, &user, HubRequest::Revoke { session }).await? {
        HubResponse::Done => Ok(Reply::empty()),
        _ => Err(unexpected().into()),
    }
}
