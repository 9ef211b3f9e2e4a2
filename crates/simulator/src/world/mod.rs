//! Many hubs in one process under a virtual clock. The world decides nothing: it carries out effects
//! as the shell at the edge does, lets the faults of its profile strike, and shows every turn to the
//! judge.
//!
//! - [`node`]: a hub with what the platform keeps for it
//! - `letters`: calls and answers on their way
//! - `sockets`, [`device`]: clients, what becomes of their sockets, what they are told
//! - [`heard`]: what arrived at whom, where somebody wants to know
//! - [`redis`]: Redis, and what becomes of flushes; `cleanup`: the scheduled tasks that look at it
//! - [`kafka`]: Kafka, and what becomes of batches
//! - `acts`, `strikes`: plays the steps of a script; `fates`: what strikes by itself

mod acts;
mod cleanup;
pub mod device;
mod effects;
mod fates;
pub mod heard;
mod judged;
mod kafka;
mod letters;
pub mod node;
mod redis;
mod sockets;
mod strikes;

use std::collections::{BTreeMap, BTreeSet};

use presence::config::{HubConfig, MOST_EVENTS};
use presence::effects::{Effect, LogEntry, Step, Turn};
use presence::hub::Hub;
use presence::ids::UserId;

use crate::coverage::Coverage;
use crate::disk::Disk;
use crate::faults::{Fault, Profile};
use crate::judge::{Judge, Seen, Violation};
use crate::random::word;
use crate::tally::Tally;
use crate::trace::Trace;
pub use acts::person;
use device::Device;
use heard::Heard;
pub use kafka::Kafka;
use letters::{Letter, Reply};
use node::Node;
pub use redis::Redis;

pub(crate) use crate::judge::{Input, Outcome};

/// When every run begins.
pub const BEGIN: i64 = 1_800_000_000_000;

/// What is due at some time.
enum Due {
    Call(Box<Letter>),
    Answer(Box<Reply>),
    Alarm(usize, u64),
    AlarmAgain(usize),
    Timer(usize, u64),
    Close(usize, presence::ids::SocketKey),
    LateClose(usize, Box<presence::effects::Attached>, u32),
    Comeback(usize, u64),
    Notices(usize, presence::ids::SocketKey),
    StorageHeals(usize),
    Land(u64),
    Flushed(usize, u32, presence::effects::CallId, presence::mirror::Flushed),
    Lapse,
    Append(u64),
    Published(usize, u32, presence::effects::CallId, presence::outbox::Published),
}

/// All of it.
pub struct World {
    /// Milliseconds since the Unix epoch.
    pub now: i64,
    /// The settings of all hubs.
    pub config: HubConfig,
    /// How many events the outboxes of all hubs may hold.
    pub room: usize,
    seed: u64,
    profile: Profile,
    /// No fault strikes.
    quiet: bool,
    /// From when until when no fault struck: what was lost then stays as it was.
    calms: Vec<(i64, i64)>,
    /// All hubs, people first.
    pub nodes: Vec<Node>,
    names: BTreeMap<UserId, usize>,
    /// All devices, and those of each person.
    pub devices: Vec<Device>,
    owned: BTreeMap<usize, Vec<usize>>,
    due: BTreeMap<(i64, u64), Due>,
    /// Numbers for everything that needs one.
    last: u64,
    /// How many letters of each kind went from whom to whom: names the next one's fate.
    posted: BTreeMap<(usize, usize, &'static str), u64>,
    /// The newest call that has arrived from whom at whom.
    arrived: BTreeMap<(usize, usize), u64>,
    registered: BTreeSet<usize>,
    directory_down_until: i64,
    /// What Redis says.
    pub redis: Redis,
    /// What Kafka holds.
    pub kafka: Kafka,
    /// All machines are down until then: no alarm fires earlier.
    pub down_until: i64,
    /// No client breaks a rule of its protocol: sockets close for no other reason than that they close.
    pub orderly: bool,
    /// All that clients were told, if somebody wants to know.
    pub heard: Option<Vec<Heard>>,
    /// Hubs without work leave memory after so many milliseconds, as at the edge.
    pub hibernate_after: Option<i64>,
    /// What is billed.
    pub tally: Tally,
    /// What the hub of the last turn was doing, as the bill calls it.
    cause: &'static str,
    /// The newest generation with which each hub was watched by each other one.
    watched: BTreeMap<(usize, UserId), i64>,
    /// What happened how often.
    pub coverage: Coverage,
    /// The timeline.
    pub trace: Trace,
    /// Holds every turn to the model.
    pub judge: Option<Judge>,
    /// The first breach of an invariant: the run ends there.
    pub failure: Option<Violation>,
}

impl World {
    /// A world without anybody.
    pub fn new(seed: u64, profile: Profile, config: HubConfig, trace: Trace) -> Self {
        Self {
            now: BEGIN,
            config,
            room: MOST_EVENTS,
            seed,
            profile,
            quiet: false,
            calms: Vec::new(),
            nodes: Vec::new(),
            names: BTreeMap::new(),
            devices: Vec::new(),
            owned: BTreeMap::new(),
            due: BTreeMap::new(),
            last: 0,
            posted: BTreeMap::new(),
            arrived: BTreeMap::new(),
            registered: BTreeSet::new(),
            directory_down_until: 0,
            redis: Redis::new(mirror::Keys { deprecated: true }),
            kafka: Kafka::default(),
            down_until: 0,
            orderly: false,
            heard: None,
            hibernate_after: None,
            tally: Tally::default(),
            cause: "",
            watched: BTreeMap::new(),
            coverage: Coverage::default(),
            trace,
            judge: None,
            failure: None,
        }
    }

