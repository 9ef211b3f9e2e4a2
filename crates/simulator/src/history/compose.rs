//! Decides what happens next, as far as the deadlines allow.

use std::collections::VecDeque;

use presence::config::HubConfig;
use serde_json::json;

use super::op::{List, Op};
use super::player::Player;
use super::rest::OBSERVER;
use super::seen::told_by;
use super::{History, MARGIN, OUTAGE, Size};
use crate::random::Random;
use crate::trace::Trace;
use crate::world::{BEGIN, person};

/// Between two operations, in milliseconds.
const GAPS: [i64; 8] = [100, 100, 100, 200, 200, 300, 400, 700];
/// How long it must have been calm before something that ends what others are told by.
const CALM: i64 = 900;
/// After it, how long until the next.
const AFTER: i64 = 400;
const KINDS: [&str; 4] = ["web", "mobile", "desktop", "tablet"];
/// How often a history is begun anew before it is given up: its deadlines may not leave room for a
/// kill.
const TRIES: u64 = 20;

/// A history that keeps away from all deadlines.
pub(super) fn compose(
    seed: u64,
    config: HubConfig,
    size: Size,
    kills: &[i64],
) -> Result<History, String> {
    let mut why = String::new();
    for attempt in 0..TRIES {
        match Composer::new(seed, attempt, config, size, kills).run() {
            Ok(history) => return Ok(history),
            Err(Stop::NoRoom) => why = format!("history {seed}: no room for a kill"),
            Err(Stop::Broken(what)) => return Err(format!("history {seed}: {what}")),
        }
    }
    Err(why)
}

enum Stop {
    NoRoom,
    Broken(String),
}

pub(super) struct Composer {
    pub(super) random: Random,
    pub(super) player: Player,
    seed: u64,
    goal: usize,
    kills: VecDeque<i64>,
    /// What somebody is bound to do next.
    pub(super) agenda: VecDeque<Op>,
    /// When something last happened, and when something last ended.
    last: i64,
    last_end: i64,
}

impl Composer {
    fn new(seed: u64, attempt: u64, config: HubConfig, size: Size, kills: &[i64]) -> Self {
        let mut random = Random::of(&[seed, 78, attempt]);
        let people = random.range(5, 8) as usize;
        let goal = random.range(size.least, size.most) as usize;
        let player = Player::new(seed, people, config, Trace::Off);
        let kills = kills.iter().copied().collect();
        let agenda = VecDeque::new();
        Self { random, player, seed, goal, kills, agenda, last: 0, last_end: 0 }
    }

    fn run(mut self) -> Result<History, Stop> {
        self.arrive();
        while self.player.operations.len() < self.goal || !self.kills.is_empty() {
            let gap = self.random.pick(&GAPS);
            let at = self.clear(self.player.now() + gap);
            if self.kills.front().is_some_and(|kill| at > kill - CALM) {
                self.kill()?;
                continue;
            }
            self.step();
            if let Some(violation) = &self.player.world.failure {
                return Err(Stop::Broken(violation.to_string()));
            }
        }
        self.end()
    }

    /// Runs to `at`, or until no deadline is near, and says when that is.
    fn clear(&mut self, at: i64) -> i64 {
        let mut at = at;
        loop {
            at = self.player.clear_from(at);
            if self.player.now() >= at {
                return at;
            }
            // Far from a kill only: what is too near is found by the caller.
            if self.kills.front().is_some_and(|kill| at > kill - CALM) {
                return at;
            }
            self.player.run_to(at);
        }
    }

    fn step(&mut self) {
        let Some(op) = self.agenda.pop_front().or_else(|| self.pick()) else { return };
        let now = self.player.now();
        if self.player.now() < self.last_end + AFTER {
            return self.agenda.push_front(op);
        }
        let calm = self.player.settled_at.max(self.last + CALM);
        if self.needs_calm(&op) && now < calm {
            let at = self.clear(calm);
            if at != self.player.now() {
                return;
            }
        }
        if self.is_possible(&op) {
            self.act(op);
            self.mingle();
        }
    }

