//! A log, its storage and a clock that stands still.

use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use embedded_kafka::{Answer, Config, Engine, Request};
use presence::sqlite::SqliteStore;
use serde_json::{Value, json};

pub const JSON: &str = "application/vnd.kafka.json.v2+json";
pub const BINARY: &str = "application/vnd.kafka.binary.v2+json";
pub const TEXT: &str = "application/vnd.kafka.text.v2+json";
/// When it is.
pub const NOON: i64 = 1_764_000_000_000;

pub struct World {
    pub store: Rc<SqliteStore>,
    pub engine: Engine<Rc<SqliteStore>>,
    pub config: Config,
    pub now: i64,
}

impl World {
    pub fn new(config: Config) -> Self {
        let store = Rc::new(SqliteStore::in_memory().unwrap());
        let engine = Engine::new(Rc::clone(&store), config);
        Self { store, engine, config, now: NOON }
    }

    /// With topics of so many partitions.
    pub fn with_partitions(partitions: u32) -> Self {
        Self::new(Config { partitions, ..Config::default() })
    }

    /// Another engine on the same storage.
    pub fn restart(&mut self) {
        self.engine = Engine::new(Rc::clone(&self.store), self.config);
    }

    pub fn ask(&mut self, request: &Request<'_>) -> Answer {
        self.engine.handle(request, self.now)
    }

    pub fn post(&mut self, path: &str, content_type: &str, body: &str) -> (u16, Value) {
        let (path, query) = cut(path);
        let answer = self.ask(&Request {
            method: "POST",
            path,
            query,
            content_type: Some(content_type),
            body: body.as_bytes(),
            ..Request::default()
        });
        read(&answer)
    }

    pub fn get(&mut self, path: &str) -> (u16, Value) {
        let (path, query) = cut(path);
        read(&self.ask(&Request { method: "GET", path, query, ..Request::default() }))
    }

    /// The answer, whatever it is.
    pub fn get_raw(&mut self, path: &str) -> Answer {
        let (path, query) = cut(path);
        self.ask(&Request { method: "GET", path, query, ..Request::default() })
    }

    /// What was stored of the records, as `(partition, offset)`.
    pub fn produce(&mut self, topic: &str, records: &[Value]) -> Vec<(u32, i64)> {
        let body = json!({ "records": records }).to_string();
        let (status, answer) = self.post(&format!("/topics/{topic}"), BINARY, &body);
        assert_eq!(status, 200, "{answer}");
        answer["offsets"].as_array().unwrap().iter().map(place).collect()
    }

    /// The messages of a partition from an offset on.
    pub fn messages(&mut self, topic: &str, partition: u32, offset: i64) -> Value {
        let path =
            format!("/topics/{topic}/partitions/{partition}/messages?offset={offset}&count=1000");
        let (status, answer) = self.get(&path);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// The offsets that a partition says it keeps, after looking that it does.
    pub fn kept(&mut self, topic: &str, partition: u32) -> std::ops::Range<i64> {
        let (mut from, mut seen) = (0, Vec::new());
        loop {
            let page = self.messages(topic, partition, from);
            let offsets = page["messages"].as_array().unwrap().iter();
            seen.extend(offsets.map(|message| message["offset"].as_i64().unwrap()));
            let range =
                page["beginning_offset"].as_i64().unwrap()..page["end_offset"].as_i64().unwrap();
            let next = page["next_offset"].as_i64().unwrap();
            let at_the_end = next == range.end;
            assert!(at_the_end || next > from.max(range.start), "no way on from {from}: {range:?}");
            from = next;
            if at_the_end {
                assert_eq!(seen, range.clone().collect::<Vec<_>>());
                return range;
            }
        }
    }
}

pub fn place(outcome: &Value) -> (u32, i64) {
    let number = |name: &str| outcome[name].as_i64().unwrap_or_else(|| panic!("{outcome}"));
    (number("partition") as u32, number("offset"))
}

/// A record for [`World::produce`].
pub fn record(key: &str, value: &str) -> Value {
    json!({ "key": STANDARD.encode(key), "value": STANDARD.encode(value) })
}

/// One without a key.
pub fn keyless(value: &str) -> Value {
    json!({ "value": STANDARD.encode(value) })
}

pub fn read(answer: &Answer) -> (u16, Value) {
    let body = if answer.body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&answer.body).unwrap()
    };
    (answer.status, body)
}

fn cut(path: &str) -> (&str, Option<&str>) {
    path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)))
}
