//! Where the world shows the judge what is not a turn.

use presence::effects::LogEntry;
use presence::ids::UserId;
use presence::outbox::{Batch, Destination, Record};
use presence::state::Presence;
use redis_rest::Command;

use super::World;
use super::device::Device;
use super::node::Node;
use crate::judge::{Flushing, Judge, Violation};
use crate::keyspace::Entry;

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

    /// A hub sends a flush, and has none under way.
    pub(super) fn judge_flush(&mut self, hub: usize, commands: &[Command]) {
        if self.nodes[hub].flushing.is_some() {
            let user = self.nodes[hub].user.to_string();
            return self.fail("6: two flushes of one hub at once", user);
        }
        self.judged(|judge, world| {
            let (node, clock) = (&world.nodes[hub], world.clock(hub));
            judge.flush(&Flushing {
                user: &node.user,
                now: world.now,
                clock,
                alarm: node.alarm.map(|alarm| alarm.at),
                disk: &node.disk,
                commands,
                deprecated: world.redis.kept.deprecated,
            })
        });
    }

    /// A hub sends a batch, and has none under way.
    pub(super) fn judge_batch(&mut self, hub: usize, batch: &Batch) {
        if self.nodes[hub].publishing.is_some() {
            let user = self.nodes[hub].user.to_string();
            return self.fail("7: two batches of one hub at once", user);
        }
        self.judged(|judge, world| judge.batch(&world.nodes[hub].user, batch));
    }

    /// Kafka will never take this record.
    pub(super) fn judge_refusal(&mut self, user: &UserId, id: &str) {
        self.judged(|judge, _| {
            judge.refuses(user, id);
            Ok(())
        });
    }

    /// A record has arrived.
    pub(super) fn judge_record(&mut self, user: &UserId, at: Destination, record: &Record) {
        self.judged(|judge, _| judge.arrived(user, at, record));
    }

    /// A transaction has landed; `disturbed`: late, or not as a whole.
    pub(super) fn judge_landing(&mut self, hub: usize, sent: i64, disturbed: bool) {
        self.judged(|judge, world| {
            let user = &world.nodes[hub].user;
            if disturbed {
                judge.disturbed(user);
            }
            judge.landed(user, sent, &world.redis)
        });
    }

    pub(super) fn judge_lapse(&mut self, key: &str, entry: &Entry) {
        self.judged(|judge, world| {
            let calm = world.calms.last().filter(|_| world.quiet).map(|calm| calm.0);
            judge.lapsed(key, entry, calm, |user| world.node(user).map(|node| &node.disk))
        });
    }

    /// Redis has forgotten something by itself.
    pub(super) fn judge_hurt(&mut self) {
        self.judged(|judge, world| {
            world.nodes.iter().for_each(|node| judge.disturbed(&node.user));
            Ok(())
        });
    }

    /// The hub of a user, if there is one.
    pub fn node(&self, user: &UserId) -> Option<&Node> {
        self.names.get(user).map(|hub| &self.nodes[*hub])
    }

    /// A user's devices.
    pub fn devices_of_user(&self, user: &UserId) -> impl Iterator<Item = &Device> {
        let owned = self.names.get(user).and_then(|hub| self.owned.get(hub));
        owned.into_iter().flatten().map(|device| &self.devices[*device])
    }
}
