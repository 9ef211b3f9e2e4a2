//! Kafka and the way to it: what becomes of each batch, and what its logs hold.

use std::collections::{BTreeMap, BTreeSet};

use presence::config::CALL_LIFETIME;
use presence::effects::CallId;
use presence::ids::UserId;
use presence::outbox::{Batch, Destination, Published, Record, Verdict};
use presence::time::Millis;

use super::{Due, Input, World};
use crate::faults::Fault;
use crate::random::Random;

/// How long a batch, or its answer, travels on a good day.
const LATENCY: (i64, i64) = (1, 15);
/// What was given up lands within this time or never.
const LATEST: i64 = 60_000;
/// A breaker asks again after this long.
const BREAKER: i64 = 30_000;
/// For so long it may ask not to be asked again.
const RETRY_AFTER: i64 = 60_000;

/// All of it.
#[derive(Default)]
pub struct Kafka {
    /// Every record that arrived, in the order of arrival, repeats too.
    pub logs: BTreeMap<Destination, Vec<Arrived>>,
    /// Batches on their way, by number.
    flights: BTreeMap<u64, Flight>,
    /// How many batches each hub has sent: names the next one's fate.
    sent: BTreeMap<usize, u64>,
    away_until: i64,
    /// Which fault that is.
    away: Option<Fault>,
    /// Destinations that are refused as a whole, until when.
    held: BTreeMap<Destination, i64>,
    /// Records that will never be taken.
    refused: BTreeSet<String>,
}

/// A record in a log.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Whose.
    pub key: UserId,
    /// The event's.
    pub id: String,
    /// Its place in its lane.
    pub sequence: i64,
}

/// A batch on its way, without what will not be taken of it.
struct Flight {
    /// Names its fate.
    name: [u64; 2],
    from: usize,
    batch: Batch,
    sent: i64,
    lands: i64,
}

/// What becomes of a batch.
struct Fate {
    /// When it lands, and which of its records do.
    lands: Option<(i64, Vec<bool>)>,
    answer: (i64, Published),
}

impl Fate {
    fn nothing(at: i64, how: Published) -> Self {
        Self { lands: None, answer: (at, how) }
    }
}

impl Kafka {
    /// Refuses a destination until then.
    pub fn hold(&mut self, destination: Destination, until: i64) {
        self.held.insert(destination, until);
    }

    /// Whether it refuses this one.
    pub fn holds(&self, destination: Destination, now: i64) -> bool {
        self.held.get(&destination).is_some_and(|until| now < *until)
    }

    /// Whether it refuses any.
    pub fn holds_some(&self, now: i64) -> bool {
        self.held.values().any(|until| now < *until)
    }

    /// Refuses none any more.
    pub fn release(&mut self) {
        self.held.clear();
    }

    pub(super) fn goes_away(&mut self, until: i64, fault: Fault) {
        (self.away_until, self.away) = (until, Some(fault));
    }

    /// What is refused for ever stays so.
    pub(super) fn heal(&mut self) {
        self.away_until = 0;
        self.held.retain(|_, until| *until == i64::MAX);
    }
}

impl World {
    /// A hub sends a batch.
    pub(super) fn publish(&mut self, hub: usize, id: CallId, batch: Batch) {
        self.tally.publish(self.cause, batch.records.len());
        self.judge_batch(hub, &batch);
        let count = self.kafka.sent.entry(hub).or_default();
        *count += 1;
        let name = [self.nodes[hub].name, *count];
        let fate = self.fate_of_batch(hub, &name, &batch);
        let number = self.number();
        let node = &mut self.nodes[hub];
        let incarnation = node.incarnation;
        node.calls.insert(id);
        node.publishing = Some(id);
        if let Some((lands, there)) = fate.lands {
            let Batch { user, destination, records } = batch;
            let some =
                records.into_iter().zip(there).filter_map(|(one, there)| there.then_some(one));
            let batch = Batch { user, destination, records: some.collect() };
            let flight = Flight { name, from: hub, batch, sent: self.now, lands };
            self.kafka.flights.insert(number, flight);
            self.schedule(lands, Due::Append(number));
        }
        let (at, how) = fate.answer;
        self.schedule(at, Due::Published(hub, incarnation, id, how));
    }

    fn fate_of_batch(&mut self, hub: usize, name: &[u64], batch: &Batch) -> Fate {
        let mut random = self.random("batch", name);
        let now = self.now;
        let lands = now + random.range(LATENCY.0, LATENCY.1);
        let answers = lands + random.range(LATENCY.0, LATENCY.1);
        let given_up = (now + CALL_LIFETIME, Published::Unknown);
        if let Some(fate) = self.closed_way(hub, name, batch.destination, answers) {
            return fate;
        }
        let mut verdicts = self.verdicts(hub, batch);
        if self.will_strike(Fault::KafkaPartial, name) {
            let whole = verdicts.clone();
            verdicts.iter_mut().zip(&batch.records).for_each(|(verdict, record)| {
                spoil(verdict, record, &mut random);
            });
            if verdicts != whole {
                self.coverage.fault(Fault::KafkaPartial);
            }
        }
        let there = |verdict: &Verdict| match verdict {
            Verdict::Unknown => random.chance(5_000),
            other => *other == Verdict::Delivered,
        };
        let there: Vec<bool> = verdicts.iter().map(there).collect();
        if self.strikes(Fault::KafkaLate, name) {
            let late = now + random.range(CALL_LIFETIME, LATEST);
            return Fate { lands: Some((late, there)), answer: given_up };
        }
        if self.strikes(Fault::KafkaMute, name) {
            return Fate { lands: Some((lands, there)), answer: given_up };
        }
        let lands = if self.strikes(Fault::KafkaSlow, name) {
            now + random.range(300, CALL_LIFETIME - 200)
        } else {
            lands
        };
        let answer = (lands + (answers - lands).max(1), Published::Records(verdicts));
        Fate { lands: Some((lands, there)), answer }
    }