    /// The number of a user's hub, which begins to exist if it did not.
    pub fn hub_of(&mut self, user: &UserId) -> usize {
        if let Some(known) = self.names.get(user) {
            return *known;
        }
        let (number, name) = (self.nodes.len(), word(user.as_str()));
        let entropy = self.random("entropy", &[name]);
        let mut node = Node::new(user.clone(), self.config, self.room, entropy);
        if self.strikes(Fault::ClockSkewed, &[name, 0]) {
            node.skew = self.skew_of(name, 0);
        }
        self.nodes.push(node);
        self.names.insert(user.clone(), number);
        number
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn schedule(&mut self, at: i64, due: Due) {
        let number = self.number();
        self.due.insert((at.max(self.now), number), due);
    }

    /// Lets time pass; false if an invariant was broken.
    pub fn run_for(&mut self, ms: i64) -> bool {
        let end = self.now + ms;
        let mut steps = 0_u64;
        while self.failure.is_none()
            && let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= end)
        {
            self.now = self.now.max(entry.key().0);
            let due = entry.remove();
            self.happen(due);
            steps += 1;
            if steps > 2_000_000 {
                self.fail("rest", "the system never comes to rest".into());
            }
        }
        self.now = end;
        self.failure.is_none()
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Call(letter) => self.arrive(*letter),
            Due::Answer(reply) => self.answered(*reply),
            Due::Alarm(hub, number) => self.alarm(hub, number),
            Due::AlarmAgain(hub) => self.ring(hub, "again"),
            Due::Timer(hub, number) => self.timer(hub, number),
            Due::Close(hub, key) => self.close_event(hub, key),
            Due::LateClose(hub, attached, crashes) => self.late_close(hub, &attached, crashes),
            Due::Comeback(device, number) => self.comeback(device, number),
            Due::Notices(device, key) => self.notices(device, key),
            Due::StorageHeals(hub) => self.nodes[hub].disk.refuse_writes(false),
            Due::Land(number) => self.land(number),
            Due::Flushed(hub, incarnation, id, how) => self.flushed(hub, incarnation, id, how),
            Due::Lapse => self.expire(),
            Due::Append(number) => self.append(number),
            Due::Published(hub, incarnation, id, how) => self.published(hub, incarnation, id, how),
        }
    }

    fn alarm(&mut self, hub: usize, number: u64) {
        let stands = self.nodes[hub].alarm.filter(|alarm| alarm.number == number);
        let Some(alarm) = stands else { return };
        if self.now < self.down_until {
            return self.schedule(self.down_until, Due::Alarm(hub, number));
        }
        self.nodes[hub].alarm = None;
        if alarm.late {
            self.coverage.fault(Fault::AlarmLate);
        }
        self.ring(hub, "");
        let name = [self.nodes[hub].name, number];
        if self.strikes(Fault::AlarmTwice, &name) {
            let later = self.random("alarm again", &name).range(0, 2_999);
            self.schedule(self.now + later, Due::AlarmAgain(hub));
        }
    }