    fn act(&mut self, op: Op) {
        self.last = self.player.now();
        if op.needs_calm() {
            self.last_end = self.last;
        }
        // Most STOMP devices want presence as soon as they are connected.
        if let Op::Open { device, stomp: true, .. } = op
            && self.random.chance(8_500)
        {
            self.agenda.push_back(Op::Ready { device, on: true });
        }
        // Most who lose a socket come back at once, within the grace.
        if let Op::Close { device, .. } = op
            && self.random.chance(6_000)
        {
            self.agenda.push_back(self.open(device, Some(device)));
        }
        self.player.act(op);
    }

    fn needs_calm(&self, op: &Op) -> bool {
        op.needs_calm()
            || matches!(op, Op::Open { device, resume, .. }
                if *resume != Some(*device) && self.player.world.config.max_sessions < 10)
    }

    /// Perhaps others do something at the same time.
    fn mingle(&mut self) {
        let mut busy: Vec<usize> = self.user_of_last().into_iter().collect();
        while busy.len() < 4 && self.last_mingles() && self.random.chance(5_000) {
            let Some(op) = self.pick().filter(Op::mingles) else { continue };
            let user = self.user_of(&op);
            if self.is_possible(&op) && user.is_some_and(|user| !busy.contains(&user)) {
                busy.extend(user);
                self.act(op);
            }
        }
    }

    fn last_mingles(&self) -> bool {
        self.player.operations.last().is_some_and(|last| last.op.mingles())
    }

    fn user_of_last(&self) -> Option<usize> {
        self.player.operations.last().and_then(|last| self.user_of(&last.op))
    }

    fn user_of(&self, op: &Op) -> Option<usize> {
        match op {
            Op::Status { user, .. } | Op::Subscribe { user, .. } => {
                (0..self.player.people).find(|number| person(*number).as_str() == user)
            }
            Op::DeviceStatus { device, .. } | Op::Topic { device, .. } => {
                Some(self.player.kits[*device].owner)
            }
            _ => None,
        }
    }

    /// It can be done now, and brings no deadline where none may be.
    fn is_possible(&self, op: &Op) -> bool {
        let up = |device: &usize| self.player.up(*device).is_some();
        let there = match op {
            Op::Close { device, .. }
            | Op::Silence { device }
            | Op::Leave { device }
            | Op::Beat { device, .. }
            | Op::Ready { device, .. }
            | Op::Topic { device, .. }
            | Op::DeviceStatus { device, .. }
            | Op::Message { device, .. }
            | Op::Typing { device, .. }
            | Op::Ask { device, .. } => up(device) && !self.player.kits[*device].silent,
            Op::Subscribe { by, .. } | Op::Unsubscribe { by, .. } | Op::Status { by, .. } => {
                by.is_none_or(|device| up(&device) && !self.player.kits[device].silent)
            }
            Op::Open { device, resume: Some(of), .. } if device == of => {
                up(device) || self.player.is_down(*device)
            }
            _ => true,
        };
        there && self.leaves_room(op)
    }

    fn leaves_room(&self, op: &Op) -> bool {
        let (now, config) = (self.player.now(), self.player.world.config);
        let ends = match op {
            Op::Close { .. } => now + config.offline_grace,
            Op::Silence { .. } => now + config.session_ttl,
            Op::Leave { .. } | Op::Revoke { .. } | Op::Subscribe { by: None, .. } => now,
            _ => return true,
        };
        // Nobody is told by a socket that is closed: only who still hears must not be cut off just then.
        let alone = !matches!(op, Op::Silence { .. })
            || !self.player.deadlines.any_in(BEGIN + ends - MARGIN, BEGIN + ends + MARGIN);
        let free = |at: i64| {
            let taken = |kill: &i64| (kill - 2 * MARGIN..kill + OUTAGE + 2 * MARGIN).contains(&at);
            !self.kills.iter().any(taken)
        };
        alone && free(ends) && free(ends + config.subscription_ttl)
    }

