//! The rows of the outbox, and what memory holds of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::cloud_event::{Envelope, topic_of};
use crate::config::MAX_BACKOFF;
use crate::dead_letters::Dead;
use crate::events::Event;
use crate::followers::lanes;
use crate::outbox::{Destination, Publishing, Topic};
use crate::scope::{Scope, Sql};
use crate::store::{MAX_INTEGER, Store, Value};
use crate::time::Millis;
use crate::work::{Backoff, Carrying, Name};

const ANY: &str =
    "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM dead_letters WHERE state = 0 LIMIT 1";
const LOAD: &str = "SELECT id, body FROM outbox ORDER BY id";
/// A row that nobody knew of, since the user's row says that there is none, gives way.
const INSERT: &str = "INSERT INTO outbox (id, body) VALUES (?, ?) \
    ON CONFLICT (id) DO UPDATE SET body = excluded.body";
const REPLACE: &str = "UPDATE outbox SET body = ? WHERE id = ?";
const DELETE: &str = "DELETE FROM outbox WHERE id = ?";

/// One event as its row holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub topic: Topic,
    #[serde(deserialize_with = "from_one")]
    pub sequence: i64,
    pub id: String,
    pub at: Millis,
    /// JSON.
    pub event: String,
    /// It stands in for what was refused, or gave way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stands_in: bool,
}

impl Entry {
    fn is(&self, name: &Name) -> bool {
        self.id == name.id && self.sequence == name.sequence
    }
}

/// Sequences begin with 1; beyond what SQL can hold there is none.
fn from_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let sequence = i64::deserialize(deserializer)?;
    let is_one = (1..=MAX_INTEGER).contains(&sequence);
    is_one.then_some(sequence).ok_or_else(|| de::Error::custom("no sequence"))
}

/// The durable part that is no row of its own: in the user's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Outbox {
    /// The last sequence of each lane.
    pub sequences: [i64; 4],
    /// What is confirmed of each lane, where rows that hold it may still stand.
    pub confirmed: [i64; 4],
    /// There may be rows.
    pub open: bool,
    /// Lanes that are refused as a whole, for health, and for a hub that wakes with them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub held: BTreeSet<Topic>,
}

impl Outbox {
    pub(crate) fn to_column(&self) -> Option<String> {
        if *self == Self::default() { None } else { serde_json::to_string(self).ok() }
    }

    /// Of what this code did not write, only what it can go on with is believed.
    pub(crate) fn from_column(text: Option<&str>) -> Self {
        let Some(text) = text else { return Self::default() };
        let unknown = Self { open: true, ..Self::default() };
        let mut outbox: Self = serde_json::from_str(text).unwrap_or(unknown);
        for (last, confirmed) in outbox.sequences.iter_mut().zip(&mut outbox.confirmed) {
            *last = (*last).clamp(0, MAX_INTEGER);
            *confirmed = (*confirmed).clamp(0, *last);
        }
        outbox
    }
}

/// A lane's own rest.
#[derive(Clone, Debug, Default)]
pub(crate) struct LaneWork {
    pub backoff: Backoff,
    pub failed_at: Option<Millis>,
}

/// All of it in memory.
#[derive(Debug, Default)]
pub(crate) struct OutboxWork {
    pub loaded: bool,
    pub rows: BTreeMap<i64, Vec<Entry>>,
    /// Of all rows: how many events, and how long they are together.
    pub events: usize,
    pub bytes: usize,
    confirmed: [i64; 4],
    lanes: BTreeMap<Destination, LaneWork>,
    pub dead: Vec<Dead>,
    pub carrying: Option<Carrying>,
    /// Whose turn it is.
    pub turn: usize,
    none: LaneWork,
}

impl OutboxWork {
    pub(crate) fn lane(&self, lane: Destination) -> &LaneWork {
        self.lanes.get(&lane).unwrap_or(&self.none)
    }

    pub(crate) fn lane_mut(&mut self, lane: Destination) -> &mut LaneWork {
        self.lanes.entry(lane).or_default()
    }

    pub(crate) fn done(&self, topic: Topic) -> i64 {
        self.confirmed.get(topic.index()).copied().unwrap_or(0)
    }

    pub(crate) fn set_done(&mut self, topic: Topic, sequence: i64) {
        if let Some(done) = self.confirmed.get_mut(topic.index()) {
            *done = sequence.max(*done);
        }
    }

    pub(crate) fn confirmed(&self) -> [i64; 4] {
        self.confirmed
    }

    /// The events of a lane, each with the id of its row, in order.
    pub(crate) fn entries(&self, topic: Topic) -> impl Iterator<Item = (i64, &Entry)> {
        let rows = self.rows.iter();
        let all = rows.flat_map(|(id, entries)| entries.iter().map(move |entry| (*id, entry)));
        all.filter(move |(_, entry)| entry.topic == topic)
    }

    pub(crate) fn entry(&self, topic: Topic, name: &Name) -> Option<&Entry> {
        self.entries(topic).map(|(_, entry)| entry).find(|entry| entry.is(name))
    }

