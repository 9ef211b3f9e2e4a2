//! An outbox has bounds; what gives way at them (rules, 17).

use std::collections::BTreeMap;

use crate::cloud_event::Envelope;
use crate::effects::LogEntry;
use crate::outbox::{Topic, WhenFull};
use crate::outbox_rows::{Entry, OutboxWork, first_of, length};
use crate::scope::{Scope, Sql};
use crate::store::Store;

/// What an outbox may hold besides its number of events. What a client starts is refused a tenth
/// before either, so that endings always fit.
const MOST_BYTES: usize = 2 * 1024 * 1024;

impl OutboxWork {
    /// Whether what a client starts finds no room.
    pub(crate) fn is_full(&self, room: usize) -> bool {
        self.would_be_full(&[], room)
    }

    /// The same with these in it.
    pub(crate) fn would_be_full(&self, more: &[Entry], room: usize) -> bool {
        let (events, bytes) = (self.events + more.len(), self.bytes + length(more));
        events >= room - room / 10 || bytes >= MOST_BYTES - MOST_BYTES / 10
    }

    fn overflows(&self, room: usize) -> bool {
        self.events > room || self.bytes > MOST_BYTES
    }
}

impl<S: Store> Scope<'_, S> {
    /// Whether something that a client starts finds no room for its events. Endings always do.
    pub(crate) fn outbox_is_full(&mut self) -> Sql<bool> {
        if !self.records() || self.config.when_full != WhenFull::Block {
            return Ok(false);
        }
        self.load_outbox()?;
        Ok(self.work.outbox.is_full(self.room))
    }

    /// `OUTBOX_FULL=drop-oldest`: what is oldest gives way, and one placeholder a lane says from where
    /// to where. With `block`, what a client starts was refused before.
    pub(crate) fn make_room_in_the_outbox(&mut self) -> Sql<()> {
        if self.config.when_full != WhenFull::DropOldest || !self.work.outbox.overflows(self.room) {
            return Ok(());
        }
        let mut runs: BTreeMap<Topic, (i64, Entry)> = BTreeMap::new();
        let mut dropped = 0;
        while self.work.outbox.is_full(self.room) && self.work.outbox.rows.len() > 1 {
            let Some(id) = self.work.outbox.rows.keys().next().copied() else { break };
            let entries = self.take_row(id)?;
            for entry in entries.into_iter().filter(|entry| self.work.outbox.waits(entry)) {
                dropped += 1;
                let from =
                    runs.get(&entry.topic).map_or_else(|| first_of(&entry), |(from, _)| *from);
                runs.insert(entry.topic, (from, entry));
            }
        }
        let (user, now) = (self.user.clone(), self.now);
        let stand_in = |(from, last): (i64, Entry)| {
            let envelope =
                Envelope { user: &user, id: &last.id, sequence: last.sequence, time: now };
            Entry { event: envelope.truncated(from), stands_in: true, ..last.clone() }
        };
        let entries: Vec<Entry> = runs.into_values().map(stand_in).collect();
        self.log(LogEntry::EventsDropped { user_id: self.user.clone(), count: dropped });
        self.put_first(entries)
    }

    /// In front of all others.
    fn put_first(&mut self, entries: Vec<Entry>) -> Sql<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let id = self.work.outbox.rows.keys().next().map_or(1, |first| first - 1);
        self.put_row_at(id, entries)
    }
}
