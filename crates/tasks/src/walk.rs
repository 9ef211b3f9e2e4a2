//! Through the directory, shard by shard.

use presence::directory::SHARDS;
use presence::ids::UserId;

use crate::place::Place;
use crate::run::Run;
use crate::world::World;

/// Calls that a step keeps ready for [`gather`]: a page, and once more if it is not answered.
pub(crate) const GATHER: i64 = 2;

/// Users to see to, and what comes after them; nothing at the end of the directory.
pub(crate) struct Gathered {
    pub(crate) users: Vec<UserId>,
    pub(crate) next: Option<Place>,
}

/// The next users from `place` on: `most`, unless the directory ends, or time or calls do of which
/// `reserve` are for what comes then. A shard that does not answer is counted and passed over, or one
/// would hold up all that come after it.
pub(crate) async fn gather<W: World>(
    run: &Run<'_, W>,
    place: &Place,
    most: usize,
    reserve: i64,
) -> Gathered {
    let (mut shard, mut after) = (place.shard, place.after.clone());
    let mut users: Vec<UserId> = Vec::new();
    while shard < SHARDS && users.len() < most && run.may(GATHER + reserve) {
        let wanted = most - users.len();
        let page = page(run, shard, after.as_ref(), wanted).await.unwrap_or_else(|| {
            run.count(|counts| counts.failed += 1);
            Vec::new()
        });
        if page.len() < wanted {
            (shard, after) = (shard + 1, None);
        } else {
            after = page.last().cloned();
        }
        users.extend(page);
    }
    Gathered { users, next: Place::of_shard(shard, after) }
}

async fn page<W: World>(
    run: &Run<'_, W>,
    shard: u32,
    after: Option<&UserId>,
    limit: usize,
) -> Option<Vec<UserId>> {
    match run.users(shard, after, limit).await {
        Ok(users) => Some(users),
        Err(_) => run.users(shard, after, limit).await.ok(),
    }
}
