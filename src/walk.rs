//! A walk through all users, bounded in time and calls: what it did not come to, the next request does.

use edge::problem::Problem;
use edge::walk::Place;
use presence::directory::SHARDS;
use presence::ids::UserId;
use presence::time::Millis;

use crate::context::Cx;
use crate::hub_client::PATIENCE;
use crate::platform::now;
use crate::reply::unavailable;

/// Objects that one answer asks, and shards: the platform allows 1,000 subrequests.
const ASKED: usize = 400;
/// Users of a shard at once.
const CHUNK: usize = 100;

/// Goes through the directory.
pub(crate) struct Walk<'a> {
    cx: &'a Cx,
    place: Place,
    calls: usize,
    until: Millis,
}

impl<'a> Walk<'a> {
    /// From `place` on.
    pub(crate) fn new(cx: &'a Cx, place: Place) -> Self {
        Self { cx, place, calls: 0, until: now() + PATIENCE }
    }

    /// When it ends.
    pub(crate) fn until(&self) -> Millis {
        self.until
    }

    /// The next users, at most `most`, each of whom will be asked once; `None` at the end, or where this
    /// request has done enough.
    pub(crate) async fn next(&mut self, most: usize) -> Result<Option<Vec<UserId>>, Problem> {
        if self.place.shard >= SHARDS || self.calls >= ASKED || now() >= self.until {
            return Ok(None);
        }
        let (limit, Place { shard, after }) = (CHUNK.min(most), self.place.clone());
        let listed =
            durable_objects::directory(&self.cx.env, shard, after.as_ref(), limit, self.until);
        let page = listed.await.map_err(|_| unavailable("the directory did not answer"))?;
        self.calls += 1 + page.len();
        self.place = match page.last() {
            Some(last) if page.len() >= limit => Place { shard, after: Some(last.clone()) },
            _ => Place { shard: shard + 1, after: None },
        };
        Ok(Some(page))
    }

    /// Where it goes on, if it did not come to the end.
    pub(crate) fn rest(self) -> Option<Place> {
        (self.place.shard < SHARDS).then_some(self.place)
    }
}
