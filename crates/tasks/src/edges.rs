//! One page of one user's edges: asks the other end of each, and twice where the two disagree.

use presence::calls::{HubRequest, HubResponse, Page};
use presence::ids::UserId;

use crate::place::{Inside, Side};
use crate::run::Run;
use crate::world::World;

/// Edges at once.
const PAGE: usize = 50;
/// Calls that one [`page`] may make: the list; then an edge's other end, both ends again, and a repair.
pub(crate) const CALLS: i64 = 1 + 4 * PAGE as i64;

/// An edge, whichever end it was found at.
struct Edge {
    subscriber: UserId,
    target: UserId,
}

/// Looks at the edges from `inside` on, and says where to go on; nothing after the user's last one.
pub(crate) async fn page<W: World>(run: &Run<'_, W>, inside: &Inside) -> Option<Inside> {
    let Some((others, next)) = list(run, inside).await else {
        // The user's hub was there a moment ago: passed over, and seen to in the next pass.
        run.count(|counts| counts.failed += 1);
        return following(inside);
    };
    run.count(|counts| counts.edges += others.len() as u64);
    let edges = others.into_iter().map(|other| Edge::of(inside, other));
    let look =
        |edge: Edge| async move { (one_sided(run, inside.side, &edge).await).then_some(edge) };
    let suspects: Vec<Edge> = run.each(edges, look).await.into_iter().flatten().collect();
    run.each(suspects, |edge| async move { settle(run, &edge).await }).await;
    match next {
        Some(after) => Some(Inside { after: Some(after), ..inside.clone() }),
        None => following(inside),
    }
}

fn following(inside: &Inside) -> Option<Inside> {
    let (user, side) = (inside.user.clone(), Side::Subscribers);
    (inside.side == Side::Subscriptions).then_some(Inside { user, side, after: None })
}

async fn list<W: World>(
    run: &Run<'_, W>,
    inside: &Inside,
) -> Option<(Vec<UserId>, Option<UserId>)> {
    let page = Page { limit: PAGE as i64, after: inside.after.clone() };
    let request = match inside.side {
        Side::Subscriptions => HubRequest::Subscriptions { page },
        Side::Subscribers => HubRequest::Subscribers { page },
    };
    match run.ask(&inside.user, request).await? {
        HubResponse::Subscriptions { subscriptions, next, .. } => {
            Some((subscriptions.into_iter().map(|edge| edge.user_id).collect(), next))
        }
        HubResponse::Subscribers { subscribers, next, .. } => {
            Some((subscribers.into_iter().map(|edge| edge.user_id).collect(), next))
        }
        _ => None,
    }
}

impl Edge {
    fn of(inside: &Inside, other: UserId) -> Self {
        let user = inside.user.clone();
        match inside.side {
            Side::Subscriptions => Self { subscriber: user, target: other },
            Side::Subscribers => Self { subscriber: other, target: user },
        }
    }
}

/// Whether the other end says that there is no such edge. One that does not answer says nothing.
async fn one_sided<W: World>(run: &Run<'_, W>, side: Side, edge: &Edge) -> bool {
    let other = match side {
        Side::Subscriptions => held(run, edge).await.map(|(held, _)| held),
        Side::Subscribers => wanted(run, edge).await,
    };
    if other.is_none() {
        run.count(|counts| counts.failed += 1);
    }
    other == Some(false)
}

/// The second look, at both ends: something may have been under way.
async fn settle<W: World>(run: &Run<'_, W>, edge: &Edge) {
    let (Some(wanted), Some((held, above))) = (wanted(run, edge).await, held(run, edge).await)
    else {
        return run.count(|counts| counts.failed += 1);
    };
    if wanted != held {
        let target = edge.target.clone();
        run.repair(&edge.subscriber, HubRequest::Reassert { target, above }).await;
    }
}

async fn held<W: World>(run: &Run<'_, W>, edge: &Edge) -> Option<(bool, i64)> {
    let request = HubRequest::Holds { subscriber: edge.subscriber.clone() };
    match run.ask(&edge.target, request).await {
        Some(HubResponse::Held { held, generation }) => Some((held, generation)),
        _ => None,
    }
}

async fn wanted<W: World>(run: &Run<'_, W>, edge: &Edge) -> Option<bool> {
    let request = HubRequest::SubscribedTo { target: edge.target.clone() };
    match run.ask(&edge.subscriber, request).await {
        Some(HubResponse::SubscribedTo { subscribed, .. }) => Some(subscribed),
        _ => None,
    }
}
