//! Carries out what a turn asks for, as the shell at the edge does.

use presence::calls::HubResponse;
use presence::effects::{Effect, NoAnswer};
use presence::ids::UserId;

use super::letters::Reply;
use super::node::Alarm;
use super::{Due, World};
use crate::faults::Fault;

impl World {
    /// In order. A crash that waited for a commit comes in their midst; an alarm is committed with
    /// the turn, and so stays.
    pub(super) fn carry_out(&mut self, hub: usize, effects: Vec<Effect>) {
        let cut = self.nodes[hub].crash_at_commit.take_if(|_| !effects.is_empty());
        for (at, effect) in effects.into_iter().enumerate() {
            let lost = cut.is_some_and(|cut| at >= cut);
            if !lost || matches!(effect, Effect::SetAlarm(_)) {
                self.carry_out_one(hub, effect);
            }
        }
        self.nodes[hub].wait(self.now);
        if cut.is_some() {
            self.coverage.fault(Fault::CrashedAtCommit);
            self.crash(hub);
        }
        self.nodes[hub].turns += 1;
        let name = [self.nodes[hub].name, self.nodes[hub].turns];
        if self.nodes[hub].may_hibernate() && self.strikes(Fault::Hibernated, &name) {
            self.nodes[hub].forget_memory();
        }
    }

    fn carry_out_one(&mut self, hub: usize, effect: Effect) {
        match effect {
            Effect::SetAlarm(at) => self.set_alarm(hub, at.0),
            Effect::SetTimer(at) => self.set_timer(hub, at.map(|at| at.0)),
            Effect::Send(socket, message) => self.receive(hub, socket, &message),
            Effect::Close(socket, code) => self.closed_by_hub(hub, socket, code),
            Effect::Call { id, to, not_after, request } => {
                self.post(hub, id, &to, not_after, request);
            }
            Effect::Register(id) => self.register(hub, id),
            Effect::Mirror { id, flush, .. } => self.flush(hub, id, &flush),
            Effect::Publish { id, batch, .. } => self.publish(hub, id, batch),
            Effect::Log(entry) => self.judge_log(hub, &entry),
        }
    }

    fn set_alarm(&mut self, hub: usize, at: i64) {
        self.tally.alarm_set(self.cause);
        self.nodes[hub].alarms_set += 1;
        let number = self.nodes[hub].alarms_set;
        let name = [self.nodes[hub].name, number];
        let late = self.will_strike(Fault::AlarmLate, &name);
        let wait = if late { self.random("late alarm", &name).range(1, 30_000) } else { 0 };
        self.nodes[hub].alarm = Some(Alarm { at, number, late });
        let fires = at - self.nodes[hub].skew + wait;
        self.schedule(fires, Due::Alarm(hub, number));
    }

    fn set_timer(&mut self, hub: usize, at: Option<i64>) {
        let Some(at) = at else {
            self.nodes[hub].timer = None;
            return;
        };
        let number = self.number();
        self.nodes[hub].timer = Some(number);
        let fires = at - self.nodes[hub].skew;
        self.schedule(fires, Due::Timer(hub, number));
    }

    fn register(&mut self, hub: usize, id: presence::effects::CallId) {
        self.tally.request("register");
        let down = self.now < self.directory_down_until;
        let answer = if down {
            self.coverage.fault(Fault::DirectoryDown);
            Err(NoAnswer)
        } else {
            self.registered.insert(hub);
            Ok(Ok(HubResponse::Done))
        };
        let incarnation = self.nodes[hub].incarnation;
        self.nodes[hub].calls.insert(id);
        let reply = Reply { to: hub, incarnation, id, answer };
        self.schedule(self.now + 5, Due::Answer(Box::new(reply)));
    }

    /// Whether the directory knows this hub.
    pub fn is_registered(&self, user: &UserId) -> bool {
        self.names.get(user).is_some_and(|hub| self.registered.contains(hub))
    }
}
