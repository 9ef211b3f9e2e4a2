//! A request's records on their way: placed, sent, and placed and sent again while that may help and
//! there is time. What goes to one partition goes there in its order, one batch after the other, and
//! nothing after a batch of which it is not known what became of it.

use std::collections::BTreeMap;

use embedded_kafka::protocol::{NewRecord, Outcome};
use futures_util::future::join_all;
use rskafka::chrono::{DateTime, Utc};
use rskafka::record::Record;
use tokio::time::{Duration, Instant, sleep, timeout_at};

use super::Kafka;
use super::place::{Piece, Site, batches};
use super::verdict::{Verdict, doubtful, login_refused};
use crate::log::now_ms;

/// Between attempts, growing.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// How long a topic that the brokers say is not there is waited for: as long as making one takes.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) struct Job<'a> {
    kafka: &'a Kafka,
    topic: &'a str,
    begun: Instant,
    deadline: Instant,
    now: DateTime<Utc>,
    /// What still has to be sent, in the order of the request.
    pending: Vec<Piece>,
    records: Vec<Fate>,
}

/// What is known of a record.
#[derive(Clone, Default)]
struct Fate {
    outcome: Option<Outcome>,
    /// It may have been written there.
    perhaps: Option<u32>,
}

/// What became of the records that went to a partition.
#[derive(Default)]
struct Sent {
    partition: u32,
    settled: Vec<(usize, Outcome)>,
    left: Vec<Piece>,
    /// How many at the front of `left` may have been written.
    in_doubt: usize,
}

impl<'a> Job<'a> {
    pub(super) fn new(kafka: &'a Kafka, topic: &'a str, records: Vec<NewRecord>) -> Self {
        let begun = Instant::now();
        let fates = vec![Fate::default(); records.len()];
        Self {
            kafka,
            topic,
            begun,
            deadline: begun + kafka.timeout,
            now: time(now_ms() as i64),
            pending: records.into_iter().enumerate().map(Piece::new).collect(),
            records: fates,
        }
    }

    /// Sees every record to its outcome.
    pub(super) async fn run(mut self) -> Vec<Outcome> {
        let mut pause = FIRST_PAUSE;
        while !self.pending.is_empty() {
            if let Err(outcome) = self.attempt().await {
                self.settle_all(&outcome);
            } else if !self.pending.is_empty() && !self.rest(&mut pause).await {
                let outcome = self.unknown_topic();
                self.settle_all(&outcome);
            }
        }
        let lost = || Outcome::failed(500, "the record was lost in the gateway");
        self.records.into_iter().map(|fate| fate.outcome.unwrap_or_else(lost)).collect()
    }

    /// Sends what is pending. An error is what becomes of all of it.
    async fn attempt(&mut self) -> Result<(), Outcome> {
        let partitions = self.enough_partitions().await?;
        let lanes = self.place(partitions);
        let sending = lanes.into_iter().map(|(partition, pieces)| self.send(partition, pieces));
        for sent in join_all(sending).await {
            self.take(sent);
        }
        Ok(())
    }

    /// A pause, and a look at who leads now; `false` if there is no time left.
    async fn rest(&self, pause: &mut Duration) -> bool {
        if Instant::now() + *pause >= self.deadline {
            return false;
        }
        sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        // Without brokers there is nothing to attempt, which the next attempt finds out by itself.
        timeout_at(self.deadline, self.kafka.cluster.look()).await.is_ok()
    }

    /// How many partitions the topic has: more than the records name, if there are as many.
    async fn enough_partitions(&self) -> Result<u32, Outcome> {
        let partitions = self.partitions().await?;
        let named = self.pending.iter().filter_map(|piece| piece.record.partition).max();
        if named.is_none_or(|named| named < partitions) {
            return Ok(partitions);
        }
        let _ = timeout_at(self.deadline, self.kafka.cluster.look()).await;
        Ok(self.kafka.cluster.partitions(self.topic).unwrap_or(partitions))
    }

