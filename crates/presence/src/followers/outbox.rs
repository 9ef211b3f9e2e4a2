//! Delivers every event once recorded (contract §5; rules, 15 to 17).
//!
//! Invariant 7: other systems get each lane's sequence without a gap, in order for whoever takes only
//! last + 1. The position is the rows of `outbox`: one a transaction, gone when all of its events are
//! confirmed. One batch of the user is under way at a time, and lanes take turns for it; after the
//! first record of a lane that is not confirmed everything behind it is sent again.

use crate::cloud_event::{Envelope, with_failure};
use crate::config::{CALL_LIFETIME, MAX_BACKOFF};
use crate::dead_letters::{self, Dead};
use crate::effects::Effect;
use crate::outbox::{
    Batch, Destination, Failure, OutboxState, Published, Publishing, Record, Topic, Verdict,
};
use crate::outbox_rows::Entry;
use crate::scope::{Scope, Sql};
use crate::store::Store;
use crate::time::Millis;
use crate::work::{Backoff, Carrying, Name, Pending};

/// How much goes at once.
const BATCH_RECORDS: usize = 100;
const BATCH_BYTES: usize = 256 * 1024;
/// For so long a dead letter is offered to a topic that is refused before it stays in the table alone.
const DEAD_FOR: i64 = 3_600_000;
/// While nobody knows whom to publish to, so often a hub wakes to see.
const HOLD: i64 = 3_600_000;
/// Those who are told to come back at a time come within so long of it.
const SPREAD: i64 = 5_000;

