//! Every event of every change, once recorded, is in Kafka in its place (invariant 7; rules, 15 to 17).
//! What a user's changes ought to have said is known from the turns; here it is counted, and held to
//! what arrives. Between them stand the hub's rows: what is neither there nor taken by a consumer who
//! takes only last + 1 is lost.

use std::collections::{BTreeMap, BTreeSet};

use presence::calls::{HubRequest, HubResponse};
use presence::effects::{Command, Effect, LogEntry};
use presence::events::EventKind;
use presence::ids::UserId;
use presence::outbox::{Batch, Publishing, Topic, WhenFull};
use serde::Deserialize;
use serde_json::Value;

use super::{Check, Input, Judge, Outcome, Seen, breach};
use crate::disk::Disk;

pub(super) const LOST: &str = "7: an event is lost";
const PLACE: &str = "7: an outbox does not hold the events that were made";
/// What one request may carry.
const MOST_RECORDS: usize = 100;
const MOST_BYTES: usize = 256 * 1024;

/// The events of a user.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    pub lanes: [Lane; 4],
    /// What Kafka said it will never take.
    pub refused: BTreeSet<String>,
    /// The table of dead letters, oldest first.
    pub dead: Vec<(String, Topic, i64)>,
    /// Letters that were published once more.
    pub replayed: BTreeSet<String>,
    /// Placeholders that a topic holds, by the events that they stand for.
    pub placeholders: BTreeMap<String, Topic>,
    /// How many events the rows hold.
    pub rows: usize,
}

/// Those in one topic.
#[derive(Clone, Debug, Default)]
pub(super) struct Lane {
    /// In order; the first has sequence 1.
    pub made: Vec<Made>,
    /// The last sequence that a consumer has who takes only last + 1.
    pub taken: i64,
}

/// One event as it ought to be.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// Type and data.
    pub body: Value,
    pub revision: i64,
    pub time: Value,
    pub replay_of: Option<String>,
    /// Once it was seen in Kafka.
    pub id: Option<String>,
}

/// An event in a row, as far as the judge cares.
#[derive(Deserialize)]
pub(super) struct Waiting {
    pub topic: Topic,
    pub sequence: i64,
    event: String,
}

impl Waiting {
    /// Where the run begins that it stands for.
    fn first(&self) -> i64 {
        if !self.event.contains("\"rollcall.truncated\"") {
            return self.sequence;
        }
        let event: Value = serde_json::from_str(&self.event).unwrap_or_default();
        let is_run = event["type"] == "rollcall.truncated";
        event["data"]["from"].as_i64().filter(|_| is_run).unwrap_or(self.sequence)
    }
}

pub(super) fn topic_of(kind: &EventKind) -> Topic {
    match kind {
        EventKind::Online { .. } | EventKind::Offline { .. } | EventKind::Changed { .. } => {
            Topic::Presence
        }
        EventKind::SessionStarted { .. } | EventKind::SessionEnded { .. } => Topic::Session,
        EventKind::SubscriptionCreated { .. } | EventKind::SubscriptionEnded { .. } => {
            Topic::Subscription
        }
        EventKind::MessageSent { .. } => Topic::Message,
    }
}

/// Everything in the rows, in their order.
pub(super) fn waiting(disk: &Disk) -> Vec<Waiting> {
    rows(disk).into_iter().flatten().collect()
}

fn rows(disk: &Disk) -> Vec<Vec<Waiting>> {
    let rows = disk.look("SELECT body FROM outbox ORDER BY id");
    let read = |row: &presence::store::Row| serde_json::from_str(row.first()?.text()?).ok();
    rows.iter().filter_map(read).collect()
}

impl Judge {
    pub(super) fn stream(&mut self, user: &UserId) -> &mut Stream {
        if !self.streams.contains_key(user) {
            self.streams.insert(user.clone(), Stream::default());
        }
        self.streams.entry(user.clone()).or_default()
    }

    /// Kafka will never take this one.
    pub fn refuses(&mut self, user: &UserId, id: &str) {
        self.stream(user).refused.insert(id.to_owned());
    }

