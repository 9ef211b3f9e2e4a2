//! The way to Kafka: batches wait for their answer like calls, and each is held to what Kafka has.

use std::collections::{BTreeMap, BTreeSet};

use presence::calls::{HubAnswer, HubRequest, HubResponse};
use presence::effects::{CallId, NoAnswer};
use presence::errors::ErrorCode;
use presence::events::{Event, EventKind};
use presence::outbox::{
    Batch, DeadLetter, OutboxState, Published, Publishing, Record, Topic, Verdict, WhenFull,
};
use presence::time::Millis;
use serde_json::Value;

use super::{Shell, Waits};

/// What one request may carry; a record that is longer goes alone.
const MOST_RECORDS: usize = 100;
const MOST_BYTES: usize = 256 * 1024;
/// The hub has never asked so often.
const NO_CALL: CallId = CallId(u64::MAX);

/// What was made, and what of it is there.
#[derive(Default)]
pub(super) struct Kafka {
    lanes: BTreeMap<Topic, Lane>,
    /// Refused for good while the hub listened, and not published once more since.
    refused: BTreeSet<String>,
    /// How many batches were sent.
    pub(super) batches: usize,
}

#[derive(Default)]
struct Lane {
    made: i64,
    /// The last that a consumer has who takes only last + 1.
    taken: i64,
    /// The same, as far as the hub's memory goes: of this nothing is sent again.
    known: i64,
}

impl Kafka {
    pub(super) fn made(&mut self, event: &Event) {
        self.lanes.entry(topic_of(&event.kind)).or_default().made += 1;
    }

    /// Some of what was confirmed may be sent again from now on.
    pub(super) fn hub_forgets(&mut self) {
        self.lanes.values_mut().for_each(|lane| lane.known = 0);
    }

    /// No gap after what is there, none within, nothing twice that the hub knows to be there.
    fn check_order(&mut self, batch: &Batch) {
        let lane = self.lanes.entry(batch.destination.topic).or_default();
        let mut last = None;
        for record in &batch.records {
            let event = read(record);
            let from = first_of(&event, record.sequence);
            assert!((1..=record.sequence).contains(&from), "{record:?}");
            match last {
                None => assert!(from <= lane.taken + 1, "a gap after {}: {record:?}", lane.taken),
                Some(last) => assert_eq!(from, last + 1, "a gap in a batch: {record:?}"),
            }
            assert!(record.sequence > lane.known, "it is there: {record:?}");
            last = Some(record.sequence);
        }
    }

    /// What an answer says is there, up to the first that is not.
    fn take(&mut self, batch: &Batch, published: &Published) {
        let Published::Records(verdicts) = published else { return };
        if batch.destination.dead || verdicts.len() != batch.records.len() {
            return;
        }
        let lane = self.lanes.entry(batch.destination.topic).or_default();
        for (record, verdict) in batch.records.iter().zip(verdicts) {
            match verdict {
                Verdict::Delivered => lane.taken = lane.taken.max(record.sequence),
                _ => break,
            }
        }
        lane.known = lane.taken;
    }

    /// The hub has heard that the first that is not there never will be.
    fn refuse(&mut self, batch: &Batch, published: &Published) {
        let Published::Records(verdicts) = published else { return };
        let mut others = batch.records.iter().zip(verdicts);
        let first = others.find(|(_, verdict)| **verdict != Verdict::Delivered);
        let Some((record, Verdict::Refused(_))) = first else { return };
        let heard = !batch.destination.dead && verdicts.len() == batch.records.len();
        if heard && !stands_in(record) {
            self.refused.insert(record.id.clone());
        }
    }
}

impl Shell {
    /// One at a time, of this user, of a size that Kafka takes, in order.
    pub(super) fn check_batch(&mut self, batch: &Batch) {
        self.kafka.batches += 1;
        assert_ne!(self.config.publishing, Publishing::Off, "there is no Kafka");
        let under_way = |waiting: &super::Waiting| matches!(waiting.to, Waits::Kafka(_));
        assert!(!self.waiting.iter().any(under_way), "a batch beside another");
        assert_eq!(batch.user, self.user);
        let bytes: usize = batch.records.iter().map(|record| record.value.len()).sum();
        assert!((1..=MOST_RECORDS).contains(&batch.records.len()), "{}", batch.records.len());
        assert!(bytes <= MOST_BYTES || batch.records.len() == 1, "{bytes} bytes");
        if self.sound {
            batch.records.iter().for_each(|record| self.check_record(batch, record));
            if !batch.destination.dead {
                self.kafka.check_order(batch);
            }
        }
    }

