//! Looks at users: each hub at its own deadlines, then Redis at what the hubs say, then, where the two
//! differ, both once more. A change that was under way is none then, and no alarm is raised for nothing.

use presence::calls::{HubRequest, HubResponse};
use presence::ids::UserId;
use presence::mirror::Digest;

use crate::counts::OutboxCounts;
use crate::projection::{Depth, Drift, Seen, compare, questions};
use crate::run::Run;
use crate::world::{RedisState, World};

/// Calls that one [`check`] of so many users may make: two looks and a repair or a refresh, each, and Redis
/// twice. (Where their answers together are too large for Redis, each is asked for once more, which no run
/// is planned for.)
pub(crate) const fn calls(users: usize) -> i64 {
    3 * users as i64 + 2
}

/// So many users whose sets are too large may stand in one batch.
const MOST_UNREAD: u64 = 2;

/// Looks at `users` and has repaired what differs.
pub(crate) async fn check<W: World>(run: &Run<'_, W>, users: &[UserId], depth: Depth) {
    let seen = sweep(run, users).await;
    for (_, digest) in &seen {
        note(run, digest);
    }
    run.count(|counts| {
        counts.scanned += users.len() as u64;
        counts.failed += (users.len() - seen.len()) as u64;
    });
    catch_up(run, &seen).await;
    let suspects = differing(run, seen, depth).await;
    if suspects.is_empty() {
        return;
    }
    let users: Vec<UserId> = suspects.into_iter().map(|drift| drift.user).collect();
    let seen = sweep(run, &users).await;
    catch_up(run, &seen).await;
    let drifts = differing(run, seen, depth).await;
    let repair = |drift: Drift| async move {
        run.repair(&drift.user, HubRequest::Mirror { strays: drift.strays }).await;
    };
    run.each(drifts, repair).await;
}

/// A hub that is about to write cannot be compared, and what it has to say may be little of what Redis lacks:
/// it writes everything, so that no pass leaves out whoever was busy just then. It is rare, unless the hubs
/// were cut off from Redis, which may have lost anything meanwhile.
async fn catch_up<W: World>(run: &Run<'_, W>, seen: &[Seen]) {
    let busy = seen.iter().filter(|(_, digest)| digest.lag > 0);
    run.each(busy.map(|(user, _)| user.clone()), |user| async move { run.refresh(&user).await })
        .await;
}

/// Has each hub look at its deadlines; those that answer.
pub(crate) async fn sweep<W: World>(run: &Run<'_, W>, users: &[UserId]) -> Vec<Seen> {
    let look = |user: UserId| async move {
        match run.ask(&user, HubRequest::Sweep).await {
            Some(HubResponse::Swept(digest)) => Some((user, digest)),
            _ => None,
        }
    };
    run.each(users.iter().cloned(), look).await.into_iter().flatten().collect()
}

/// Counts what a first look found.
pub(crate) fn note<W: World>(run: &Run<'_, W>, digest: &Digest) {
    run.count(|counts| {
        counts.expired += (digest.ended_sessions + digest.ended_leases).max(0) as u64;
        counts.pending += u64::from(digest.lag > 0);
        counts.lag = counts.lag.max(digest.lag.max(0) as u64);
        counts.outbox += OutboxCounts::from(&digest.outbox);
    });
}

/// Those of whom Redis says something else; nobody, where there is none or it does not answer.
async fn differing<W: World>(run: &Run<'_, W>, seen: Vec<Seen>, depth: Depth) -> Vec<Drift> {
    if run.world.redis().is_none() {
        return Vec::new();
    }
    // What a hub is about to write is no difference.
    let settled: Vec<Seen> = seen.into_iter().filter(|(_, digest)| digest.lag == 0).collect();
    if let Some(drifts) = compared(run, &settled, depth).await {
        return drifts;
    }
    // The sets of one may be too large for an answer, which is no reason to pass over the others. Where
    // Redis is away, asking on makes no sense.
    let (mut drifts, mut unread) = (Vec::new(), 0);
    for one in settled.chunks(1) {
        let found = if unread < MOST_UNREAD { compared(run, one, depth).await } else { None };
        unread += u64::from(found.is_none());
        drifts.extend(found.into_iter().flatten());
    }
    run.count(|counts| counts.unread += unread);
    drifts
}

/// The same with one request; nothing, if it fails.
async fn compared<W: World>(run: &Run<'_, W>, seen: &[Seen], depth: Depth) -> Option<Vec<Drift>> {
    let RedisState { kept, .. } = run.world.redis()?;
    let commands = questions(seen, depth, kept);
    if commands.is_empty() {
        return Some(Vec::new());
    }
    compare(seen, depth, kept, run.pipeline(&commands).await.ok()?)
}
