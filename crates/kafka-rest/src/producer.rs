//! The producer: records out, an outcome for each in, through the breaker.
//!
//! A call is one request, or several in a row where records must go alone. It stops at the first
//! record that is not delivered: whoever owns the records sends all behind that one again.

mod verdict;

use redis_rest::{Environment, HttpRequest};

use crate::said::{Next, Said, said};
use crate::v3::cluster::{self, Unfound};
use crate::{
    Api, Ban, Outcome, Passing, Produced, Proxy, Record, Settings, Transport, name, v2, v3, wire,
};

/// A producer for one proxy.
#[derive(Debug)]
pub struct Producer<T, E> {
    transport: T,
    environment: E,
    settings: Settings,
    proxy: Proxy,
}

impl<T: Transport, E: Environment> Producer<T, E> {
    /// A producer that shares `proxy` with whoever else has a clone of it.
    pub fn new(transport: T, environment: E, settings: Settings, proxy: Proxy) -> Self {
        Self { transport, environment, settings, proxy }
    }

    /// What is known of the proxy, with its breaker.
    pub fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// Sends records to a topic and says what became of each. Nothing is sent twice but what was
    /// certainly not taken.
    pub async fn produce(&self, topic: &str, records: &[Record]) -> Produced {
        if !name::is_topic(topic) {
            let reason = format!("no name of a topic: {:?}", wire::shorten(topic));
            let refused = Outcome::TopicRefused { kind: Ban::BadName, reason };
            return Produced { outcomes: vec![refused; records.len()], wait_ms: None };
        }
        let last = self.environment.now().saturating_add(self.settings.timeout_ms);
        let mut most = if self.proxy.sends_alone() { 1 } else { self.settings.api.most() };
        let mut produced = Produced::default();
        while let Some(rest) = records.get(produced.outcomes.len()..).filter(|r| !r.is_empty()) {
            let group = rest.get(..most).unwrap_or(rest);
            let said = self.attempt(topic, group).await;
            if said.next == Next::Split && most > 1 {
                most = 1;
                continue;
            }
            let delivered = said.outcomes.iter().all(Outcome::is_delivered);
            produced.outcomes.extend(said.outcomes);
            produced.wait_ms = said.wait_ms;
            if !delivered || self.environment.now() >= last {
                break;
            }
        }
        produced.outcomes.resize(records.len(), not_sent());
        produced
    }

    /// One request, if the breaker lets it through.
    async fn attempt(&self, topic: &str, records: &[Record]) -> Said {
        let (now, random) = (self.environment.now(), self.environment.random());
        let permit = match self.proxy.breaker().admit(now, random) {
            Ok(permit) => permit,
            Err(open) => {
                let wait_ms = open.until.saturating_sub(now);
                return Said::all(&held_back(wait_ms), records.len()).after(Some(wait_ms));
            }
        };
        let mut deadline_ms = self.settings.timeout_ms;
        if permit.is_probe() {
            deadline_ms = deadline_ms.min(self.proxy.breaker().probe_ms());
        }
        let said = self.exchange(topic, records, now.saturating_add(deadline_ms)).await;
        let (now, random) = (self.environment.now(), self.environment.random());
        permit.settle(&verdict::verdict(&said), now, random);
        match said.next {
            Next::Alone => self.proxy.send_alone(),
            Next::Cluster => self.proxy.keep_cluster(None),
            Next::Split | Next::Nothing => {}
        }
        said
    }

    async fn exchange(&self, topic: &str, records: &[Record], until: u64) -> Said {
        let request = match self.request(topic, records, until).await {
            Ok(request) => request,
            Err((outcome, wait_ms)) => return Said::all(&outcome, records.len()).after(wait_ms),
        };
        let answer = self.transport.send(request, self.left(until)).await;
        said(answer, self.settings.api, records.len())
    }

    async fn request(
        &self,
        topic: &str,
        records: &[Record],
        until: u64,
    ) -> Result<HttpRequest, Unfound> {
        let settings = &self.settings;
        let request = match settings.api {
            Api::V2 => v2::request(settings, topic, records),
            Api::V3 => v3::stream::request(settings, &self.cluster(until).await?, topic, records),
            Api::V3Batch => {
                v3::batch::request(settings, &self.cluster(until).await?, topic, records)
            }
        };
        // Nothing can go wrong when strings are written to memory.
        request.map_err(|error| {
            (Outcome::TopicRefused { kind: Ban::Invalid, reason: error.to_string() }, None)
        })
    }

    /// The cluster's id: as set, as known, or as the proxy says.
    async fn cluster(&self, until: u64) -> Result<String, Unfound> {
        if let Some(set) = &self.settings.cluster {
            return if name::is_cluster(set) { Ok(set.clone()) } else { Err(no_cluster(set)) };
        }
        if let Some(known) = self.proxy.cluster() {
            return Ok(known);
        }
        let url = wire::address(&self.settings, cluster::PATH);
        let headers = wire::headers(&self.settings, v3::JSON);
        let found = cluster::read(self.transport.get(&url, headers, self.left(until)).await)?;
        self.proxy.keep_cluster(Some(&found));
        Ok(found)
    }

    fn left(&self, until: u64) -> u64 {
        until.saturating_sub(self.environment.now()).max(1)
    }
}

fn no_cluster(set: &str) -> Unfound {
    let reason = format!("no id of a cluster: {:?}", wire::shorten(set));
    (Outcome::TopicRefused { kind: Ban::Invalid, reason }, None)
}

fn held_back(wait_ms: u64) -> Outcome {
    let reason = format!("the breaker is open for another {wait_ms} ms");
    Outcome::Retriable { kind: Passing::Open, reason }
}

fn not_sent() -> Outcome {
    let reason = "not sent: a record before it was not delivered, or the time was over".to_owned();
    Outcome::Retriable { kind: Passing::NotSent, reason }
}
