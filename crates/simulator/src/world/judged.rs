//! Where the world shows the judge what is not a turn.

use presence::effects::LogEntry;
use presence::ids::UserId;
use presence::state::Presence;

use super::World;
use crate::judge::{Judge, Violation};

impl World {
    fn judged(&mut self, judgement: impl FnOnce(&mut Judge, &Self) -> Result<(), Violation>) {
        if let Some(mut judge) = self.judge.take() {
            let result = judgement(&mut judge, self);
            self.judge = Some(judge);
            if let Err(violation) = result {
                self.breach(violation);
            }
        }
    }

    /// All faults are over and all that was due has run.
    pub fn judge_rest(
        &mut self,
        judgement: impl FnOnce(&mut Judge, &Self) -> Result<(), Violation>,
    ) {
        if self.failure.is_none() {
            self.judged(judgement);
        }
    }

    /// No hub has let a session outlive its time.
    pub fn judge_overdue(&mut self) {
        self.judged(|judge, world| {
            (0..world.nodes.len()).try_for_each(|hub| {
                let (user, sockets) = (&world.nodes[hub].user, world.sockets_of(hub));
                judge.overdue(user, world.clock(hub), world.now, &sockets)
            })
        });
    }

    /// Somebody was shown a presence over REST.
    pub(super) fn show(&mut self, viewer: Option<&UserId>, presence: &Presence) {
        self.judged(|judge, _| judge.shown(viewer, presence));
    }

    pub(super) fn judge_log(&mut self, hub: usize, entry: &LogEntry) {
        self.judged(|judge, world| judge.log(&world.nodes[hub].user, entry));
    }
}