    /// How many partitions the topic has, once it is there.
    async fn partitions(&self) -> Result<u32, Outcome> {
        let cluster = &self.kafka.cluster;
        let (mut pause, mut denied) = (FIRST_PAUSE, None);
        loop {
            if let Some(partitions) = cluster.partitions(self.topic) {
                return Ok(partitions);
            }
            match timeout_at(self.deadline, cluster.look()).await {
                Ok(Ok(topics)) if topics.contains_key(self.topic) => continue,
                Ok(Ok(_)) => self.summon(denied.get_or_insert_with(Instant::now)).await?,
                Ok(Err(reason)) => login_refused(&reason).map_or(Ok(()), Err)?,
                Err(_) => {}
            }
            if Instant::now() + pause >= self.deadline {
                return Err(self.unknown_topic());
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks for a topic that the brokers do not have, by their word since `denied`.
    async fn summon(&self, denied: &Instant) -> Result<(), Outcome> {
        if denied.elapsed() > PATIENCE {
            return Err(self.unknown_topic());
        }
        match timeout_at(self.deadline, self.kafka.cluster.summon(self.topic)).await {
            Ok(Err(Verdict::Topic(outcome) | Verdict::Record(outcome))) => Err(outcome),
            _ => Ok(()),
        }
    }

    fn unknown_topic(&self) -> Outcome {
        Outcome::unknown_topic(self.topic, self.begun.elapsed().as_millis())
    }

    /// What is pending by partitions; what has none is settled.
    fn place(&mut self, partitions: u32) -> BTreeMap<u32, Vec<Piece>> {
        let site = Site {
            topic: self.topic,
            partitions,
            max_message: self.kafka.max_message,
            waited_ms: self.begun.elapsed().as_millis(),
            turn: &self.kafka.turn,
        };
        let mut lanes: BTreeMap<u32, Vec<Piece>> = BTreeMap::new();
        for mut piece in std::mem::take(&mut self.pending) {
            match site.place(&mut piece) {
                Ok(partition) => lanes.entry(partition).or_default().push(piece),
                Err(outcome) => self.settle(piece.index, outcome),
            }
        }
        lanes
    }

    /// Sends records to their partition, batch by batch.
    async fn send(&self, partition: u32, pieces: Vec<Piece>) -> Sent {
        let mut sent = Sent { partition, ..Sent::default() };
        let mut queue = batches(pieces, self.kafka.max_message);
        while let Some(mut batch) = queue.pop_front() {
            let records = batch.iter().map(|piece| self.wire(&piece.record)).collect();
            let lane = (self.topic, partition);
            match self.kafka.cluster.produce(lane, records, self.deadline).await {
                Ok(offsets) => sent.stored(batch, &offsets),
                // One of them spoils the batch: which, shows when halves are sent.
                Err(Verdict::Record(_)) if batch.len() > 1 => {
                    queue.push_front(batch.split_off(batch.len() / 2));
                    queue.push_front(batch);
                }
                Err(Verdict::Record(outcome)) => sent.settle(batch, &outcome),
                Err(Verdict::Topic(outcome)) => {
                    sent.settle(batch.into_iter().chain(queue.drain(..).flatten()), &outcome);
                }
                Err(Verdict::Doubt) => {
                    sent.in_doubt = batch.len();
                    sent.left = batch.into_iter().chain(queue.drain(..).flatten()).collect();
                }
                Err(Verdict::Again) => {
                    sent.left = batch.into_iter().chain(queue.drain(..).flatten()).collect();
                }
            }
        }
        sent
    }

    fn wire(&self, record: &NewRecord) -> Record {
        let headers = record.headers.iter();
        Record {
            key: record.key.clone(),
            value: record.value.clone(),
            headers: headers.map(|header| (header.key.clone(), header.value.clone())).collect(),
            timestamp: record.timestamp.map_or(self.now, time),
        }
    }

    fn take(&mut self, sent: Sent) {
        for (index, outcome) in sent.settled {
            self.settle(index, outcome);
        }
        for piece in sent.left.iter().take(sent.in_doubt) {
            if let Some(fate) = self.records.get_mut(piece.index) {
                fate.perhaps = Some(sent.partition);
            }
        }
        self.pending.extend(sent.left);
        // What waits for the next attempt comes back by partitions.
        self.pending.sort_by_key(|piece| piece.index);
    }

    fn settle_all(&mut self, outcome: &Outcome) {
        for piece in std::mem::take(&mut self.pending) {
            self.settle(piece.index, outcome.clone());
        }
    }

    fn settle(&mut self, index: usize, outcome: Outcome) {
        let waited = self.begun.elapsed().as_millis();
        let Some(fate) = self.records.get_mut(index) else { return };
        fate.outcome = Some(match (outcome, fate.perhaps) {
            // An earlier attempt may have written it, whatever the last one says.
            (Outcome::Failed { .. }, Some(partition)) => doubtful(self.topic, partition, waited),
            (outcome, _) => outcome,
        });
    }
}

impl Sent {
    fn stored(&mut self, batch: Vec<Piece>, offsets: &[i64]) {
        let partition = self.partition;
        let stored = batch.into_iter().zip(offsets);
        self.settled.extend(
            stored.map(|(piece, offset)| {
                (piece.index, Outcome::Stored { partition, offset: *offset })
            }),
        );
    }

    fn settle(&mut self, pieces: impl IntoIterator<Item = Piece>, outcome: &Outcome) {
        self.settled.extend(pieces.into_iter().map(|piece| (piece.index, outcome.clone())));
    }
}

/// A time for Kafka. What is beyond the calendar's end is at its end, which brokers refuse as well.
fn time(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use embedded_kafka::protocol::{NewRecord, Outcome};

    use super::{Job, Sent};
    use crate::{Config, Kafka};

    fn kafka() -> Kafka {
        let config = Config::parse(["--token", "t", "--kafka", "127.0.0.1:1"]).unwrap();
        Kafka::new(config.kafka.as_ref().unwrap(), &config).unwrap()
    }

    fn outcomes(job: Job<'_>) -> Vec<Outcome> {
        job.records.into_iter().map(|fate| fate.outcome.unwrap()).collect()
    }

    #[test]
    fn what_may_have_been_written_is_never_called_refused() {
        let kafka = kafka();
        let mut job = Job::new(&kafka, "t", vec![NewRecord::default(); 3]);
        let left = std::mem::take(&mut job.pending);
        job.take(Sent { partition: 2, left, in_doubt: 2, ..Sent::default() });
        let stored = Outcome::Stored { partition: 2, offset: 7 };
        job.settle(1, stored.clone());
        job.pending.retain(|piece| piece.index != 1);
        let refused = Outcome::failed(500, "too large");
        job.settle_all(&refused);
        let outcomes = outcomes(job);
        let Outcome::Failed { error_code: 500, message } = &outcomes[0] else {
            panic!("{outcomes:?}")
        };
        assert!(message.starts_with("Expiring 1 record(s) for t-2:"), "{message}");
        // A later attempt that was confirmed ends the doubt; what never went out has none.
        assert_eq!(outcomes[1..], [stored, refused]);
    }

    #[test]
    fn what_waits_is_sent_again_in_the_order_of_the_request() {
        let kafka = kafka();
        let record = |partition| NewRecord { partition: Some(partition), ..NewRecord::default() };
        let mut job = Job::new(&kafka, "t", vec![record(1), record(0), record(1), record(9)]);
        let mut lanes = job.place(2);
        assert_eq!(lanes.keys().copied().collect::<Vec<_>>(), [0, 1]);
        for partition in [1, 0] {
            let left = lanes.remove(&partition).unwrap();
            job.take(Sent { partition, left, ..Sent::default() });
        }
        let again = job.place(2);
        let indices = |partition: u32| -> Vec<usize> {
            again[&partition].iter().map(|piece| piece.index).collect()
        };
        assert_eq!((indices(0), indices(1)), (vec![1], vec![0, 2]));
        let unknown = job.records[3].outcome.clone();
        assert!(matches!(unknown, Some(Outcome::Failed { error_code: 404, .. })), "{unknown:?}");
    }
}
