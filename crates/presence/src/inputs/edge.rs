//! The target's end of an edge: who watches this user (rules, 5–7).
//!
//! Invariant 5: at rest an edge is at both ends or at neither. Generations decide, and an ended edge
//! stays as a tombstone for longer than any call may travel.

use crate::calls::HubResponse;
use crate::config::TOMBSTONE;
use crate::errors::{ErrorCode, Refusal};
use crate::hub::Answer;
use crate::ids::UserId;
use crate::scope::{Scope, Sql};
use crate::store::{Store, Value};
use crate::time::Millis;
use crate::work::Pending;

const WATCHER: &str = "SELECT slot, generation, ended_at, since FROM audience WHERE subscriber = ?";
const SAVE: &str = "INSERT INTO audience (subscriber, slot, generation, since, ended_at) VALUES (?1, ?2, ?3, ?4, ?5) \
    ON CONFLICT (subscriber) DO UPDATE SET slot = ?2, generation = ?3, ended_at = ?5, \
    since = CASE WHEN audience.ended_at IS NULL THEN audience.since ELSE ?4 END";
const COUNT: &str = "SELECT count(*) FROM audience WHERE ended_at IS NULL";
const PURGE: &str = "DELETE FROM audience WHERE subscriber IN \
    (SELECT subscriber FROM audience WHERE ended_at < ? LIMIT 50)";
const SLOTS: &str = "SELECT slot FROM audience WHERE slot >= 0 ORDER BY slot";

/// An ended edge that never had a place in the bitmaps.
const NO_SLOT: i64 = -1;
/// How often the slots are searched for a free one, in slots handed out.
const REUSE_EVERY: i64 = 64;

/// A row of `audience`, as far as it is needed here.
struct WatcherRow {
    slot: i64,
    generation: i64,
    ended: bool,
    since: Millis,
}

