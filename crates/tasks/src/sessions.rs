//! C2: every hub looks at its deadlines and its alarm, which ends what nobody noticed; then Redis and
//! the hub are compared both ways.

use crate::place::{Place, Step};
use crate::projection::Depth;
use crate::run::Run;
use crate::standing::{calls, check};
use crate::walk::{GATHER, gather};
use crate::world::World;

/// Users at once: at most two rounds of calls, so that hubs that hang take little of a run's time.
const BATCH: usize = 32;

pub(crate) async fn step<W: World>(run: &Run<'_, W>, place: &Place) -> Option<Step> {
    if !run.may(GATHER + calls(BATCH)) {
        return None;
    }
    let gathered = gather(run, place, BATCH, calls(BATCH)).await;
    check(run, &gathered.users, Depth::All).await;
    Some(Step::to(gathered.next))
}
