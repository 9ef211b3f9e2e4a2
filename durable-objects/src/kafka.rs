//! Kafka, as the hubs reach it: through a REST proxy. One producer an object; what is known of the proxy,
//! with its breaker, an isolate.

use std::rc::Rc;

use edge::config::{KafkaApi, KafkaSettings};
use kafka_rest::{Api, Producer, Proxy, Settings, State};
use presence::outbox::{Batch, Published};
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

thread_local! {
    static PROXY: Proxy = Proxy::default();
    static REFUSALS: Refusals = const { Refusals::new() };
}

/// A Kafka to publish to.
pub(crate) struct Kafka {
    producer: Producer<Way, Edge>,
    topics: [String; 4],
}

impl Kafka {
    /// The one that the settings name.
    pub(crate) fn new(env: &Env, settings: &KafkaSettings) -> Rc<Self> {
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
    pub(crate) fn state(&self) -> State {
        self.producer.proxy().breaker().state()
    }

    /// Sends a batch once, and says what became of each record.
    pub(crate) async fn publish(&self, batch: &Batch) -> Published {
        let topic = publisher::topic(&self.topics, batch.destination);
        let produced = self.producer.produce(&topic, &publisher::records(batch)).await;
        outside::report(self.producer.proxy().breaker(), &NAMES);
        if let Some(why) = publisher::trouble(&produced) {
            REFUSALS.with(|refusals| refusals.tell(&NAMES, why));
        }
        publisher::published(produced, clock::now())
    }
}
