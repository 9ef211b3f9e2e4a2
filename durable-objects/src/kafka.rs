//! Kafka, as the hubs reach it: through a REST proxy. One producer an object; what is known of the proxy,
//! with its breaker, an isolate.

use std::rc::Rc;

use edge::config::{KafkaApi, KafkaSettings};
use kafka_rest::{Api, Outcome, Passing, Produced, Producer, Proxy, Record, Settings, State};
use presence::outbox::{Batch, Destination, Published, Verdict};
use worker::Env;

use crate::outside::{self, Names, Refusals};
use crate::platform::clock;
use crate::platform::embedded::Embedded;
use crate::platform::environment::Edge;
use crate::platform::fetch::Way;

const NAMES: Names = Names {
    opened: "kafka.breaker.opened",
    half_opened: "kafka.breaker.half_opened",
    closed: "kafka.breaker.closed",
    refused: "kafka.refused",
};

/// How long a request may take, in milliseconds. A call of several takes at most twice that, which is less
/// than the domain waits: no batch of a user is still under way when the next one leaves.
const TIMEOUT: u64 = 4_500;

/// CloudEvents in a record's value say so (CloudEvents Kafka binding, 3.3.1), where there are headers.
const CONTENT_TYPE: (&str, &str) = ("content-type", "application/cloudevents+json; charset=UTF-8");

thread_local! {
    static PROXY: Proxy = Proxy::default();
    static REFUSALS: Refusals = const { Refusals::new() };
}

/// A Kafka to publish to.
pub struct Kafka {
    producer: Producer<Way, Edge>,
    topics: [String; 4],
}

impl Kafka {
    /// The one that the settings name.
    pub fn new(env: &Env, settings: &KafkaSettings) -> Rc<Self> {
        let (way, url) = match settings.url.as_deref() {
            None => (Way::Inside(env.clone(), Embedded::Kafka), Embedded::Kafka.origin()),
            Some(url) => (Way::Outside, url),
        };
        let api = match settings.api {
            KafkaApi::V2 => Api::V2,
            KafkaApi::V3 => Api::V3,
        };
        let producer = Settings {
            authorization: settings.auth.clone(),
            timeout_ms: TIMEOUT,
            ..Settings::new(url, api)
        };
        let producer = Producer::new(way, Edge, producer, PROXY.with(Clone::clone));
        Rc::new(Self { producer, topics: settings.topics.clone() })
    }

    /// The breaker's state in this isolate.
    pub fn state(&self) -> State {
        self.producer.proxy().breaker().state()
    }

    /// Sends a batch once, and says what became of each record.
    pub async fn publish(&self, batch: &Batch) -> Published {
        let record = |record: &presence::outbox::Record| {
            let (name, value) = CONTENT_TYPE;
            Record::new(batch.user.as_str(), record.value.as_str()).header(name, value)
        };
        let records: Vec<Record> = batch.records.iter().map(record).collect();
        let produced = self.producer.produce(&self.topic(batch.destination), &records).await;
        outside::report(self.producer.proxy().breaker(), &NAMES);
        published(produced)
    }

    fn topic(&self, destination: Destination) -> String {
        let name = self.topics.get(destination.topic.index()).map_or("", String::as_str);
        if destination.dead { format!("{name}.dlq") } else { name.to_owned() }
    }
}

/// What the follower is told. A topic that takes nothing, or is not there, holds its lane: only the first
/// record that was not delivered says so, since what came before it was taken.
fn published(produced: Produced) -> Published {
    let first = produced.outcomes.iter().find(|outcome| !outcome.is_delivered());
    if let Some(outcome) = first.filter(|outcome| needs_somebody(outcome)) {
        REFUSALS.with(|refusals| refusals.tell(&NAMES, outcome.reason()));
    }
    let until = produced.wait_ms.map(|ms| clock::now() + ms as i64);
    match produced.outcomes.first() {
        Some(
            Outcome::TopicRefused { reason, .. }
            | Outcome::Retriable { kind: Passing::NotFound, reason },
        ) => Published::Held(reason.clone()),
        Some(Outcome::Retriable { .. }) if until.is_some() => Published::Failed { until },
        _ => Published::Records(produced.outcomes.into_iter().map(verdict).collect()),
    }
}

fn needs_somebody(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::TopicRefused { .. } | Outcome::Refused { .. } => true,
        Outcome::Retriable { kind, .. } => {
            matches!(kind, Passing::NotFound | Passing::Unrecognised)
        }
        Outcome::Delivered { .. } | Outcome::Unknown { .. } => false,
    }
}

fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Delivered { .. } => Verdict::Delivered,
        Outcome::Retriable { .. } | Outcome::TopicRefused { .. } => Verdict::Retriable,
        Outcome::Refused { reason, .. } => Verdict::Refused(reason),
        Outcome::Unknown { .. } => Verdict::Unknown,
    }
}
