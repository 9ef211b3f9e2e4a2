//! C2: every hub looks at its deadlines and its alarm, which ends what nobody noticed; then Redis and
//! the hub are compared both ways: all about sessions in each pass, the sets about who watches whom once
//! an hour, since each of them costs a command.

use crate::place::{Place, Step};
use crate::projection::Depth;
use crate::run::Run;
use crate::standing::{calls, check};
use crate::walk::{GATHER, gather};
use crate::world::World;

/// Users at once: at most two rounds of calls, so that hubs that hang take little of a run's time.
const BATCH: usize = 32;

/// Milliseconds from the beginning of a pass that compares everything to that of the next one.
pub(crate) const ALL_EVERY: i64 = 3_600_000;

pub(crate) async fn step<W: World>(run: &Run<'_, W>, place: &Place, depth: Depth) -> Option<Step> {
    if !run.may(GATHER + calls(BATCH)) {
        return None;
    }
    let gathered = gather(run, place, BATCH, calls(BATCH)).await;
    check(run, &gathered.users, depth).await;
    Some(Step::to(gathered.next))
}
