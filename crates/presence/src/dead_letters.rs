//! The table of dead letters: records that were refused for good (rules, 16).

use crate::cloud_event::again;
use crate::effects::LogEntry;
use crate::outbox::{DeadLetter, Destination, Failure, Replay, Topic, WhenFull};
use crate::outbox_rows::{Entry, length};
use crate::scope::{Scope, Sql};
use crate::store::{Row, Store, Value};
use crate::time::Millis;

const DEAD: &str = "SELECT id, topic, sequence, event, failure, state FROM dead_letters \
    WHERE state = 0 ORDER BY at, id";
const ALL_DEAD: &str = "SELECT id, topic, sequence, event, failure, state FROM dead_letters \
    ORDER BY at, id LIMIT ?";
const COUNT_DEAD: &str = "SELECT count(*) FROM dead_letters";
const KEEP: &str = "INSERT INTO dead_letters (id, topic, sequence, event, failure, state, at) \
    VALUES (?, ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO NOTHING";
const THERE: &str = "UPDATE dead_letters SET state = 1 WHERE id = ?";
const KEPT: &str = "UPDATE dead_letters SET state = 2 WHERE id = ?";
const FORGET: &str = "DELETE FROM dead_letters WHERE id = ?";
const OLDEST_DEAD: &str = "SELECT id FROM dead_letters ORDER BY state <> 1, at, id LIMIT ?";

/// How many dead letters a user may have.
const MOST_DEAD: i64 = 200;

/// What a row of the outbox may hold of letters that are published once more: the platform takes no row
/// of 2 MB, and JSON within JSON may be twice as long.
const ROW_EVENTS: usize = 100;
const ROW_BYTES: usize = 512 * 1024;

/// A dead letter that its topic does not have yet.
#[derive(Clone, Debug)]
pub(crate) struct Dead {
    pub id: String,
    pub topic: Topic,
    pub sequence: i64,
    pub event: serde_json::Value,
    pub failure: Failure,
    pub state: i64,
}

