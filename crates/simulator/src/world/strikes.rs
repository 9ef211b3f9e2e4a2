//! Faults that strike at a step, and their end.

use super::device::Link;
use super::{Due, World};
use crate::faults::Fault;
use crate::script::Strike;

impl World {
    /// A fault strikes.
    pub fn strike(&mut self, strike: Strike) {
        self.trace.line(self.now, || format!("STRIKE {strike:?}"));
        match strike {
            Strike::Hibernate(hub) => self.hibernate(hub),
            Strike::Crash(hub) => {
                self.coverage.fault(Fault::Crashed);
                self.crash(hub);
            }
            Strike::CrashAtCommit(hub, effects) => self.nodes[hub].crash_at_commit = Some(effects),
            Strike::CrashInFlight(hub) => self.nodes[hub].crash_in_flight = true,
            Strike::Deploy => {
                self.coverage.fault(Fault::Deployed);
                (0..self.nodes.len()).for_each(|hub| self.crash(hub));
            }
            Strike::RefuseStorage(hub, ms) => {
                self.nodes[hub].disk.refuse_writes(true);
                self.schedule(self.now + ms, Due::StorageHeals(hub));
            }
            Strike::RefuseStatement(hub, after) => {
                self.nodes[hub].disk.refuse_one_after(Some(after));
            }
            Strike::Unreachable(hub, ms) => self.nodes[hub].unreachable_until = self.now + ms,
            Strike::DirectoryDown(ms) => self.directory_down_until = self.now + ms,
            Strike::EmptyRedis => self.empty_redis(),
            Strike::RestoreRedis(pick) => self.restore_redis(pick),
            Strike::RedisAway(ms) => self.redis_goes_away(ms),
            Strike::KafkaAway(ms) => self.kafka.goes_away(self.now + ms, Fault::KafkaAway),
            Strike::KafkaDown(ms) => self.kafka.goes_away(self.now + ms, Fault::KafkaDown),
            Strike::HoldTopic(destination, ms) => self.kafka.hold(destination, self.now + ms),
        }
    }

    fn hibernate(&mut self, hub: usize) {
        if self.nodes[hub].may_hibernate() {
            self.coverage.fault(Fault::Hibernated);
            self.nodes[hub].forget_memory();
        }
    }

    /// Memory and sockets go; the hub may wake on a machine with another clock.
    pub(super) fn crash(&mut self, hub: usize) {
        self.trace.line(self.now, || format!("{} crashes", self.nodes[hub].user));
        self.orphan(hub);
        self.orphan_batches(hub);
        if let Some(judge) = &mut self.judge {
            judge.forgets(&self.nodes[hub].user);
        }
        let node = &mut self.nodes[hub];
        node.forget_memory();
        node.crashes += 1;
        let (name, crashes) = (node.name, u64::from(node.crashes));
        let gone: Vec<_> = std::mem::take(&mut node.sockets).into_iter().collect();
        if self.strikes(Fault::ClockSkewed, &[name, crashes]) {
            self.nodes[hub].skew = self.skew_of(name, crashes);
        }
        for (key, socket) in gone {
            let device = &mut self.devices[socket.device];
            if device.link == Link::Up(key) {
                device.link = Link::Down;
                device.hears = false;
                device.unanswered.clear();
                self.come_back_soon(socket.device);
            }
        }
    }

    /// All faults end. Clocks stay as they are.
    pub fn heal(&mut self) {
        if !std::mem::replace(&mut self.quiet, true) {
            self.calms.push((self.now, i64::MAX));
        }
        self.directory_down_until = 0;
        self.heal_redis();
        self.kafka.heal();
        for node in &mut self.nodes {
            node.disk.refuse_writes(false);
            node.disk.refuse_one_after(None);
            node.unreachable_until = 0;
            node.crash_at_commit = None;
            node.crash_in_flight = false;
        }
    }

    /// Faults strike again.
    pub fn unheal(&mut self) {
        self.quiet = false;
        if let Some(calm) = self.calms.last_mut() {
            calm.1 = self.now;
        }
    }

    pub(super) fn was_quiet(&self, at: i64) -> bool {
        self.calms.iter().any(|(from, to)| (*from..*to).contains(&at))
    }
}
