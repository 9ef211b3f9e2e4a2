//! C1: leases that are over end (each look at a hub sees to it), and edges that only one end knows are
//! told again by their subscriber (rules, 5 and 10). Each user's edges are asked after from both sides:
//! what a target holds for nobody is found nowhere else.

use presence::directory::shard_of;
use presence::ids::UserId;
use presence::mirror::Digest;

use crate::edges;
use crate::place::{Inside, Place, Side, Step};
use crate::run::Run;
use crate::standing::{note, sweep};
use crate::walk::{GATHER, gather};
use crate::world::World;

/// Users at once: as many as are called at once.
const BATCH: usize = 16;

pub(crate) async fn step<W: World>(run: &Run<'_, W>, place: &Place) -> Option<Step> {
    if place.inside.is_some() {
        let may = run.may(edges::CALLS);
        return if may { Some(Step::On(go_on(run, place.clone()).await)) } else { None };
    }
    let reserve = BATCH as i64 + edges::CALLS;
    if !run.may(GATHER + reserve) {
        return None;
    }
    let gathered = gather(run, place, BATCH, reserve).await;
    for (user, digest) in look(run, &gathered.users).await {
        let place = go_on(run, begin(run, user, digest.as_ref())).await;
        if place.inside.is_some() {
            return Some(Step::On(place));
        }
    }
    Some(Step::to(gathered.next))
}

/// Has all of them look at their deadlines; who did not answer has no digest.
pub(crate) async fn look<W: World>(
    run: &Run<'_, W>,
    users: &[UserId],
) -> Vec<(UserId, Option<Digest>)> {
    let mut seen = sweep(run, users).await.into_iter().peekable();
    let of = |user: &UserId| {
        let digest = seen.next_if(|(other, _)| other == user).map(|(_, digest)| digest);
        (user.clone(), digest)
    };
    users.iter().map(of).collect()
}

/// The place behind this user, inside their edges if there are any.
pub(crate) fn begin<W: World>(run: &Run<'_, W>, user: UserId, digest: Option<&Digest>) -> Place {
    run.count(|counts| {
        counts.scanned += 1;
        counts.failed += u64::from(digest.is_none());
    });
    if let Some(digest) = digest {
        note(run, digest);
    }
    let inside = |side| Inside { user: user.clone(), side, after: None };
    let inside = digest.and_then(first_side).map(inside);
    let shard = shard_of(&user);
    Place { shard, after: Some(user), inside, scan: None }
}

fn first_side(digest: &Digest) -> Option<Side> {
    match (digest.subscriptions > 0, digest.subscribers > 0) {
        (true, _) => Some(Side::Subscriptions),
        (false, true) => Some(Side::Subscribers),
        (false, false) => None,
    }
}

/// Page by page, as long as this run may.
pub(crate) async fn go_on<W: World>(run: &Run<'_, W>, mut place: Place) -> Place {
    while let Some(inside) = &place.inside {
        if !run.may(edges::CALLS) {
            break;
        }
        place.inside = edges::page(run, inside).await;
    }
    place
}