    /// The server is killed. Once it is back, everyone is looked at, and most come back.
    fn kill(&mut self) -> Result<(), Stop> {
        let Some(kill) = self.kills.pop_front() else { return Ok(()) };
        let back = kill + OUTAGE;
        self.player.run_to(kill);
        if self.player.deadlines.any_in(BEGIN + kill - MARGIN, BEGIN + back + MARGIN) {
            return Err(Stop::NoRoom);
        }
        let mut up: Vec<usize> = (0..self.player.kits.len())
            .filter(|device| self.player.up(*device).is_some())
            .collect();
        self.player.kill(OUTAGE);
        for number in 0..self.player.people {
            self.player.run_to(back + 300 + number as i64 / 2 * 100);
            let of = person(number).as_str().to_owned();
            self.act(Op::Read { viewer: OBSERVER.into(), of });
        }
        up.retain(|_| self.random.chance(8_000));
        // Within a margin of the first who does not come back.
        let slots = (self.player.world.config.session_ttl - 1_400) / 100;
        let count = up.len().max(1) as i64;
        for (at, device) in up.into_iter().enumerate() {
            self.player.run_to(back + 600 + at as i64 * slots / count * 100);
            let op = self.open(device, Some(device));
            self.act(op);
        }
        self.last_end = self.player.now();
        Ok(())
    }

    pub(super) fn open(&self, device: usize, resume: Option<usize>) -> Op {
        let kit = &self.player.kits[device];
        let user = person(kit.owner).as_str().to_owned();
        Op::Open { device, user, kind: kit.kind, stomp: kit.stomp, resume }
    }

    /// Everybody begins with a device.
    fn arrive(&mut self) {
        self.player.run_to(300);
        for number in 0..self.player.people {
            let op = self.new_device(number);
            self.act(op);
            self.player.run_to(self.player.now() + 200);
        }
    }

    pub(super) fn new_device(&mut self, owner: usize) -> Op {
        let device = self.player.kits.len();
        let stomp = self.random.chance(4_000);
        let kind = self.random.pick(&KINDS);
        let user = person(owner).as_str().to_owned();
        Op::Open { device, user, kind, stomp, resume: None }
    }

    /// Waits until nothing is left to happen, and reads everything.
    fn end(mut self) -> Result<History, Stop> {
        let last = self.last.max(self.player.settled_at);
        self.player.run_to(last + 1_500);
        let mut tries = 0;
        loop {
            let now = self.player.now();
            let at = self.player.clear_from(now);
            let soon = self.player.deadlines.any_in(BEGIN + now, BEGIN + now + 6_000);
            if at == now && !soon {
                break;
            }
            self.player.run_to(at.max(now + 500));
            tries += 1;
            if tries > 100 {
                return Err(Stop::NoRoom);
            }
        }
        let rests_at = self.player.now();
        let devices = told_by(&mut self.player);
        let rest = self.player.rest_of_all();
        if let Some(violation) = &self.player.world.failure {
            return Err(Stop::Broken(violation.to_string()));
        }
        let people: Vec<String> =
            (0..self.player.people).map(|number| person(number).as_str().to_owned()).collect();
        let judge = self.player.world.judge.as_ref();
        let looks = people
            .iter()
            .filter_map(|name| Some((name.clone(), judge?.looks(&super::player::id(name)))))
            .collect();
        let operations = self.player.operations;
        Ok(History { seed: self.seed, people, operations, devices, looks, rests_at, rest })
    }

    /// A message's content, which names it.
    pub(super) fn content(&self) -> serde_json::Value {
        json!({ "number": self.player.operations.len() })
    }

    pub(super) fn list(&mut self, user: String) -> Op {
        let list = self.random.pick(&[List::Sessions, List::Subscriptions, List::Subscribers]);
        Op::List { user, list }
    }
}