impl<S: Store> Scope<'_, S> {
    /// Holds the edge, wakes it, and answers with the state if it was asked for or changed. `shows`:
    /// others may see that the subscriber is there.
    pub(crate) fn watch(
        &mut self,
        subscriber: &UserId,
        generation: i64,
        since: Option<Millis>,
        shows: bool,
    ) -> Answer<HubResponse> {
        let known = self.watcher(subscriber)?;
        if let Some(row) = known.as_ref().filter(|row| row.outdates(generation)) {
            let (generation, watching) = (row.generation, !row.ended);
            return Ok(Ok(HubResponse::Watched { generation, watching, presence: None }));
        }
        let slot = match &known {
            Some(row) if !row.ended => row.slot,
            // The user's own devices are no audience that a cap is for: watching oneself costs no call.
            _ if subscriber != self.user && self.audience_is_full()? => {
                return Ok(Err(Refusal::new(
                    ErrorCode::TooManySubscribers,
                    "the target's list is full",
                )));
            }
            Some(row) if row.slot >= 0 => row.slot,
            _ => self.free_slot(shows)?,
        };
        let held_since = known.as_ref().filter(|row| !row.ended).map_or(self.now, |row| row.since);
        let begins = known.as_ref().is_none_or(|row| row.ended);
        if begins {
            self.mark(|marks| marks.audience = true);
        }
        if known.is_none_or(|row| row.ended || row.generation < generation) {
            self.save_watcher(subscriber, slot, generation, None)?;
        }
        self.woke(subscriber, slot, shows, begins)?;
        // An edge that is younger than the question is news as a whole.
        // A change counts as late as it was told: a slow notice may have met a dead socket.
        let newest = self.core.meta.changed_at.max(self.core.follower.told_at).max(held_since);
        // While a pass or a repeat is under way nobody can say yet who missed what.
        let asked = self.is_telling() || since.is_none_or(|since| newest >= since);
        let presence = asked.then(|| self.presence_for(subscriber));
        Ok(Ok(HubResponse::Watched { generation, watching: true, presence }))
    }

    /// Ends the edge; leaves a tombstone, also where no edge was.
    pub(crate) fn unwatch(&mut self, subscriber: &UserId, generation: i64) -> Sql<HubResponse> {
        let known = self.watcher(subscriber)?;
        if known.as_ref().is_none_or(|row| {
            row.generation < generation || (row.generation == generation && !row.ended)
        }) {
            if known.as_ref().is_some_and(|row| !row.ended) {
                self.mark(|marks| marks.audience = true);
            }
            let slot = known.map_or(NO_SLOT, |row| row.slot);
            self.save_watcher(subscriber, slot, generation, Some(self.now))?;
            self.supersede(subscriber);
        }
        Ok(HubResponse::Unwatched)
    }

    /// A `notify` was answered "not watching": ends the edge of that generation.
    pub(crate) fn end_edge(&mut self, subscriber: &UserId, generation: i64) -> Sql<()> {
        match self.watcher(subscriber)? {
            Some(row) if row.generation == generation && !row.ended => {
                self.mark(|marks| marks.audience = true);
                self.save_watcher(subscriber, row.slot, generation, Some(self.now))
            }
            _ => Ok(()),
        }
    }

    /// Whether the edge still has this generation.
    pub(crate) fn edge_is(&self, subscriber: &UserId, generation: i64) -> Sql<bool> {
        Ok(self.watcher(subscriber)?.is_some_and(|row| row.generation == generation && !row.ended))
    }

    fn watcher(&self, subscriber: &UserId) -> Sql<Option<WatcherRow>> {
        let rows = self.query(WATCHER, &[subscriber.as_str().into()])?;
        let number = |row: &[Value], at: usize| row.get(at).and_then(Value::integer);
        Ok(rows.first().map(|row| WatcherRow {
            slot: number(row, 0).unwrap_or(NO_SLOT),
            generation: number(row, 1).unwrap_or(0),
            ended: number(row, 2).is_some(),
            since: Millis(number(row, 3).unwrap_or(0)),
        }))
    }

    /// Writes the edge; old tombstones go with a write that happens anyway.
    fn save_watcher(
        &mut self,
        subscriber: &UserId,
        slot: i64,
        generation: i64,
        ended_at: Option<Millis>,
    ) -> Sql<()> {
        self.execute(PURGE, &[(self.now - TOMBSTONE).into()])?;
        let values = [
            subscriber.as_str().into(),
            slot.into(),
            generation.into(),
            self.now.into(),
            ended_at.into(),
        ];
        self.execute(SAVE, &values)
    }

    /// A `watch` was taken: its subscriber is awake, and older answers about it count no more. One that
    /// hides changes nothing that can be read: it stands where somebody who is away would.
    fn woke(&mut self, subscriber: &UserId, slot: i64, shows: bool, begins: bool) -> Sql<()> {
        self.supersede(subscriber);
        let woke = self.core.follower.asleep.put(slot, false);
        let turned = (shows || begins) && self.show_watcher(slot, shows);
        if woke || turned { self.core.save_follower(self.store) } else { Ok(()) }
    }

    fn supersede(&mut self, subscriber: &UserId) {
        for pending in self.work.calls.values_mut() {
            if let Pending::Notify(notice) = pending
                && notice.subscriber == *subscriber
            {
                notice.superseded = true;
            }
        }
    }

    fn audience_is_full(&self) -> Sql<bool> {
        if self.core.follower.slots < self.config.max_subscribers {
            return Ok(false);
        }
        let rows = self.query(COUNT, &[])?;
        let count = rows.first().and_then(|row| row.first()).and_then(Value::integer).unwrap_or(0);
        Ok(count >= self.config.max_subscribers)
    }

    /// A place in the bitmaps: the next one, or now and then the lowest that a purge left free, so
    /// that a changing audience does not make them grow.
    fn free_slot(&mut self, shows: bool) -> Sql<i64> {
        let next = self.core.follower.slots;
        if next == 0 {
            // The first watcher gets the present state with its answer: nobody is owed older ones.
            self.core.follower.told = self.core.meta.version;
        }
        let slot =
            if next > 0 && next % REUSE_EVERY == 0 { self.gap()?.unwrap_or(next) } else { next };
        self.core.follower.slots = next.max(slot + 1);
        self.core.follower.asleep.put(slot, false);
        self.core.follower.owed.put(slot, false);
        self.core.follower.unseen.put(slot, !shows);
        self.core.save_follower(self.store)?;
        Ok(slot)
    }

    fn gap(&self) -> Sql<Option<i64>> {
        let rows = self.query(SLOTS, &[])?;
        let used = rows.iter().filter_map(|row| row.first().and_then(Value::integer));
        let mut expected = 0;
        for slot in used {
            if slot > expected {
                return Ok(Some(expected));
            }
            expected = slot + 1;
        }
        Ok((expected < self.core.follower.slots).then_some(expected))
    }
}

impl WatcherRow {
    /// Whether a `watch` of `generation` comes too late for this edge.
    fn outdates(&self, generation: i64) -> bool {
        generation < self.generation || (generation == self.generation && self.ended)
    }
}
