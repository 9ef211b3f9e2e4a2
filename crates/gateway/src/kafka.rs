//! Kafka as the gateway sees it: records in, what became of each out.

mod cluster;
mod dial;
mod job;
mod place;
mod verdict;

use std::sync::atomic::AtomicU32;
use std::time::Duration;

use embedded_kafka::is_legal;
use embedded_kafka::protocol::{NewRecord, Outcome};

use crate::{Config, KafkaTarget};
use cluster::Cluster;
use dial::Dial;
use job::Job;

/// How long what is known of the topics is good, if nothing shows before that it is not: a topic that
/// got more partitions has them for records with keys after this time.
pub(crate) const FRESH: Duration = Duration::from_secs(10);

/// The Kafka that is served.
pub struct Kafka {
    cluster: Cluster,
    /// A request may take this long.
    timeout: Duration,
    /// Bytes of a record.
    max_message: usize,
    /// Whose turn it is among the partitions, for records without a key.
    turn: AtomicU32,
}

impl Kafka {
    /// Prepares to serve a Kafka. Nothing is connected yet.
    pub fn new(target: &KafkaTarget, config: &Config) -> Result<Self, String> {
        let cluster = Cluster::new(target.to_string(), Dial::new(target)?, config.times.connect);
        let (timeout, max_message) = (target.timeout, target.max_message);
        Ok(Self { cluster, timeout, max_message, turn: AtomicU32::new(0) })
    }

    /// Writes records to a topic, and says what became of each once that is certain, or the time over.
    pub(crate) async fn produce(&self, topic: &str, records: Vec<NewRecord>) -> Vec<Outcome> {
        if !is_legal(topic) {
            return vec![Outcome::illegal_topic(topic); records.len()];
        }
        Job::new(self, topic, records).run().await
    }

    /// The topics by name, each with the number of its partitions.
    pub(crate) async fn topics(&self) -> Result<cluster::Topics, String> {
        self.cluster.look().await
    }

    /// Whether Kafka is there.
    pub async fn ping(&self) -> Result<(), String> {
        self.cluster.look().await.map(|_| ())
    }
}
