//! Redis and the way to it: what becomes of each flush, and what happens to Redis itself.

use std::collections::BTreeMap;

use mirror::Keys;
use presence::config::CALL_LIFETIME;
use presence::effects::CallId;
use presence::mirror::{Flush, Flushed};
use presence::time::Millis;
use redis_rest::Command;

use super::{Due, Input, World};
use crate::faults::Fault;
use crate::keyspace::{Entry, Keyspace};
use crate::random::mix;

/// How long a flush, or its answer, travels on a good day.
const LATENCY: (i64, i64) = (1, 15);
/// What was sent lands within this time or never (rules, 18).
const LATEST: i64 = 60_000;
/// Old copies that may come back.
const COPIES: usize = 4;
/// A breaker asks again after this long.
const BREAKER: i64 = 30_000;

/// All of it.
pub struct Redis {
    /// What it says.
    pub keys: Keyspace,
    /// Which keys are kept.
    pub kept: Keys,
    /// Transactions on their way, by number.
    flights: BTreeMap<u64, Flight>,
    /// How many flushes each hub has sent: names the next one's fate.
    sent: BTreeMap<usize, u64>,
    away_until: i64,
    copies: Vec<Keyspace>,
    /// When it last forgot something by itself.
    pub hurt_at: Option<i64>,
    /// When an old copy last came back.
    restored_at: Option<i64>,
    /// When the next key's end is looked at.
    expiring: Option<i64>,
}

/// A transaction on its way.
struct Flight {
    /// Names its fate.
    name: [u64; 2],
    from: usize,
    commands: Vec<Command>,
    sent: i64,
    lands: i64,
    /// Others of the same hub have been sent since it was given up.
    orphan: bool,
    /// Only some of its commands are taken, as this number says.
    part: Option<u64>,
}

/// What becomes of a flush.
struct Fate {
    lands: Option<i64>,
    answer: (i64, Flushed),
    part: Option<u64>,
}

impl Redis {
    pub(super) fn new(kept: Keys) -> Self {
        Self {
            keys: Keyspace::default(),
            kept,
            flights: BTreeMap::new(),
            sent: BTreeMap::new(),
            away_until: 0,
            copies: Vec::new(),
            hurt_at: None,
            restored_at: None,
            expiring: None,
        }
    }

    /// Whether this may be of an old copy that came back.
    pub fn came_back(&self, entry: &Entry) -> bool {
        self.restored_at.is_some_and(|at| entry.written < at)
    }

    /// Whether keys of such a copy are left that will lapse: one may do so while it is true.
    pub fn is_aging(&self) -> bool {
        let ages = |entry: &Entry| entry.until.is_some() && self.came_back(entry);
        self.keys.entries().values().any(ages)
    }

    pub(super) fn is_away(&self, now: i64) -> bool {
        now < self.away_until
    }
}

impl World {
    /// A hub sends a flush.
    pub(super) fn flush(&mut self, hub: usize, id: CallId, flush: &Flush) {
        let commands = mirror::commands(flush, self.redis.kept);
        self.tally.flush(self.cause, commands.len());
        self.trace_flush(hub, &commands);
        self.judge_flush(hub, &commands);
        let count = self.redis.sent.entry(hub).or_default();
        *count += 1;
        let name = [self.nodes[hub].name, *count];
        let fate = self.fate(&name);
        let number = self.number();
        let node = &mut self.nodes[hub];
        let incarnation = node.incarnation;
        node.calls.insert(id);
        node.flushing = Some(id);
        for flight in self.redis.flights.values_mut().filter(|flight| flight.from == hub) {
            flight.orphan = true;
        }
        if let Some(lands) = fate.lands {
            let (from, sent, orphan, part) = (hub, self.now, false, fate.part);
            let flight = Flight { name, from, commands, sent, lands, orphan, part };
            self.redis.flights.insert(number, flight);
            self.schedule(lands, Due::Land(number));
        }
        let (at, how) = fate.answer;
        self.schedule(at, Due::Flushed(hub, incarnation, id, how));
    }

    fn fate(&mut self, name: &[u64]) -> Fate {
        let mut random = self.random("flush", name);
        let now = self.now;
        let lands = now + random.range(LATENCY.0, LATENCY.1);
        let given_up = (now + CALL_LIFETIME, Flushed::Unknown);
        if self.redis.is_away(now) {
            self.coverage.fault(Fault::RedisAway);
            let until = self.redis.away_until.min(now + BREAKER);
            let answer = match random.below(4) {
                0 => given_up,
                1 => (lands, Flushed::Failed { until: None }),
                _ => (now, Flushed::Failed { until: Some(Millis(until)) }),
            };
            return Fate { lands: None, answer, part: None };
        }
        if self.strikes(Fault::RedisRefused, name) {
            // Redis carries out what it can of a transaction of which it refuses one command.
            let part = random.chance(5_000).then(|| random.bits64());
            let answer = (lands + random.range(1, 15), Flushed::Failed { until: None });
            return Fate { lands: part.map(|_| lands), answer, part };
        }
        if self.strikes(Fault::RedisLate, name) {
            let late = now + random.range(CALL_LIFETIME, LATEST);
            return Fate { lands: Some(late), answer: given_up, part: None };
        }
        if self.strikes(Fault::RedisMute, name) {
            return Fate { lands: Some(lands), answer: given_up, part: None };
        }
        let lands = if self.strikes(Fault::RedisSlow, name) {
            now + random.range(300, CALL_LIFETIME - 200)
        } else {
            lands
        };
        let answer = (lands + random.range(LATENCY.0, LATENCY.1), Flushed::Done);
        Fate { lands: Some(lands), answer, part: None }
    }

