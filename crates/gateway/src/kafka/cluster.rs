//! The brokers: the client that found them, the topics that they have, and a connection to the leader
//! of each partition that is written to.
//!
//! All three are kept while they work and thrown away together when the brokers do not answer: the next
//! look begins at the addresses that were configured, wherever the brokers were meanwhile. At most one
//! looks at a time; who comes meanwhile shares what the next one sees.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex as Lock, MutexGuard, PoisonError};

use rskafka::client::Client;
use rskafka::client::partition::{Compression, PartitionClient, UnknownTopicHandling};
use rskafka::record::Record;
use rskafka::topic::Topic;
use tokio::sync::{Mutex, OnceCell};
use tokio::time::{Duration, Instant, timeout, timeout_at};

use super::dial::Dial;
use super::verdict::{Verdict, verdict};
use crate::watch::Watch;

/// How long the failure of a look answers for the next one.
const PAUSE: Duration = Duration::from_millis(50);

/// Topics by name, each with the number of its partitions.
pub(crate) type Topics = Arc<BTreeMap<String, u32>>;

/// A connection to a partition's leader, made by whoever needs it first.
type Lane = Arc<OnceCell<PartitionClient>>;

pub(super) struct Cluster {
    dial: Dial,
    /// A look may take this long.
    limit: Duration,
    kept: Lock<Kept>,
    looking: Mutex<Option<Look>>,
    watch: Watch,
}

#[derive(Default)]
struct Kept {
    client: Option<Arc<Client>>,
    topics: Topics,
    lanes: HashMap<(String, u32), Lane>,
}

/// The last look.
struct Look {
    begun: Instant,
    ended: Instant,
    seen: Result<Topics, String>,
}

impl Look {
    /// Whether it answers for one who came at that time.
    fn answers(&self, came: Instant) -> bool {
        self.begun >= came || (self.seen.is_err() && self.ended.elapsed() < PAUSE)
    }
}

impl Cluster {
    pub(super) fn new(name: String, dial: Dial, limit: Duration) -> Self {
        let (kept, looking) = (Lock::default(), Mutex::default());
        Self { dial, limit, kept, looking, watch: Watch::new("kafka", name) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing is left half done under this lock.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many partitions a topic had when it was last looked for.
    pub(super) fn partitions(&self, topic: &str) -> Option<u32> {
        self.kept().topics.get(topic).copied()
    }

    /// What topics there are now.
    pub(super) async fn look(&self) -> Result<Topics, String> {
        let came = Instant::now();
        let mut last = self.looking.lock().await;
        if let Some(look) = last.as_ref().filter(|look| look.answers(came)) {
            return look.seen.clone();
        }
        let begun = Instant::now();
        let late = || Err(format!("no answer within {} ms", self.limit.as_millis()));
        let seen = timeout(self.limit, self.ask()).await.unwrap_or_else(|_| late());
        match &seen {
            Ok(_) => self.watch.up(),
            Err(reason) => {
                self.forget();
                self.watch.down(reason);
            }
        }
        *last = Some(Look { begun, ended: Instant::now(), seen: seen.clone() });
        seen
    }

    async fn ask(&self) -> Result<Topics, String> {
        let client = self.kept().client.clone();
        if let Some(client) = client {
            match client.list_topics().await {
                Ok(topics) => return Ok(self.keep(topics)),
                // Its connection may have died long ago: that alone says nothing of the brokers.
                Err(_) => self.forget(),
            }
        }
        let client = Arc::new(self.dial.client().await?);
        let topics = client.list_topics().await.map_err(|error| error.to_string())?;
        self.kept().client = Some(client);
        Ok(self.keep(topics))
    }

    fn keep(&self, topics: Vec<Topic>) -> Topics {
        // A topic that is being made, or taken away, has none.
        let made = topics.into_iter().filter(|topic| !topic.partitions.is_empty());
        let counted = made.map(|topic| (topic.name, topic.partitions.len() as u32));
        let topics: Topics = Arc::new(counted.collect());
        let mut kept = self.kept();
        kept.lanes.retain(|(topic, partition), _| {
            topics.get(topic).is_some_and(|partitions| partition < partitions)
        });
        kept.topics = topics.clone();
        topics
    }

    fn forget(&self) {
        *self.kept() = Kept::default();
    }

    /// Asks for a topic by its name, on which brokers that make topics make it. An error says why not.
    pub(super) async fn summon(&self, topic: &str) -> Result<(), Verdict> {
        self.open(topic, 0).await.map(|_| ())
    }

    /// Writes a batch to a partition; answers its offsets. An error but a refusal of records costs the
    /// connection: the next one finds out who leads now.
    pub(super) async fn produce(
        &self,
        (topic, partition): (&str, u32),
        records: Vec<Record>,
        deadline: Instant,
    ) -> Result<Vec<i64>, Verdict> {
        let lane = self.lane(topic, partition);
        let written = self.write(&lane, (topic, partition), records, deadline).await;
        if matches!(written, Err(Verdict::Again | Verdict::Doubt)) {
            self.close(topic, partition, &lane);
        }
        written
    }

    async fn write(
        &self,
        lane: &Lane,
        (topic, partition): (&str, u32),
        records: Vec<Record>,
        deadline: Instant,
    ) -> Result<Vec<i64>, Verdict> {
        let opening = lane.get_or_try_init(|| self.open(topic, partition));
        let client = timeout_at(deadline, opening).await.map_err(|_| Verdict::Again)??;
        let producing = client.produce(records, Compression::NoCompression);
        let produced = timeout_at(deadline, producing).await.map_err(|_| Verdict::Doubt)?;
        produced.map_err(|error| verdict(&error, topic))
    }

    async fn open(&self, topic: &str, partition: u32) -> Result<PartitionClient, Verdict> {
        let client = self.kept().client.clone().ok_or(Verdict::Again)?;
        let opened = client.partition_client(topic, partition as i32, UnknownTopicHandling::Error);
        opened.await.map_err(|error| match verdict(&error, topic) {
            // Nothing was sent to be in doubt about.
            Verdict::Doubt => Verdict::Again,
            other => other,
        })
    }

    fn lane(&self, topic: &str, partition: u32) -> Lane {
        self.kept().lanes.entry((topic.to_owned(), partition)).or_default().clone()
    }

    /// Gives a connection up, unless another one took its place.
    fn close(&self, topic: &str, partition: u32, lane: &Lane) {
        let key = (topic.to_owned(), partition);
        let mut kept = self.kept();
        if kept.lanes.get(&key).is_some_and(|now| Arc::ptr_eq(now, lane)) {
            kept.lanes.remove(&key);
        }
    }
}
