//! Everybody who is online: from the projection, or by asking the objects.

use std::collections::BTreeSet;

use edge::online::{Cursor, OnlinePage, Source, page};
use edge::problem::Problem;
use edge::walk::Place;
use mirror::keys;
use presence::calls::Viewer;
use presence::errors::ErrorCode;
use presence::ids::UserId;
use presence::time::Millis;
use redis_rest::Error;
use redis_rest::commands::{Cursor as ScanCursor, sscan};
use serde_json::json;

use crate::context::Cx;
use crate::hub_client;
use crate::platform::now;
use crate::redis_client::{self, redis};
use crate::reply::{Answer, Reply};
use crate::walk::Walk;

use super::presence::{Failed, with_failed};

/// Pages of a scan in one answer: each may be empty, though more follow.
const SCANS: usize = 8;
/// Milliseconds for one object, so that a few that hang leave time for the others of their page.
const ONE: i64 = 2_000;

/// A page, and where it ends.
struct Found {
    users: Vec<UserId>,
    failed: Vec<Failed>,
    next: Option<Cursor>,
    source: Source,
    as_of: Millis,
}

/// `GET /api/online`
pub(super) async fn list(cx: &Cx) -> Answer {
    let asked = page(&cx.incoming.query)?;
    let found = match projected(cx, &asked).await? {
        Some(found) => found,
        None => by_hubs(cx, &asked).await?,
    };
    let mut answer = json!({
        "userIds": found.users,
        "nextCursor": found.next.as_ref().map(Cursor::to_text),
        "source": found.source.as_str(),
        "asOf": found.as_of,
    });
    with_failed(&mut answer, &found.failed);
    Reply::json(&answer)
}

/// Nothing, where the objects are asked for, or Redis is not there.
async fn projected(cx: &Cx, asked: &OnlinePage) -> Result<Option<Found>, Problem> {
    let start = match (&asked.cursor, asked.source) {
        (Some(Cursor::Projection(cursor)), _) => ScanCursor::from_text(cursor),
        (None, None | Some(Source::Projection)) => ScanCursor::start(),
        _ => return Ok(None),
    };
    let Some(redis) = redis(cx) else { return Ok(None) };
    let as_of = now();
    let (mut users, mut next) = (BTreeSet::new(), Some(start));
    for _ in 0..SCANS {
        let left = asked.limit - users.len() as i64;
        let Some(cursor) = next.as_ref().filter(|_| left > 0) else { break };
        let scan = sscan(keys::ONLINE, cursor).count(left as u32);
        match redis.ask(&scan, redis_client::PATIENCE).await {
            Ok(page) => {
                let texts = page.items.iter().filter_map(|item| std::str::from_utf8(item).ok());
                users.extend(texts.filter_map(|text| UserId::parse(text).ok()));
                next = page.next;
            }
            Err(Error::Command(error)) if error.0.contains("cursor") => {
                let detail = "cursor is the nextCursor of the page before";
                return Err(Problem::new(ErrorCode::InvalidParameter, detail));
            }
            Err(_) => return Ok(None),
        }
    }
    let next = next.map(|cursor| Cursor::Projection(cursor.as_str().to_owned()));
    let (users, source) = (users.into_iter().collect(), Source::Projection);
    Ok(Some(Found { users, failed: Vec::new(), next, source, as_of }))
}

/// Through the directory, from the cursor on; from its beginning, where the list was from Redis so far.
async fn by_hubs(cx: &Cx, asked: &OnlinePage) -> Result<Found, Problem> {
    let place = match &asked.cursor {
        Some(Cursor::Hub(place)) => place.clone(),
        _ => Place::default(),
    };
    let (as_of, mut walk) = (now(), Walk::new(cx, place));
    let (mut users, mut failed) = (Vec::new(), Vec::new());
    while (users.len() as i64) < asked.limit {
        let Some(page) = walk.next(asked.limit as usize).await? else { break };
        for seen in online(cx, page, walk.until()).await {
            match seen {
                Ok(user) => users.extend(user),
                Err(failure) => failed.push(failure),
            }
        }
    }
    let next = walk.rest().map(Cursor::Hub);
    Ok(Found { users, failed, next, source: Source::Hub, as_of })
}

/// Those of `users` who are online, as everybody may see. Who cannot be read is neither left out silently,
/// nor does one such user hold up the list.
async fn online(cx: &Cx, users: Vec<UserId>, until: Millis) -> Vec<Result<Option<UserId>, Failed>> {
    let look = |user: UserId| async move {
        let until = until.min(now() + ONE);
        match hub_client::presence(cx, &user, Viewer::Service, until).await {
            Ok(presence) => Ok(presence.online.then_some(user)),
            Err(error) => Err(Failed { user_id: user.into(), error }),
        }
    };
    hub_client::for_each(users, look).await
}