    /// A transaction takes effect.
    pub(super) fn land(&mut self, number: u64) {
        if self.redis.flights.get(&number).is_none_or(|flight| flight.lands > self.now) {
            return;
        }
        let Some(flight) = self.redis.flights.remove(&number) else { return };
        self.lapse();
        for (at, command) in flight.commands.iter().enumerate() {
            let left_out =
                flight.part.is_some_and(|part| mix(&[part, at as u64]).is_multiple_of(3));
            if !left_out && let Err(strange) = self.redis.keys.write(command, self.now) {
                let user = &self.nodes[flight.from].user;
                self.fail("6: a command that no flush should hold", format!("{user}: {strange}"));
            }
        }
        self.trace.line(self.now, || {
            let user = &self.nodes[flight.from].user;
            let late = if flight.orphan { " late" } else { "" };
            format!("{user}   landed{late}, sent {} ms ago", self.now - flight.sent)
        });
        self.judge_landing(flight.from, flight.sent, flight.orphan || flight.part.is_some());
        self.expire_soon();
        if std::mem::take(&mut self.nodes[flight.from].crash_in_flight) {
            self.coverage.fault(Fault::CrashedInFlight);
            self.crash(flight.from);
        }
    }

    /// The answer, or that there was none in time.
    pub(super) fn flushed(&mut self, hub: usize, incarnation: u32, id: CallId, how: Flushed) {
        let node = &mut self.nodes[hub];
        if node.incarnation == incarnation && node.calls.remove(&id) {
            node.flushing = None;
            let step = self.turn(hub, &Input::Answer, |hub, turn| hub.mirrored(turn, id, how));
            self.carry_out(hub, step.effects);
        }
    }

    /// What a crashed hub had sent may still be on its way for a while.
    pub(super) fn orphan(&mut self, hub: usize) {
        let mut flights = std::mem::take(&mut self.redis.flights);
        for (number, flight) in flights.iter_mut().filter(|(_, flight)| flight.from == hub) {
            flight.orphan = true;
            let mut random = self.random("orphan flush", &flight.name);
            if !self.quiet && random.chance(6_000) {
                flight.lands = flight.lands.max(flight.sent + random.range(0, LATEST));
                self.schedule(flight.lands, Due::Land(*number));
            }
        }
        self.redis.flights = flights;
    }

    /// Keys whose time is over go.
    pub(super) fn lapse(&mut self) {
        for (key, entry) in self.redis.keys.lapse(self.now) {
            self.trace.line(self.now, || format!("{key} lapsed"));
            self.judge_lapse(&key, &entry);
        }
    }

    pub(super) fn expire(&mut self) {
        self.redis.expiring = None;
        self.lapse();
        self.expire_soon();
    }

    fn expire_soon(&mut self) {
        if let Some(at) = self.redis.keys.next_end()
            && self.redis.expiring.is_none_or(|other| at < other)
        {
            self.redis.expiring = Some(at);
            self.schedule(at, Due::Lapse);
        }
    }

    /// `FLUSHALL`.
    pub(super) fn empty_redis(&mut self) {
        self.coverage.fault(Fault::RedisEmptied);
        self.redis.keys = Keyspace::default();
        self.redis.hurt_at = Some(self.now);
        self.judge_hurt();
    }

    /// An old copy of itself comes back: what was written since is forgotten.
    pub(super) fn restore_redis(&mut self, pick: u64) {
        let Some(at) = (pick as usize).checked_rem(self.redis.copies.len()) else { return };
        self.coverage.fault(Fault::RedisRestored);
        self.redis.keys = self.redis.copies[at].clone();
        self.redis.keys.lapse(self.now);
        self.redis.hurt_at = Some(self.now);
        self.redis.restored_at = Some(self.now);
        self.judge_hurt();
        self.expire_soon();
    }

    /// It is copied now and then.
    pub fn copy_redis(&mut self) {
        if self.redis.copies.len() == COPIES {
            self.redis.copies.remove(0);
        }
        self.redis.copies.push(self.redis.keys.clone());
    }

    /// It answers nobody for so long.
    pub(super) fn redis_goes_away(&mut self, ms: i64) {
        self.redis.away_until = self.now + ms;
    }

    pub(super) fn heal_redis(&mut self) {
        self.redis.away_until = 0;
    }

    fn trace_flush(&mut self, hub: usize, commands: &[Command]) {
        let user = &self.nodes[hub].user;
        for command in commands {
            self.trace.line(self.now, || {
                let words: Vec<_> =
                    command.parts().iter().map(|part| String::from_utf8_lossy(part)).collect();
                format!("{user}     {}", words.join(" "))
            });
        }
    }
}