    /// A hub sends a batch.
    pub fn batch(&mut self, hub: &UserId, batch: &Batch) -> Check {
        let bytes: usize = batch.records.iter().map(|record| record.value.len()).sum();
        let many = batch.records.len() > MOST_RECORDS;
        let large = bytes > MOST_BYTES && batch.records.len() > 1;
        let fits = !batch.records.is_empty() && !many && !large;
        if self.config.publishing == Publishing::Off || batch.user != *hub || !fits {
            return breach("7: a batch that should not be", format!("{hub}: {batch:?}"));
        }
        Ok(())
    }

    /// After a turn, once its events are held to the change.
    pub(super) fn record(&mut self, seen: &Seen<'_>) -> Check {
        check_messages(seen)?;
        if self.config.publishing == Publishing::Off {
            return Ok(());
        }
        self.check_room(seen)?;
        if seen.wrote.contains_key("dead_letters") {
            self.dead_letters(seen)?;
        }
        let content = self.config.publishing == Publishing::Full;
        for event in seen.events {
            let mut body = serde_json::to_value(&event.kind).unwrap_or_default();
            if let (false, Some(data)) = (content, body["data"].as_object_mut()) {
                data.remove("content");
            }
            let time = serde_json::to_value(event.time).unwrap_or_default();
            let (revision, replay_of, id) = (event.revision, None, None);
            let lane = &mut self.stream(seen.user).lanes[topic_of(&event.kind).index()];
            lane.made.push(Made { body, revision, time, replay_of, id });
        }
        if seen.wrote.contains_key("outbox") { self.check_outbox(seen) } else { Ok(()) }
    }

    /// Where the outbox was full nothing began, nor did anything give way before it was (rules, 17).
    fn check_room(&mut self, seen: &Seen<'_>) -> Check {
        let (room, blocks) = (self.room, self.config.when_full == WhenFull::Block);
        let rows = self.stream(seen.user).rows;
        let begins = |kind: &EventKind| {
            matches!(
                kind,
                EventKind::SessionStarted { .. }
                    | EventKind::SubscriptionCreated { .. }
                    | EventKind::MessageSent { .. }
            )
        };
        let began = seen.events.iter().any(|event| begins(&event.kind));
        if blocks && began && rows >= room - room / 10 {
            let detail = format!("{}: {rows} events of {room}", seen.user);
            return breach("17: a full outbox took what a client began", detail);
        }
        let dropped = seen.effects.iter().any(
            |effect| matches!(effect, Effect::Log(LogEntry::EventsDropped { count, .. }) if *count > 0),
        );
        let replayed = match seen.outcome {
            Outcome::Answered(HubResponse::Replayed { count }) => *count as usize,
            _ => 0,
        };
        if dropped && (blocks || rows + seen.events.len() + replayed <= room) {
            let detail = format!("{}: {rows} events of {room}", seen.user);
            return breach("17: events gave way without need", detail);
        }
        if dropped {
            self.happened.push("events dropped");
        }
        Ok(())
    }

    /// A refusal because the outbox is full: only of what a client starts, and only if it is.
    pub(super) fn check_full(&mut self, seen: &Seen<'_>) -> Check {
        let starts = match seen.input {
            Input::Connect { .. } => true,
            Input::Command(_, command) => matches!(
                command,
                Command::Subscribe(_)
                    | Command::TopicSubscribe(_)
                    | Command::SetStatus(_)
                    | Command::SendMessage { .. }
            ),
            Input::Call(request) => match request {
                HubRequest::Subscribe { .. } | HubRequest::SetStatus(_) => true,
                HubRequest::Replay(replay) => !replay.dry_run,
                _ => false,
            },
            _ => false,
        };
        let (room, rows) = (self.room, waiting(seen.disk).len());
        let blocks = self.config.when_full == WhenFull::Block;
        let publishes = self.config.publishing != Publishing::Off;
        if starts && blocks && publishes && rows >= room - room / 10 {
            self.happened.push("outbox full");
            return Ok(());
        }
        let detail = format!("{}: {rows} of {room}, {:?}", seen.user, seen.input);
        breach("17: refused as if the outbox were full", detail)
    }