impl<S: Store> Scope<'_, S> {
    /// Whether events leave.
    pub(crate) fn publishes(&self) -> bool {
        matches!(self.config.publishing, Publishing::Full | Publishing::Metadata)
    }

    /// Whether events are kept until they leave: while nobody knows whether they shall be published,
    /// those of a user whose events have been.
    pub(crate) fn records(&self) -> bool {
        let held_back = self.config.publishing == Publishing::Hold;
        self.publishes() || (held_back && self.core.meta.outbox.sequences != [0; 4])
    }

    /// When this follower wants to go on.
    pub(crate) fn outbox_due(&self) -> Option<Millis> {
        if self.config.publishing == Publishing::Hold {
            // Nobody else may wake this hub when the settings are right again.
            return self.core.meta.outbox.open.then_some(self.now + HOLD);
        }
        if !self.publishes() || self.work.outbox.carrying.is_some() {
            return None;
        }
        if !self.work.outbox.loaded {
            return self.core.meta.outbox.open.then_some(self.now);
        }
        let rests = |lane: &Destination| self.work.outbox.lane(*lane).backoff.at;
        lanes().into_iter().filter(|lane| self.has_waiting(*lane)).map(|lane| rests(&lane)).min()
    }

    fn has_waiting(&self, lane: Destination) -> bool {
        let work = &self.work.outbox;
        if lane.dead {
            return work.dead.iter().any(|dead| dead.topic == lane.topic);
        }
        let last = self.core.meta.outbox.sequences.get(lane.topic.index());
        last.is_some_and(|last| *last > work.done(lane.topic))
    }

    /// Sends the next batch, if none is under way.
    pub(crate) fn follow_outbox(&mut self) -> Sql<()> {
        if self.outbox_due().is_none_or(|at| at > self.now) {
            return Ok(());
        }
        self.load_outbox()?;
        let ready = |lane: &Destination| {
            self.work.outbox.lane(*lane).backoff.at <= self.now && self.has_waiting(*lane)
        };
        let first = self.work.outbox.turn;
        let (before, after): (Vec<_>, Vec<_>) =
            lanes().into_iter().enumerate().partition(|(at, _)| *at < first);
        let Some((at, lane)) = after.into_iter().chain(before).find(|(_, lane)| ready(lane)) else {
            return Ok(());
        };
        self.work.outbox.turn = (at + 1) % lanes().len();
        self.send_batch(lane);
        Ok(())
    }

    fn send_batch(&mut self, destination: Destination) {
        let mut bytes = 0;
        let fits = |record: &Record| {
            bytes += record.value.len();
            bytes <= BATCH_BYTES || bytes == record.value.len()
        };
        let waiting = self.waiting(destination);
        let records: Vec<Record> =
            waiting.into_iter().take(BATCH_RECORDS).take_while(fits).collect();
        self.work.outbox.carrying =
            Some(Carrying { destination, names: records.iter().map(Name::of).collect() });
        let id = self.call_id(Pending::Publish);
        let not_after = self.now + CALL_LIFETIME;
        let batch = Batch { user: self.user.clone(), destination, records };
        self.effects.push(Effect::Publish { id, not_after, batch });
    }

    fn waiting(&self, lane: Destination) -> Vec<Record> {
        let work = &self.work.outbox;
        if lane.dead {
            let dead = work.dead.iter().filter(|dead| dead.topic == lane.topic);
            return dead.map(Dead::record).collect();
        }
        let done = work.done(lane.topic);
        let waiting = work.entries(lane.topic).filter(|(_, entry)| entry.sequence > done);
        waiting.map(|(_, entry)| entry.record()).collect()
    }

    /// How the batch under way went.
    pub(crate) fn settle_batch(&mut self, published: Published) -> Sql<()> {
        // A turn that storage undid may have forgotten the rows since.
        self.load_outbox()?;
        let Some(carrying) = self.work.outbox.carrying.take() else { return Ok(()) };
        let lane = carrying.destination;
        match published {
            Published::Records(verdicts) if verdicts.len() == carrying.names.len() => {
                self.settle_records(&carrying, verdicts)?;
            }
            Published::Held(_) => {
                self.hold_lane(lane);
                self.keep_dead_letters(lane, self.now - DEAD_FOR)?;
                self.rest_lane(lane, None);
            }
            Published::Failed { until } => self.rest_lane(lane, until),
            Published::Records(_) | Published::Unknown => self.rest_lane(lane, None),
        }
        self.forget_confirmed()?;
        self.note_confirmed();
        Ok(())
    }

    /// A row stays while any lane of it rests. What is confirmed of its other lanes must outlive the memory:
    /// each wake would send it again.
    fn note_confirmed(&mut self) {
        let rests = |lane: &Destination| {
            self.has_waiting(*lane) && self.work.outbox.lane(*lane).backoff.at > self.now
        };
        if lanes().iter().any(rests) {
            self.core.meta.outbox.confirmed = self.work.outbox.confirmed();
        }
    }

    fn settle_records(&mut self, carrying: &Carrying, verdicts: Vec<Verdict>) -> Sql<()> {
        let lane = carrying.destination;
        for (name, verdict) in carrying.names.iter().zip(verdicts) {
            match verdict {
                Verdict::Delivered => self.delivered(lane, name)?,
                Verdict::Refused(reason) => {
                    if !self.bury(lane, name, &reason)? {
                        // What is small and holds nothing is refused only where all is.
                        self.hold_lane(lane);
                        self.rest_lane(lane, None);
                    }
                    return Ok(());
                }
                // Whatever is said of those behind it: they are sent again (rules, 15).
                _ => {
                    self.rest_lane(lane, None);
                    return Ok(());
                }
            }
        }
        self.work.outbox.lane_mut(lane).backoff = Backoff::default();
        Ok(())
    }

    fn delivered(&mut self, lane: Destination, name: &Name) -> Sql<()> {
        if lane.dead {
            return self.dead_letter_is_there(&name.id);
        }
        let sequence = self.work.outbox.entry(lane.topic, name).map(|entry| entry.sequence);
        let work = &mut self.work.outbox;
        if let Some(sequence) = sequence {
            work.set_done(lane.topic, sequence);
        }
        let state = work.lane_mut(lane);
        (state.backoff, state.failed_at) = (Backoff::default(), None);
        self.core.meta.outbox.held.remove(&lane.topic);
        Ok(())
    }

    /// For health. The user's row is written where this is news, and else not.
    fn hold_lane(&mut self, lane: Destination) {
        if !lane.dead {
            self.core.meta.outbox.held.insert(lane.topic);
        }
    }

    /// A record that will never be taken leaves a placeholder in its lane, which goes on with it
    /// (rules, 16). False for what is itself a placeholder, or a dead letter: that is tried again.
    fn bury(&mut self, lane: Destination, name: &Name, reason: &str) -> Sql<bool> {
        if lane.dead {
            self.keep_dead_letter(&name.id)?;
            return Ok(true);
        }
        let found = self.work.outbox.entry(lane.topic, name).cloned();
        let Some(entry) = found.filter(|entry| !entry.stands_in) else { return Ok(false) };
        let state = self.work.outbox.lane_mut(lane);
        let failure = Failure {
            reason: reason.chars().take(500).collect(),
            attempts: state.backoff.attempts + 1,
            first_failed_at: state.failed_at.unwrap_or(self.now),
            last_failed_at: self.now,
        };
        let (user, now) = (self.user.clone(), self.now);
        let envelope = Envelope { user: &user, id: &name.id, sequence: entry.sequence, time: now };
        let placeholder = envelope.placeholder(&failure);
        self.keep_failure(&entry, failure)?;
        self.replace_event(lane.topic, name, &placeholder)?;
        Ok(true)
    }

    fn rest_lane(&mut self, lane: Destination, until: Option<Millis>) {
        let rest = self.work.outbox.lane(lane).backoff;
        let rest = self.back_off(rest);
        // Nobody may keep a lane waiting for longer than a failure would.
        let longest = self.now + (MAX_BACKOFF - SPREAD);
        let until = until.map(|until| until.min(longest) + self.entropy.up_to(SPREAD));
        let at = until.map_or(rest.at, |until| rest.at.max(until));
        let now = self.now;
        let state = self.work.outbox.lane_mut(lane);
        state.failed_at.get_or_insert(now);
        state.backoff = Backoff { at, ..rest };
        // The alarm's backstop would wake a hub that has forgotten how long the lane was to rest.
        self.postpone = true;
    }

    /// How the outbox stands.
    pub(crate) fn outbox_state(&mut self) -> Sql<OutboxState> {
        if !self.records() {
            return Ok(OutboxState::default());
        }
        self.load_outbox()?;
        let work = &self.work.outbox;
        Ok(OutboxState {
            waiting: work.waiting() as i64,
            lag: work.oldest().map_or(0, |at| self.now.since(at)),
            held: self.core.meta.outbox.held.iter().copied().collect(),
            full: work.is_full(self.room),
            dead_letters: dead_letters::count_dead(self)?,
        })
    }
}

/// The lanes in the order in which they take turns.
pub(crate) fn lanes() -> [Destination; 8] {
    let lane = |at: usize| {
        let topic = Topic::ALL.get(at % 4).copied().unwrap_or(Topic::Presence);
        Destination { topic, dead: at >= 4 }
    };
    std::array::from_fn(lane)
}

impl Name {
    fn of(record: &Record) -> Self {
        Self { id: record.id.clone(), sequence: record.sequence }
    }
}

impl Entry {
    fn record(&self) -> Record {
        Record { id: self.id.clone(), sequence: self.sequence, value: self.event.clone() }
    }
}

impl Dead {
    fn record(&self) -> Record {
        let value = with_failure(&self.event, &self.failure);
        Record { id: self.id.clone(), sequence: self.sequence, value }
    }
}
