//! Events that were refused for good: shown, and published once more (contract §5).

use edge::bodies::LIMIT;
use edge::dead_letters::{Asked, ReplayBody};
use edge::problem::Problem;
use edge::walk::Place;
use presence::calls::{HubRequest, HubResponse};
use presence::ids::UserId;
use presence::outbox::{DeadLetter, Replay};
use serde::Serialize;
use serde_json::json;

use super::body;
use crate::context::Cx;
use crate::hub_client::{self, unexpected};
use crate::reply::{Answer, Reply};
use crate::walk::Walk;

/// So many letters in an answer are enough: the next page has the others.
const ENOUGH: usize = 200;

/// A letter and whose it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    user_id: UserId,
    #[serde(flatten)]
    letter: DeadLetter,
}

/// `GET /api/events/dead-letters`: one user's, with how their outbox stands; or everybody's, in pages.
pub(super) async fn list(cx: &Cx) -> Answer {
    let asked = Asked::read(&cx.incoming.query)?;
    let Some(user) = &asked.user else { return list_all(cx, &asked).await };
    let letters = letters(cx, &asked, user.clone()).await?;
    let state = hub_client::call(cx, user, HubRequest::Outbox).await?;
    let HubResponse::Outbox(outbox) = state else { return Err(unexpected().into()) };
    Reply::json(&json!({ "deadLetters": letters, "nextCursor": null, "outbox": outbox }))
}

/// A hub that does not answer is counted, and passed over: it must not hide everybody else's.
async fn list_all(cx: &Cx, asked: &Asked) -> Answer {
    let (mut walk, mut found, mut failed) = (Walk::new(cx, asked.place.clone()), Vec::new(), 0);
    while found.len() < ENOUGH {
        let Some(page) = walk.next(usize::MAX).await? else { break };
        let look = |user| letters(cx, asked, user);
        for letters in hub_client::for_each(page, look).await {
            failed += i64::from(letters.is_err());
            found.extend(letters.unwrap_or_default());
        }
    }
    let next = walk.rest().map(|place| place.to_cursor());
    Reply::json(&json!({ "deadLetters": found, "failed": failed, "nextCursor": next }))
}

async fn letters(cx: &Cx, asked: &Asked, user: UserId) -> Result<Vec<Entry>, Problem> {
    match hub_client::call(cx, &user, HubRequest::DeadLetters).await? {
        HubResponse::DeadLetters { letters } => {
            let meant = letters.into_iter().filter(|letter| asked.means(letter));
            Ok(meant.map(|letter| Entry { user_id: user.clone(), letter }).collect())
        }
        _ => Err(unexpected().into()),
    }
}

/// `POST /api/events/dead-letters/replay`: under new sequences, in the topics that refused them. A hub that
/// does not answer is counted, and passed over where everybody's are meant.
pub(super) async fn replay(cx: &Cx) -> Answer {
    let asked = ReplayBody::parse(&body::json(cx, LIMIT).await?)?;
    if let Some(user) = &asked.user {
        let replayed = replay_of(cx, user, asked.replay.clone()).await?;
        return told(&asked.replay, replayed, 0, None);
    }
    let (mut walk, mut count, mut failed) = (Walk::new(cx, asked.place.clone()), 0, 0);
    while let Some(page) = walk.next(usize::MAX).await? {
        let again = |user| replay_soon(cx, user, &asked.replay);
        for replayed in hub_client::for_each(page, again).await {
            count += replayed.unwrap_or_default();
            failed += i64::from(replayed.is_none());
        }
    }
    told(&asked.replay, count, failed, walk.rest())
}

fn told(replay: &Replay, replayed: i64, failed: i64, rest: Option<Place>) -> Answer {
    Reply::json(&json!({
        "replayed": replayed,
        "failed": failed,
        "dryRun": replay.dry_run,
        "nextCursor": rest.map(|place| place.to_cursor()),
    }))
}

async fn replay_soon(cx: &Cx, user: UserId, replay: &Replay) -> Option<i64> {
    replay_of(cx, &user, replay.clone()).await.ok()
}

async fn replay_of(cx: &Cx, user: &UserId, replay: Replay) -> Result<i64, Problem> {
    match hub_client::call(cx, user, HubRequest::Replay(replay)).await? {
        HubResponse::Replayed { count } => Ok(count),
        _ => Err(unexpected().into()),
    }
}