    /// Of each lane the rows hold, in order and without a gap, whatever a consumer does not have yet:
    /// what has left them is in Kafka. (Of what it has some may stay, in the row of others.)
    fn check_outbox(&mut self, seen: &Seen<'_>) -> Check {
        let rows = rows(seen.disk);
        // What came last stays whole, and one placeholder a lane stands before it.
        let most = self.room + rows.last().map_or(0, Vec::len) + Topic::ALL.len();
        let all: Vec<Waiting> = rows.into_iter().flatten().collect();
        let drops = self.config.when_full == WhenFull::DropOldest;
        let stream = self.stream(seen.user);
        stream.rows = all.len();
        if drops && all.len() > most {
            return breach("17: an outbox holds too much", format!("{}: {}", seen.user, all.len()));
        }
        for topic in Topic::ALL {
            let lane = &stream.lanes[topic.index()];
            let made = lane.made.len() as i64;
            let (mut next, mut last) = (lane.taken + 1, 0);
            for entry in all.iter().filter(|entry| entry.topic == topic) {
                if entry.sequence <= last || entry.sequence > made {
                    let detail = format!("{} {topic:?}: {} of {made}", seen.user, entry.sequence);
                    return breach(PLACE, detail);
                }
                last = entry.sequence;
                if last >= next && entry.first() > next {
                    return lane.lost(seen.user, topic, entry.first() - 1);
                }
                next = next.max(last + 1);
            }
            if next <= made {
                return lane.lost(seen.user, topic, made);
            }
        }
        Ok(())
    }

    /// What is new there was refused; what is gone is published once more (rules, 16).
    fn dead_letters(&mut self, seen: &Seen<'_>) -> Check {
        let rows = dead(seen.disk);
        let now = serde_json::to_value(presence::time::Millis(seen.clock)).unwrap_or_default();
        let stream = self.stream(seen.user);
        let letters = rows.into_iter().map(|(letter, _)| letter).collect::<Vec<_>>();
        for (id, topic, sequence) in &letters {
            if !stream.refused.contains(id) {
                let detail = format!("{} {topic:?} {sequence}: {id}", seen.user);
                return breach("16: a dead letter that was never refused", detail);
            }
        }
        let gone: Vec<_> =
            stream.dead.iter().filter(|letter| !letters.contains(letter)).cloned().collect();
        stream.dead = letters;
        let again = matches!(seen.input, Input::Call(HubRequest::Replay(_)));
        let count = match seen.outcome {
            Outcome::Answered(HubResponse::Replayed { count }) if again => *count,
            _ => 0,
        };
        if gone.len() as i64 != count {
            let detail = format!("{}: {gone:?} are gone, {count} replayed", seen.user);
            return breach("16: a dead letter is lost", detail);
        }
        for (id, topic, sequence) in gone {
            let lane = &mut stream.lanes[topic.index()];
            let Some(made) = lane.made.get((sequence - 1) as usize).cloned() else { continue };
            stream.replayed.insert(id.clone());
            let time = now.clone();
            lane.made.push(Made { replay_of: Some(id), id: None, time, ..made });
        }
        if count > 0 {
            self.happened.push("replay");
        }
        Ok(())
    }
}

/// The table of dead letters, oldest first, each with its state.
pub(super) fn dead(disk: &Disk) -> Vec<((String, Topic, i64), i64)> {
    let rows = disk.look("SELECT id, topic, sequence, state FROM dead_letters ORDER BY at, id");
    let read = |row: &presence::store::Row| {
        let topic = serde_json::from_str(row.get(1)?.text()?).ok()?;
        let letter = (row.first()?.text()?.to_owned(), topic, row.get(2)?.integer()?);
        Some((letter, row.get(3)?.integer()?))
    };
    rows.iter().filter_map(read).collect()
}

impl Lane {
    pub(super) fn lost(&self, user: &UserId, topic: Topic, to: i64) -> Check {
        let taken = self.taken;
        breach(
            LOST,
            format!("{user} {topic:?}: a consumer has {taken} and not what follows to {to}"),
        )
    }
}

/// A message's event says what was sent, and nothing else makes one.
fn check_messages(seen: &Seen<'_>) -> Check {
    for event in seen.events {
        let EventKind::MessageSent { client_message_id, to, content, .. } = &event.kind else {
            continue;
        };
        let same = matches!(seen.input, Input::Command(_, Command::SendMessage {
            to: asked, client_message_id: name, content: said,
        }) if asked.iter().all(|id| to.contains(id))
            && to.iter().all(|id| asked.contains(id)) && name == client_message_id
            && said == content);
        if !same {
            return breach("7: events do not match the change", format!("{event:?}"));
        }
    }
    Ok(())
}