    /// Nothing of a batch arrives.
    fn closed_way(
        &mut self,
        hub: usize,
        name: &[u64],
        to: Destination,
        answers: i64,
    ) -> Option<Fate> {
        let mut random = self.random("closed way", name);
        let (now, skew) = (self.now, self.nodes[hub].skew);
        let until = |at: i64| Published::Failed { until: Some(Millis(at + skew)) };
        if now < self.kafka.away_until {
            self.coverage.fault(self.kafka.away.unwrap_or(Fault::KafkaAway));
            let opens = self.kafka.away_until.min(now + BREAKER);
            return Some(match random.below(4) {
                0 => Fate::nothing(now + CALL_LIFETIME, Published::Unknown),
                1 => Fate::nothing(answers, Published::Failed { until: None }),
                _ => Fate::nothing(now, until(opens)),
            });
        }
        if self.kafka.holds(to, now) {
            self.coverage.fault(Fault::KafkaHeld);
            return Some(Fate::nothing(answers, Published::Held("not allowed".into())));
        }
        if self.strikes(Fault::KafkaLost, name) {
            return Some(Fate::nothing(now + CALL_LIFETIME, Published::Unknown));
        }
        if self.strikes(Fault::KafkaBusy, name) {
            return Some(Fate::nothing(answers, until(now + random.range(0, RETRY_AFTER))));
        }
        None
    }

    /// Of each record, as it would be on a good day: a few are never taken, but what stands in for them is.
    fn verdicts(&mut self, hub: usize, batch: &Batch) -> Vec<Verdict> {
        let Destination { topic, dead } = batch.destination;
        let mut verdicts = Vec::new();
        for record in &batch.records {
            let place = [self.nodes[hub].name, topic.index() as u64, record.sequence as u64];
            let refused = if dead {
                self.strikes(Fault::DeadLetterRefused, &place)
            } else if self.kafka.refused.contains(&record.id) {
                !stands_in(record)
            } else {
                !stands_in(record) && self.strikes(Fault::KafkaRefused, &place)
            };
            if refused && !dead {
                self.kafka.refused.insert(record.id.clone());
                self.judge_refusal(&batch.user, &record.id);
            }
            let no = || Verdict::Refused("the record is not wanted".into());
            verdicts.push(if refused { no() } else { Verdict::Delivered });
        }
        verdicts
    }

    /// A batch takes effect.
    pub(super) fn append(&mut self, number: u64) {
        if self.kafka.flights.get(&number).is_none_or(|flight| flight.lands > self.now) {
            return;
        }
        let Some(flight) = self.kafka.flights.remove(&number) else { return };
        let Batch { user, destination, records } = flight.batch;
        self.trace.line(self.now, || {
            let sequences: Vec<i64> = records.iter().map(|record| record.sequence).collect();
            let ago = self.now - flight.sent;
            format!("{user}   in Kafka {destination:?} {sequences:?}, sent {ago} ms ago")
        });
        for record in &records {
            let (key, id, sequence) = (user.clone(), record.id.clone(), record.sequence);
            self.kafka.logs.entry(destination).or_default().push(Arrived { key, id, sequence });
            self.judge_record(&user, destination, record);
        }
        if std::mem::take(&mut self.nodes[flight.from].crash_in_flight) {
            self.coverage.fault(Fault::CrashedInFlight);
            self.crash(flight.from);
        }
    }

    /// The answer, or that there was none in time.
    pub(super) fn published(&mut self, hub: usize, incarnation: u32, id: CallId, how: Published) {
        let node = &mut self.nodes[hub];
        if node.incarnation == incarnation && node.calls.remove(&id) {
            node.publishing = None;
            self.trace.line(self.now, || format!("{}   answers: {how:?}", self.nodes[hub].user));
            let step = self.turn(hub, &Input::Answer, |hub, turn| hub.published(turn, id, how));
            self.carry_out(hub, step.effects);
        }
    }

    /// What a crashed hub had sent may still be on its way for a while.
    pub(super) fn orphan_batches(&mut self, hub: usize) {
        let mut flights = std::mem::take(&mut self.kafka.flights);
        for (number, flight) in flights.iter_mut().filter(|(_, flight)| flight.from == hub) {
            let mut random = self.random("orphan batch", &flight.name);
            if !self.quiet && random.chance(6_000) {
                flight.lands = flight.lands.max(flight.sent + random.range(0, LATEST));
                self.schedule(flight.lands, Due::Append(*number));
            }
        }
        self.kafka.flights = flights;
    }
}

/// What stands in for an event is small, and nothing in it could offend.
fn stands_in(record: &Record) -> bool {
    ["rollcall.deadletter", "rollcall.truncated"]
        .iter()
        .any(|kind| record.value.contains(&format!("\"type\":\"{kind}\"")))
}

/// Only some of a batch is taken, and the answer says of which that is known.
fn spoil(verdict: &mut Verdict, record: &Record, random: &mut Random) {
    match random.below(6) {
        0 | 1 => *verdict = Verdict::Retriable,
        2 => *verdict = Verdict::Unknown,
        // Also a placeholder may be refused once.
        3 if stands_in(record) => *verdict = Verdict::Refused("not this time".into()),
        _ => {}
    }
}