    /// Its envelope says what the hub says of it.
    fn check_record(&self, batch: &Batch, record: &Record) {
        let event = read(record);
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["id"], record.id.as_str());
        assert_eq!(event["subject"], self.user.as_str());
        assert_eq!(event["sequence"], format!("{:020}", record.sequence));
        assert_eq!(event["failure"].is_object(), batch.destination.dead, "{event}");
        let refused = !batch.destination.dead && self.kafka.refused.contains(&record.id);
        assert!(!refused || stands_in(record), "refused for good, and sent again: {event}");
        let content = &event["data"]["content"];
        assert!(self.config.publishing == Publishing::Full || content.is_null(), "{event}");
    }

    /// Brings what became of a batch; first, perhaps, of one that the hub does not wait for.
    pub(super) fn publish(
        &mut self,
        id: CallId,
        batch: &Batch,
        answer: Option<Result<HubAnswer, NoAnswer>>,
    ) {
        let count = batch.records.len();
        if matches!(answer, Some(Ok(Ok(HubResponse::Done)))) {
            let all = Published::Records(vec![Verdict::Delivered; count]);
            drop(self.turn(|hub, turn| hub.published(turn, NO_CALL, all)));
        }
        let published = self.published(count, answer);
        self.kafka.take(batch, &published);
        let said = published.clone();
        if self.turn(|hub, turn| hub.published(turn, id, said)).is_ok() && self.sound {
            self.kafka.refuse(batch, &published);
        }
    }

    /// What an answer means where Kafka was asked.
    fn published(&self, count: usize, answer: Option<Result<HubAnswer, NoAnswer>>) -> Published {
        let response = match answer {
            None => HubResponse::Done,
            Some(Err(NoAnswer)) => return Published::Unknown,
            Some(Ok(Err(refusal))) if refusal.code == ErrorCode::TooLate => {
                return Published::Failed { until: Some(self.now + 30_000) };
            }
            Some(Ok(Err(_))) => return Published::Held("no such topic".into()),
            Some(Ok(Ok(response))) => response,
        };
        let count = count as i64;
        let all = |verdict: Verdict, many: i64| vec![verdict; usize::try_from(many).unwrap_or(0)];
        let refused = || Verdict::Refused("never".into());
        Published::Records(match response {
            HubResponse::Unwatched => return Published::Failed { until: None },
            HubResponse::Watched { generation, .. } => {
                (0..count).map(|at| verdict(generation >> (2 * at % 62))).collect()
            }
            HubResponse::Notified { watching: true, awake: true, .. } => all(refused(), count),
            HubResponse::Notified { watching: true, .. } => all(Verdict::Retriable, count),
            HubResponse::Notified { .. } => all(Verdict::Unknown, count),
            HubResponse::Delivered { sessions } => {
                let good = sessions.min(count);
                [all(Verdict::Delivered, good), all(refused(), count - good)].concat()
            }
            // One too few, and one too many.
            HubResponse::Presence(of) if of.online => all(Verdict::Delivered, count - 1),
            HubResponse::Presence(_) => all(Verdict::Delivered, count + 1),
            _ => all(Verdict::Delivered, count),
        })
    }

    /// Dead letters become events once more.
    pub(crate) fn replay(&mut self, request: HubRequest, not_after: Millis) {
        let letters = self.dead_letters();
        let dry = matches!(&request, HubRequest::Replay(replay) if replay.dry_run);
        let answer = self.call(request, not_after);
        let Ok(HubResponse::Replayed { count }) = answer else { return };
        assert_eq!(count, letters.len() as i64);
        for letter in letters.into_iter().filter(|_| !dry) {
            self.kafka.lanes.entry(letter.topic).or_default().made += 1;
            self.kafka.refused.remove(&letter.id);
        }
    }

    fn dead_letters(&mut self) -> Vec<DeadLetter> {
        match self.call(HubRequest::DeadLetters, Millis(i64::MAX)) {
            Ok(HubResponse::DeadLetters { letters }) => letters,
            Err(_) if self.refusing => Vec::new(),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn outbox(&mut self) -> OutboxState {
        match self.call(HubRequest::Outbox, Millis(i64::MAX)) {
            Ok(HubResponse::Outbox(state)) => state,
            other => panic!("{other:?}"),
        }
    }

    /// Kafka took all: then every event is there, or a dead letter says why not.
    pub(super) fn check_outbox_at_rest(&mut self) {
        if !self.sound || self.config.publishing == Publishing::Off {
            return;
        }
        let OutboxState { waiting, full, held, .. } = self.outbox();
        assert_eq!((waiting, full, held), (0, false, Vec::new()));
        for (topic, lane) in &self.kafka.lanes {
            assert_eq!(lane.taken, lane.made, "{topic:?}: an event is lost");
        }
        // Where the oldest give way, one that was refused may have given way before its answer came.
        if self.config.when_full == WhenFull::Block {
            let letters: BTreeSet<_> = self.dead_letters().into_iter().map(|it| it.id).collect();
            assert!(self.kafka.refused.is_subset(&letters), "a dead letter is lost");
        }
    }
}

fn verdict(bits: i64) -> Verdict {
    match bits & 3 {
        0 => Verdict::Refused("never".into()),
        1 => Verdict::Retriable,
        2 => Verdict::Unknown,
        _ => Verdict::Delivered,
    }
}

fn read(record: &Record) -> Value {
    serde_json::from_str(&record.value).expect("an event is JSON")
}

/// Where a run begins that this event stands for.
fn first_of(event: &Value, sequence: i64) -> i64 {
    let is_run = event["type"] == "rollcall.truncated";
    event["data"]["from"].as_i64().filter(|_| is_run).unwrap_or(sequence)
}

fn stands_in(record: &Record) -> bool {
    let event = read(record);
    event["type"] == "rollcall.truncated" || event["type"] == "rollcall.deadletter"
}

/// The lane that the contract gives an event (§5).
fn topic_of(kind: &EventKind) -> Topic {
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
