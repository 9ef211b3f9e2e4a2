//! Calls and answers on their way between hubs, and what becomes of them.

use presence::calls::{HubAnswer, HubRequest, HubResponse};
use presence::config::CALL_LIFETIME;
use presence::effects::{CallId, NoAnswer};
use presence::ids::UserId;
use presence::time::Millis;

use super::{Due, Input, World};
use crate::faults::Fault;
use crate::random::word;

/// How long a call or an answer travels on a good day.
const LATENCY: (i64, i64) = (1, 15);

/// A call on its way.
#[derive(Clone)]
pub(super) struct Letter {
    from: usize,
    incarnation: u32,
    /// `None` for a double, whose answer nobody waits for.
    id: Option<CallId>,
    to: usize,
    not_after: Millis,
    request: HubRequest,
    /// Names its fate and that of its answer: from whom to whom, which kind, the how manieth.
    name: [u64; 4],
    /// Grows with each.
    number: u64,
    /// Later ones may overtake it.
    slow: bool,
}

/// An answer on its way, or the time-out that stands for one.
pub(super) struct Reply {
    pub to: usize,
    pub incarnation: u32,
    pub id: CallId,
    pub answer: Result<HubAnswer, NoAnswer>,
}

/// What a request is called in the bill and in the coverage.
pub(super) fn kind_of(request: &HubRequest) -> &'static str {
    match request {
        HubRequest::Watch { .. } => "watch",
        HubRequest::Unwatch { .. } => "unwatch",
        HubRequest::Notify { .. } => "notify",
        HubRequest::Deliver { .. } => "deliver",
        HubRequest::Presence { .. } => "presence",
        HubRequest::Sweep => "sweep",
        HubRequest::Mirror { .. } => "mirror",
        HubRequest::Subscribe { .. } => "subscribe",
        HubRequest::Unsubscribe { .. } => "unsubscribe",
        HubRequest::SetStatus(_) => "status",
        HubRequest::Revoke { .. } => "revoke",
        _ => "read",
    }
}

impl World {
    /// A hub calls another.
    pub(super) fn post(
        &mut self,
        from: usize,
        id: CallId,
        to: &UserId,
        not_after: Millis,
        request: HubRequest,
    ) {
        let to = self.hub_of(to);
        let kind = kind_of(&request);
        let count = self.posted.entry((from, to, kind)).or_default();
        *count += 1;
        let name = [self.nodes[from].name, self.nodes[to].name, word(kind), *count];
        let incarnation = self.nodes[from].incarnation;
        self.nodes[from].calls.insert(id);
        let time_out = Reply { to: from, incarnation, id, answer: Err(NoAnswer) };
        self.schedule(self.now + CALL_LIFETIME, Due::Answer(Box::new(time_out)));
        let (id, number, slow) = (Some(id), self.number(), false);
        self.travel(Letter { from, incarnation, id, to, not_after, request, name, number, slow });
    }

    fn travel(&mut self, mut letter: Letter) {
        let mut random = self.random("call", &letter.name);
        let mut at = self.now + random.range(LATENCY.0, LATENCY.1);
        if self.strikes(Fault::CallLost, &letter.name) {
            return;
        }
        if self.strikes(Fault::CallDelayed, &letter.name) {
            at += random.range(1_000, 12_000);
        } else if self.will_strike(Fault::CallReordered, &letter.name) {
            at += random.range(20, 900);
            letter.slow = true;
        }
        if self.will_strike(Fault::CallDoubled, &letter.name) {
            let double = Letter { id: None, ..letter.clone() };
            self.schedule(at + random.range(1, 9_000), Due::Call(Box::new(double)));
        }
        self.schedule(at, Due::Call(Box::new(letter)));
    }

    /// What planned to be overtaken was, and a double came after its first, only when it arrives.
    fn count_arrival(&mut self, letter: &Letter) {
        let newest = self.arrived.entry((letter.from, letter.to)).or_default();
        let overtaken = *newest > letter.number;
        *newest = letter.number.max(*newest);
        if letter.id.is_none() {
            self.coverage.fault(Fault::CallDoubled);
        } else if letter.slow && overtaken {
            self.coverage.fault(Fault::CallReordered);
        }
    }

    pub(super) fn arrive(&mut self, letter: Letter) {
        let reachable = self.now >= self.nodes[letter.to].unreachable_until;
        if reachable {
            self.count_arrival(&letter);
        }
        let Letter { from, incarnation, id, to, not_after, request, name, .. } = letter;
        if !reachable {
            self.coverage.fault(Fault::Unreachable);
            if let Some(id) = id {
                let reply = Reply { to: from, incarnation, id, answer: Err(NoAnswer) };
                self.schedule(self.now + LATENCY.1, Due::Answer(Box::new(reply)));
            }
            return;
        }
        let answer = self.call(to, request, not_after);
        if let Some(id) = id {
            let reply = Reply { to: from, incarnation, id, answer: Ok(answer) };
            self.send_back(reply, name);
        }
        if std::mem::take(&mut self.nodes[from].crash_in_flight) {
            self.coverage.fault(Fault::CrashedInFlight);
            self.crash(from);
        }
    }

    fn send_back(&mut self, reply: Reply, name: [u64; 4]) {
        let mut random = self.random("answer", &name);
        if self.strikes(Fault::AnswerLost, &name) {
            return;
        }
        let mut at = self.now + random.range(LATENCY.0, LATENCY.1);
        if self.strikes(Fault::AnswerDelayed, &name) {
            at += random.range(500, 10_500);
        }
        self.schedule(at, Due::Answer(Box::new(reply)));
    }

    /// The answer of a call, or its time-out: the first that comes settles it.
    pub(super) fn answered(&mut self, reply: Reply) {
        let Reply { to, incarnation, id, answer } = reply;
        let node = &mut self.nodes[to];
        if node.incarnation == incarnation && node.calls.remove(&id) {
            let step = self.turn(to, &Input::Answer, |hub, turn| hub.answer(turn, id, answer));
            self.carry_out(to, step.effects);
        }
    }

    /// A turn for a call, from a hub or from the Worker.
    pub(super) fn call(&mut self, to: usize, request: HubRequest, not_after: Millis) -> HubAnswer {
        self.cause = self.billed_as(to, &request);
        self.tally.request(self.cause);
        let input = Input::Call(request.clone());
        let step = self.turn(to, &input, |hub, turn| hub.call(turn, request, not_after));
        self.carry_out(to, step.effects);
        step.result
    }

    /// A `watch` that makes or changes an edge, and one that only asks how somebody is, are items of
    /// their own.
    fn billed_as(&mut self, to: usize, request: &HubRequest) -> &'static str {
        let HubRequest::Watch { subscriber, generation, .. } = request else {
            return kind_of(request);
        };
        let newest = self.watched.insert((to, subscriber.clone()), *generation);
        if newest == Some(*generation) { "snapshot" } else { "watch" }
    }

    /// A call as the Worker makes it for a REST request; nothing if the hub cannot be reached.
    pub fn rest(
        &mut self,
        to: usize,
        request: HubRequest,
    ) -> Option<Result<HubResponse, presence::errors::Refusal>> {
        self.tally.worker_request();
        if self.now < self.nodes[to].unreachable_until {
            self.coverage.fault(Fault::Unreachable);
            return None;
        }
        let not_after = Millis(self.clock(to) + CALL_LIFETIME);
        Some(self.call(to, request, not_after))
    }
}