    /// What is confirmed of a lane, from what is left of it: it is confirmed in order, so that whatever
    /// has no row any more is, and all before it, though the row of another lane may keep some of that.
    fn settle_lane(&mut self, topic: Topic, known: &Outbox) {
        let of = |all: [i64; 4]| all.get(topic.index()).copied().unwrap_or(0);
        let mut confirmed = of(known.sequences);
        let left: Vec<&Entry> = self.entries(topic).map(|(_, entry)| entry).collect();
        for entry in left.into_iter().rev() {
            if entry.sequence != confirmed {
                break;
            }
            confirmed = first_of(entry) - 1;
        }
        self.set_done(topic, confirmed.max(of(known.confirmed)));
    }

    pub(crate) fn waits(&self, entry: &Entry) -> bool {
        entry.sequence > self.done(entry.topic)
    }

    /// How many events are not confirmed.
    pub(crate) fn waiting(&self) -> usize {
        self.rows.values().flatten().filter(|entry| self.waits(entry)).count()
    }

    /// Since when the oldest has waited.
    pub(crate) fn oldest(&self) -> Option<Millis> {
        self.rows.values().flatten().filter(|entry| self.waits(entry)).map(|entry| entry.at).min()
    }

    fn oldest_of(&self, lane: Destination) -> Option<Millis> {
        if lane.dead {
            let dead = self.dead.iter().filter(|dead| dead.topic == lane.topic);
            return dead.map(|dead| dead.failure.last_failed_at).min();
        }
        let waits = |(_, entry): &(i64, &Entry)| self.waits(entry);
        self.entries(lane.topic).filter(waits).map(|(_, entry)| entry.at).min()
    }

    fn insert(&mut self, id: i64, entries: Vec<Entry>) {
        self.events += entries.len();
        self.bytes += length(&entries);
        self.rows.insert(id, entries);
    }

    fn remove(&mut self, id: i64) -> Vec<Entry> {
        let entries = self.rows.remove(&id).unwrap_or_default();
        self.events -= entries.len();
        self.bytes -= length(&entries);
        entries
    }
}