impl<S: Store> Scope<'_, S> {
    /// Those that their topic does not have yet.
    pub(crate) fn open_dead_letters(&self) -> Sql<Vec<Dead>> {
        Ok(self.query(DEAD, &[])?.iter().filter_map(dead_from).collect())
    }

    pub(crate) fn keep_failure(&mut self, entry: &Entry, failure: Failure) -> Sql<()> {
        let there = count_dead(self)?;
        self.drop_dead_letters(there + 1 - MOST_DEAD)?;
        let event = serde_json::from_str(&entry.event).unwrap_or_default();
        let dead = Dead {
            id: entry.id.clone(),
            topic: entry.topic,
            sequence: entry.sequence,
            event,
            failure,
            state: 0,
        };
        let text = |value: serde_json::Result<String>| Value::from(value.unwrap_or_default());
        let values = [
            dead.id.as_str().into(),
            text(serde_json::to_string(&dead.topic)),
            dead.sequence.into(),
            entry.event.as_str().into(),
            text(serde_json::to_string(&dead.failure)),
            self.now.into(),
        ];
        self.execute(KEEP, &values)?;
        self.log(LogEntry::EventRefused {
            user_id: self.user.clone(),
            topic: dead.topic,
            reason: dead.failure.reason.clone(),
        });
        self.core.meta.outbox.open = true;
        self.work.outbox.dead.push(dead);
        Ok(())
    }

    /// Makes room for another: those that are in their topic go first, the oldest first.
    fn drop_dead_letters(&mut self, count: i64) -> Sql<()> {
        if count <= 0 {
            return Ok(());
        }
        for row in self.query(OLDEST_DEAD, &[count.into()])? {
            let id = row.first().and_then(Value::text).unwrap_or_default();
            self.work.outbox.dead.retain(|dead| dead.id != id);
            self.execute(FORGET, &[id.into()])?;
        }
        self.log(LogEntry::DeadLettersDropped { user_id: self.user.clone(), count });
        Ok(())
    }

    pub(crate) fn dead_letter_is_there(&mut self, id: &str) -> Sql<()> {
        self.work.outbox.dead.retain(|dead| dead.id != id);
        self.execute(THERE, &[id.into()])
    }

    /// It stays in the table and is offered to its topic no more.
    pub(crate) fn keep_dead_letter(&mut self, id: &str) -> Sql<()> {
        self.work.outbox.dead.retain(|dead| dead.id != id);
        self.execute(KEPT, &[id.into()])
    }

    /// The same for those of a lane that were refused so long ago.
    pub(crate) fn keep_dead_letters(&mut self, lane: Destination, before: Millis) -> Sql<()> {
        let of = |dead: &&Dead| {
            lane.dead && dead.topic == lane.topic && dead.failure.last_failed_at <= before
        };
        let ids: Vec<String> =
            self.work.outbox.dead.iter().filter(of).map(|dead| dead.id.clone()).collect();
        ids.iter().try_for_each(|id| self.keep_dead_letter(id))
    }

    /// The dead letters of this user, oldest first.
    pub(crate) fn dead_letters(&self) -> Sql<Vec<DeadLetter>> {
        let rows = self.query(ALL_DEAD, &[MOST_DEAD.into()])?;
        Ok(rows.iter().filter_map(dead_from).map(Dead::into_letter).collect())
    }

    /// Publishes dead letters once more, under new sequences, as many as find room; answers how many.
    pub(crate) fn replay(&mut self, wanted: &Replay) -> Sql<i64> {
        self.load_outbox()?;
        let meant = |letter: &DeadLetter| {
            let at = letter.failure.last_failed_at;
            (wanted.ids.is_empty() || wanted.ids.contains(&letter.id))
                && wanted.from.is_none_or(|from| at >= from)
                && wanted.to.is_none_or(|to| at <= to)
        };
        let letters: Vec<DeadLetter> = self.dead_letters()?.into_iter().filter(meant).collect();
        if wanted.dry_run {
            return Ok(letters.len() as i64);
        }
        let blocks = self.config.when_full == WhenFull::Block;
        let (mut count, mut row) = (0, Vec::<Entry>::new());
        for letter in letters {
            if blocks && self.work.outbox.would_be_full(&row, self.room) {
                break;
            }
            let entry = self.once_more(&letter)?;
            if row.len() == ROW_EVENTS || length(&row) + entry.event.len() > ROW_BYTES {
                self.put_row(std::mem::take(&mut row))?;
            }
            row.push(entry);
            count += 1;
        }
        self.put_row(row)?;
        self.make_room_in_the_outbox()?;
        Ok(count)
    }

    fn once_more(&mut self, letter: &DeadLetter) -> Sql<Entry> {
        let (id, sequence) = (self.event_id(), self.next_sequence(letter.topic));
        let event = again(&letter.event, &id, sequence, self.now);
        self.work.outbox.dead.retain(|dead| dead.id != letter.id);
        self.execute(FORGET, &[letter.id.as_str().into()])?;
        Ok(Entry { topic: letter.topic, sequence, id, at: self.now, event, stands_in: false })
    }
}

impl Dead {
    fn into_letter(self) -> DeadLetter {
        let Self { id, topic, sequence, event, failure, state } = self;
        DeadLetter { id, topic, sequence, failure, published: state == 1, event }
    }
}

/// How many dead letters there are.
pub(crate) fn count_dead<S: Store>(scope: &Scope<'_, S>) -> Sql<i64> {
    let rows = scope.query(COUNT_DEAD, &[])?;
    Ok(rows.first().and_then(|row| row.first()?.integer()).unwrap_or(0))
}

fn dead_from(row: &Row) -> Option<Dead> {
    let text = |at: usize| row.get(at).and_then(Value::text);
    Some(Dead {
        id: text(0)?.to_owned(),
        topic: serde_json::from_str(text(1)?).ok()?,
        sequence: row.get(2)?.integer()?,
        event: serde_json::from_str(text(3)?).ok()?,
        failure: serde_json::from_str(text(4)?).ok()?,
        state: row.get(5)?.integer()?,
    })
}