    fn ring(&mut self, hub: usize, again: &str) {
        self.tally.request("alarm");
        self.trace.line(self.now, || format!("{} alarm {again}", self.nodes[hub].user));
        let step = self.turn(hub, &Input::Alarm, Hub::alarm);
        self.carry_out(hub, step.effects);
    }

    fn timer(&mut self, hub: usize, number: u64) {
        if self.nodes[hub].timer == Some(number) {
            self.nodes[hub].timer = None;
            let step = self.turn(hub, &Input::Timer, Hub::timer);
            self.carry_out(hub, step.effects);
        }
    }

    /// The hub's clock.
    pub(crate) fn clock(&self, hub: usize) -> i64 {
        self.now + self.nodes[hub].skew
    }

    /// One turn of a hub, shown to the judge. Its effects are the caller's to carry out, at once.
    fn turn<T>(
        &mut self,
        hub: usize,
        input: &Input,
        run: impl FnOnce(&mut Hub<Disk>, Turn<'_>) -> Step<T>,
    ) -> Step<T>
    where
        Outcome: for<'a> From<&'a T>,
    {
        let clock = self.clock(hub);
        let sockets = self.sockets_of(hub);
        self.count_lost_beats(hub, &sockets);
        let node = &mut self.nodes[hub];
        // What it waited for until this moment has kept it in memory.
        let waited = matches!(input, Input::Answer | Input::Timer);
        let slept = |after| !waited && node.has_slept(self.now, after);
        if self.hibernate_after.is_some_and(slept) {
            node.forget_memory();
        }
        self.tally.woken += u64::from(node.is_cold());
        let fused = node.disk.has_fuse();
        let step = node.turn(clock, sockets.clone(), run);
        self.cause = cause_of(input).unwrap_or(self.cause);
        let (rows, slept) = (node.disk.take_rows(), node.stop_waiting(self.now));
        node.written += rows.all_written();
        self.tally.turn(self.cause, &rows);
        if let Some((calling, ms)) = slept {
            self.tally.awake(calling, ms);
        }
        if fused && !self.nodes[hub].disk.has_fuse() {
            self.coverage.fault(Fault::StatementRefused);
        }
        if self.nodes[hub].disk.take_refused() {
            self.coverage.fault(Fault::StorageRefused);
        }
        let outcome = match &step.result {
            Ok(value) => Outcome::from(value),
            Err(_) if step.effects.iter().any(is_undone) => Outcome::Undone,
            Err(refusal) => Outcome::Refused(refusal.code),
        };
        self.coverage.turn(&outcome, &step.effects);
        self.trace_turn(hub, input, &outcome, &step.effects);
        let alarm = self.nodes[hub].alarm.map(|alarm| alarm.at);
        if let Some(mut judge) = self.judge.take() {
            let seen = Seen {
                user: &self.nodes[hub].user,
                now: self.now,
                clock,
                sockets: &sockets,
                input,
                outcome: &outcome,
                effects: &step.effects,
                events: &step.events,
                alarm,
                wrote: &rows.written,
                disk: &self.nodes[hub].disk,
            };
            if let Err(violation) = judge.turn(&seen) {
                self.breach(violation);
            }
            self.judge = Some(judge);
        }
        step
    }

    /// An invariant is broken: the first one counts.
    pub(crate) fn breach(&mut self, violation: Violation) {
        self.trace.line(self.now, || format!("BREACH {violation}"));
        self.failure.get_or_insert(violation);
    }

    pub(crate) fn fail(&mut self, invariant: &'static str, detail: String) {
        self.breach(Violation { invariant, detail });
    }

    fn trace_turn(&mut self, hub: usize, input: &Input, outcome: &Outcome, effects: &[Effect]) {
        let user = &self.nodes[hub].user;
        self.trace.line(self.now, || format!("{user} turn {input:?} -> {outcome:?}"));
        for effect in effects {
            self.trace.line(self.now, || format!("{user}   {effect:?}"));
        }
    }
}

/// What the bill calls an input; a call has a name of its own.
fn cause_of(input: &Input) -> Option<&'static str> {
    Some(match input {
        Input::Connect { .. } => "connect",
        Input::Command(..) => "command",
        Input::Closed(..) => "close",
        Input::Call(_) => return None,
        Input::Answer => "answer",
        Input::Alarm => "alarm",
        Input::Timer => "timer",
    })
}

fn is_undone(effect: &Effect) -> bool {
    matches!(effect, Effect::Log(LogEntry::TurnUndone { .. }))
}