impl<S: Store> Scope<'_, S> {
    /// Reads the rows, once. A lane that was held rests until the alarm: it was armed for no later time
    /// than that to which the lane had backed off when the hub was last in memory.
    pub(crate) fn load_outbox(&mut self) -> Sql<()> {
        self.load_with_rests(self.alarm)
    }

    /// The same in the turn of the alarm itself: what rested has done so.
    pub(crate) fn load_outbox_for_the_alarm(&mut self) -> Sql<()> {
        if self.outbox_due().is_some() { self.load_with_rests(None) } else { Ok(()) }
    }

    fn load_with_rests(&mut self, alarm: Option<Millis>) -> Sql<()> {
        if std::mem::replace(&mut self.work.outbox.loaded, true) {
            return Ok(());
        }
        if self.core.meta.outbox.open {
            self.read_rows()?;
        }
        for topic in Topic::ALL {
            self.number_after_the_rows(topic);
            self.work.outbox.settle_lane(topic, &self.core.meta.outbox);
        }
        for lane in lanes() {
            self.take_up_rest(lane, alarm);
        }
        // Rows of which all is confirmed went with their answer. Others there are none, or nobody knows why.
        self.forget_confirmed()
    }

    /// No number is given twice, also where the user's row knows of fewer than there were.
    fn number_after_the_rows(&mut self, topic: Topic) {
        let highest = self.work.outbox.entries(topic).map(|(_, entry)| entry.sequence).max();
        if let Some(last) = self.core.meta.outbox.sequences.get_mut(topic.index()) {
            *last = highest.unwrap_or(0).max(*last);
        }
    }

    /// As if memory had not been lost.
    fn take_up_rest(&mut self, lane: Destination, alarm: Option<Millis>) {
        let Some(since) = self.work.outbox.oldest_of(lane) else { return };
        let held = !lane.dead && self.core.meta.outbox.held.contains(&lane.topic);
        let rests = alarm.filter(|_| held).map(|at| at.min(self.now + MAX_BACKOFF));
        let at = rests.unwrap_or_default();
        let backoff = Backoff { at, ..Backoff::after(self.now.since(since)) };
        self.work.outbox.lane_mut(lane).backoff = backoff;
    }

    /// For the alarm's plan, which writes nothing. A user's row says that there may be events until it is
    /// next written; a hub that has just woken with it would arm an alarm for nothing, each time.
    pub(crate) fn note_if_no_event_waits(&mut self) -> Sql<()> {
        let open = self.core.meta.outbox.open && !self.work.outbox.loaded;
        if self.publishes() && open && self.query(ANY, &[])?.is_empty() {
            self.load_outbox()?;
        }
        Ok(())
    }

    fn read_rows(&mut self) -> Sql<()> {
        for row in self.query(LOAD, &[])? {
            let entries = row.get(1).and_then(Value::text).map(serde_json::from_str::<Vec<Entry>>);
            match (row.first().and_then(Value::integer), entries) {
                (Some(id), Some(Ok(entries))) => self.work.outbox.insert(id, entries),
                // What no version of this code wrote can be told to nobody.
                (Some(id), _) => self.execute(DELETE, &[id.into()])?,
                _ => {}
            }
        }
        self.work.outbox.dead = self.open_dead_letters()?;
        Ok(())
    }

    /// Writes the events of this turn as one row, in its transaction. They are numbered here.
    pub(crate) fn record_events(&mut self) -> Sql<()> {
        if !self.records() || self.events.is_empty() {
            return Ok(());
        }
        self.load_outbox()?;
        let events = std::mem::take(&mut self.events);
        let entries: Vec<Entry> = events.iter().map(|event| self.entry_of(event)).collect();
        self.events = events;
        self.put_row(entries)?;
        self.make_room_in_the_outbox()
    }

    pub(crate) fn put_row(&mut self, entries: Vec<Entry>) -> Sql<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let id = self.work.outbox.rows.keys().next_back().map_or(1, |last| last + 1);
        self.core.meta.outbox.open = true;
        self.put_row_at(id, entries)
    }

    pub(crate) fn put_row_at(&mut self, id: i64, entries: Vec<Entry>) -> Sql<()> {
        self.execute(INSERT, &[id.into(), body(&entries)])?;
        self.work.outbox.insert(id, entries);
        Ok(())
    }

    pub(crate) fn take_row(&mut self, id: i64) -> Sql<Vec<Entry>> {
        self.execute(DELETE, &[id.into()])?;
        Ok(self.work.outbox.remove(id))
    }

    fn entry_of(&mut self, event: &Event) -> Entry {
        let topic = topic_of(&event.kind);
        let (id, sequence) = (self.event_id(), self.next_sequence(topic));
        let envelope = Envelope { user: self.user, id: &id, sequence, time: event.time };
        let text = envelope.event(event, self.config.publishing == Publishing::Full);
        Entry { topic, sequence, at: self.now, event: text, stands_in: false, id }
    }

    pub(crate) fn next_sequence(&mut self, topic: Topic) -> i64 {
        let last = self.core.meta.outbox.sequences.get_mut(topic.index());
        last.map_or(1, |last| {
            *last = MAX_INTEGER.min(*last + 1);
            *last
        })
    }

    /// Consumers tell repeats by it.
    pub(crate) fn event_id(&mut self) -> String {
        crate::ids::MessageId::new(self.entropy.bits()).0
    }

    /// Takes away the rows of which every event is confirmed.
    pub(crate) fn forget_confirmed(&mut self) -> Sql<()> {
        let work = &self.work.outbox;
        let over = |entries: &[Entry]| entries.iter().all(|entry| !work.waits(entry));
        let gone: Vec<i64> =
            work.rows.iter().filter(|(_, entries)| over(entries)).map(|(id, _)| *id).collect();
        gone.into_iter().try_for_each(|id| self.take_row(id).map(drop))
    }

    /// Before the user's row is written: whether a hub that wakes with it must look for rows.
    pub(crate) fn note_whether_open(&mut self) {
        let work = &self.work.outbox;
        if self.core.is_changed() && work.loaded && work.rows.is_empty() && work.dead.is_empty() {
            self.core.meta.outbox.open = false;
        }
    }

    /// An event in its row becomes another.
    pub(crate) fn replace_event(&mut self, topic: Topic, name: &Name, event: &str) -> Sql<()> {
        let found = self.work.outbox.entries(topic).find(|(_, entry)| entry.is(name));
        let Some(row) = found.map(|(row, _)| row) else { return Ok(()) };
        let mut entries = self.work.outbox.remove(row);
        for entry in entries.iter_mut().filter(|entry| entry.is(name)) {
            (entry.event, entry.stands_in) = (event.to_owned(), true);
        }
        self.execute(REPLACE, &[body(&entries), row.into()])?;
        self.work.outbox.insert(row, entries);
        Ok(())
    }
}

pub(crate) fn length(entries: &[Entry]) -> usize {
    entries.iter().map(|entry| entry.event.len()).sum()
}

fn body(entries: &[Entry]) -> Value {
    serde_json::to_string(entries).unwrap_or_else(|_| "[]".into()).into()
}

/// Where a run begins that this event begins: an earlier run that gave way goes on in this one.
pub(crate) fn first_of(entry: &Entry) -> i64 {
    if !entry.stands_in {
        return entry.sequence;
    }
    let data = serde_json::from_str::<serde_json::Value>(&entry.event).unwrap_or_default();
    let is_run = data.get("type").is_some_and(|kind| kind == "rollcall.truncated");
    let from = data.get("data").and_then(|data| data.get("from")?.as_i64());
    from.filter(|_| is_run).unwrap_or(entry.sequence).clamp(1, entry.sequence)
}
