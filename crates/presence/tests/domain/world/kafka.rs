//! The log that events end in, and what a test lets happen to batches.

use std::collections::BTreeMap;

use presence::calls::{HubRequest, HubResponse};
use presence::effects::CallId;
use presence::ids::UserId;
use presence::outbox::{
    Batch, DeadLetter, Destination, OutboxState, Published, Record, Replay, Topic, Verdict,
};
use presence::time::Millis;

use super::network::{Body, Letter, Wire, WireKind};
use super::{LATENCY, World};

/// What becomes of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deal {
    Take,
    /// These verdicts; what is delivered is there, and what is unknown is there too.
    Say(Vec<Verdict>),
    /// Refused at once: nothing is there.
    Refuse,
    /// The same, and not to be tried again for so long.
    Later(i64),
    /// The topic is refused as a whole.
    Hold,
    /// Lost on its way: nothing is there, and nobody can say.
    Lose,
    /// It is all there, and the answer is lost.
    Mute,
}

pub type BatchPolicy = Box<dyn FnMut(&Batch) -> Deal>;

/// Every record that arrived, in order.
#[derive(Default)]
pub struct Kafka {
    pub logs: BTreeMap<Destination, Vec<(UserId, Record)>>,
    /// Every batch that was sent, and when.
    pub sent: Vec<(Millis, Batch)>,
    /// Batches under way, a user.
    pub out: BTreeMap<UserId, usize>,
}

impl Kafka {
    /// What a consumer that takes only last + 1 has of a user's lane: the types, in order.
    pub fn taken(&self, id: &str, topic: Topic) -> Vec<String> {
        let mut last = 0;
        let mut taken = Vec::new();
        for (user, record) in
            self.logs.get(&Destination { topic, dead: false }).into_iter().flatten()
        {
            let event: serde_json::Value = serde_json::from_str(&record.value).unwrap();
            let from = event["data"]["from"].as_i64().unwrap_or(record.sequence);
            if user.as_str() == id && record.sequence > last && from <= last + 1 {
                last = record.sequence;
                taken.push(
                    event["type"].as_str().unwrap().trim_start_matches("rollcall.").to_owned(),
                );
            }
        }
        taken
    }

    pub fn dead(&self, topic: Topic) -> usize {
        self.logs.get(&Destination { topic, dead: true }).map_or(0, Vec::len)
    }
}

impl World {
    pub fn dead_letters(&mut self, id: &str) -> Vec<DeadLetter> {
        match self.rest(id, HubRequest::DeadLetters) {
            Ok(HubResponse::DeadLetters { letters }) => letters,
            other => panic!("{other:?}"),
        }
    }

    pub fn replay(&mut self, id: &str, replay: Replay) -> i64 {
        match self.rest(id, HubRequest::Replay(replay)) {
            Ok(HubResponse::Replayed { count }) => count,
            other => panic!("{other:?}"),
        }
    }

    pub fn outbox(&mut self, id: &str) -> OutboxState {
        match self.rest(id, HubRequest::Outbox) {
            Ok(HubResponse::Outbox(state)) => state,
            other => panic!("{other:?}"),
        }
    }

    /// How often a lane was tried.
    pub fn tries(&self, to: Destination) -> usize {
        self.kafka.sent.iter().filter(|(_, batch)| batch.destination == to).count()
    }

    /// Time passes for a hub that the platform takes out of memory whenever it may.
    pub fn sleep_through(&mut self, id: &str, ms: i64) {
        let end = self.now + ms;
        while self.now < end {
            self.run_for(end.since(self.now).min(10_000));
            self.hibernate(id);
        }
    }

    /// Decides from now on what happens to each batch.
    pub fn kafka_does(&mut self, policy: impl FnMut(&Batch) -> Deal + 'static) {
        self.batch_policy = Box::new(policy);
    }

    pub(super) fn publish(&mut self, user: &UserId, id: CallId, batch: Batch) {
        let out = self.kafka.out.entry(user.clone()).or_default();
        *out += 1;
        assert_eq!(*out, 1, "one request of a user at a time");
        self.kafka.sent.push((self.now, batch.clone()));
        let all = |verdict: &Verdict| vec![verdict.clone(); batch.records.len()];
        let (there, after, how) = match (self.batch_policy)(&batch) {
            Deal::Take => {
                (all(&Verdict::Delivered), LATENCY, Published::Records(all(&Verdict::Delivered)))
            }
            Deal::Say(verdicts) => (verdicts.clone(), LATENCY, Published::Records(verdicts)),
            Deal::Refuse => (Vec::new(), LATENCY, Published::Failed { until: None }),
            Deal::Later(ms) => {
                (Vec::new(), LATENCY, Published::Failed { until: Some(self.now + ms) })
            }
            Deal::Hold => (Vec::new(), LATENCY, Published::Held("not allowed".into())),
            Deal::Lose => (Vec::new(), 10_000, Published::Unknown),
            Deal::Mute => (all(&Verdict::Delivered), 10_000, Published::Unknown),
        };
        let arrives = |verdict: &Verdict| matches!(verdict, Verdict::Delivered | Verdict::Unknown);
        let log = self.kafka.logs.entry(batch.destination).or_default();
        for (record, _) in
            batch.records.into_iter().zip(&there).filter(|(_, verdict)| arrives(verdict))
        {
            log.push((batch.user.clone(), record));
        }
        let (at, kind) = (self.now + after, WireKind::Other);
        let wire = Wire { at: self.now, from: user.clone(), to: user.clone(), kind, answers: None };
        let body = Body::Published(id, how);
        let (asker, to) = (user.clone(), user.clone());
        self.letters.push_back(Letter { at, asker, id: None, to, wire, body });
    }
}
