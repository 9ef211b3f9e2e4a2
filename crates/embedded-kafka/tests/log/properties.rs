//! What holds for all histories: offsets without a hole, order, every byte, nothing gone from the middle.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use embedded_kafka::murmur2::partition_of;
use embedded_kafka::{Config, Record, Request, Retention, Scope};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{BINARY, World, place, read};

const PARTITIONS: u32 = 3;

/// What a producer sends.
#[derive(Clone, Debug)]
struct Sent {
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    partition: Option<u32>,
    headers: Vec<(String, Vec<u8>)>,
}

impl Sent {
    fn json(&self) -> Value {
        let mut record =
            json!({ "value": self.value.as_ref().map(|value| STANDARD.encode(value)) });
        if let Some(key) = &self.key {
            record["key"] = json!(STANDARD.encode(key));
        }
        if let Some(partition) = self.partition {
            record["partition"] = json!(partition);
        }
        let headers = self.headers.iter();
        record["headers"] = headers
            .map(|(key, value)| json!({ "key": key, "value": STANDARD.encode(value) }))
            .collect();
        record
    }

    fn is(&self, record: &Record) -> bool {
        let headers: Vec<_> = record
            .headers
            .iter()
            .map(|header| (header.key.clone(), header.value.clone()))
            .collect();
        (&self.key, &self.value, &self.headers) == (&record.key, &record.value, &headers)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Produce(usize, Vec<Sent>),
    Pass(i64),
    Expire,
    Restart,
}

fn sent() -> impl Strategy<Value = Sent> {
    let bytes = || vec(any::<u8>(), 0..40);
    let key =
        prop_oneof![Just(None), bytes().prop_map(Some), "[a-c]".prop_map(|k| Some(k.into_bytes()))];
    let headers = vec(("\\PC{0,5}", bytes()), 0..3);
    let partition = prop_oneof![4 => Just(None), 1 => (0..PARTITIONS + 1).prop_map(Some)];
    (key, proptest::option::weighted(0.9, bytes()), partition, headers)
        .prop_map(|(key, value, partition, headers)| Sent { key, value, partition, headers })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_usize..2, vec(sent(), 0..8)).prop_map(|(topic, sent)| Step::Produce(topic, sent)),
        2 => (0_i64..800).prop_map(Step::Pass),
        1 => Just(Step::Expire),
        1 => Just(Step::Restart),
    ]
}

fn retention() -> impl Strategy<Value = Retention> {
    (1_u32..12, 1_i64..2_000, 1_i64..6_000).prop_map(|(records, age_ms, bytes)| Retention {
        records,
        age_ms,
        bytes,
    })
}

/// Everything that was ever stored, by topic and partition.
type Model = HashMap<(usize, u32), Vec<Sent>>;

const TOPICS: [&str; 2] = ["a", "b.dlq"];

/// Plays a step and holds its answer against the model.
fn play(world: &mut World, model: &mut Model, step: &Step) {
    match step {
        Step::Pass(ms) => world.now += ms,
        Step::Expire => world.engine.expire(world.now).unwrap(),
        Step::Restart => world.restart(),
        Step::Produce(topic, sent) => {
            let records: Vec<_> = sent.iter().map(Sent::json).collect();
            let body = json!({ "records": records }).to_string();
            let (status, answer) =
                world.post(&format!("/topics/{}", TOPICS[*topic]), BINARY, &body);
            assert_eq!(status, 200, "{answer}");
            let outcomes = answer["offsets"].as_array().unwrap();
            assert_eq!(outcomes.len(), sent.len());
            for (sent, outcome) in sent.iter().zip(outcomes) {
                took(model, *topic, sent, outcome);
            }
        }
    }
}

fn took(model: &mut Model, topic: usize, sent: &Sent, outcome: &Value) {
    if sent.partition == Some(PARTITIONS) {
        assert_eq!(outcome["error_code"], 404);
        return;
    }
    let (partition, offset) = place(outcome);
    if let Some(wanted) =
        sent.partition.or(sent.key.as_ref().map(|key| partition_of(key, PARTITIONS)))
    {
        assert_eq!(partition, wanted);
    }
    let all = model.entry((topic, partition)).or_default();
    assert_eq!(offset, all.len() as i64, "offsets go up by one and are never used again");
    all.push(sent.clone());
}

/// What is kept is the end of what was stored, whole and byte for byte.
fn check(world: &mut World, model: &Model, retention: Retention) {
    let batch = world.engine.tail(&Scope::default(), 0, 1_000).unwrap();
    assert!(batch.records.windows(2).all(|pair| pair[0].position < pair[1].position));
    for ((topic, partition), all) in model {
        let kept = world.kept(TOPICS[*topic], *partition);
        assert_eq!(kept.end, all.len() as i64);
        assert!(kept.end - kept.start <= i64::from(retention.records));
        let told: Vec<_> = batch
            .records
            .iter()
            .filter(|record| record.topic == TOPICS[*topic] && record.partition == *partition)
            .collect();
        assert_eq!(
            told.iter().map(|record| record.offset).collect::<Vec<_>>(),
            kept.clone().collect::<Vec<_>>()
        );
        for record in told {
            assert!(all[record.offset as usize].is(record), "{record:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_leaves_partitions_without_a_hole(
        retention in retention(),
        steps in vec(step(), 1..25),
    ) {
        let mut world = World::new(Config { partitions: PARTITIONS, retention, ..Config::default() });
        let mut model = Model::new();
        for step in &steps {
            play(&mut world, &mut model, step);
            check(&mut world, &model, retention);
        }
    }

    #[test]
    fn a_follower_misses_nothing_however_it_is_cut(
        sent in vec((0_usize..2, sent()), 1..30),
        counts in vec(1_usize..5, 1..10),
        one_topic in any::<bool>(),
    ) {
        let mut world = World::with_partitions(PARTITIONS);
        let scope = Scope { topic: one_topic.then(|| TOPICS[0].to_owned()), partition: None };
        let (mut cursor, mut seen) = (0, Vec::new());
        let mut counts = counts.into_iter().cycle();
        for (topic, sent) in sent {
            let body = json!({ "records": [sent.json()] }).to_string();
            world.post(&format!("/topics/{}", TOPICS[topic]), BINARY, &body);
            if counts.next() > Some(2) {
                let batch = world.engine.tail(&scope, cursor, counts.next().unwrap()).unwrap();
                cursor = batch.cursor;
                seen.extend(batch.records);
            }
        }
        let rest = world.engine.tail(&scope, cursor, 1_000).unwrap();
        seen.extend(rest.records);
        let all = world.engine.tail(&scope, 0, 1_000).unwrap();
        prop_assert_eq!(seen, all.records);
    }

    #[test]
    fn no_request_breaks_the_log(
        method in "GET|POST|PUT",
        path in "(/topics(/[ab.%2-]{0,4}(/partitions(/[-0-9a]{0,3}(/(messages|offsets))?)?)?)?)|\\PC{0,20}",
        query in proptest::option::of("((offset|count|follow|from|async)=([0-9]{0,20}|true|earliest)&?){0,3}|\\PC{0,20}"),
        content_type in proptest::option::of("application/vnd.kafka.(json|binary|text).v2\\+json|\\PC{0,10}"),
        last_event_id in proptest::option::of("[0-9]{0,20}|\\PC{0,5}"),
        body in prop_oneof![
            vec(any::<u8>(), 0..60),
            "\\{\"records\":\\[(\\{(\"(key|value|partition|headers|timestamp)\":(\"[a-zA-Z0-9+/=]{0,4}\"|-?[0-9]{1,20}|null|\\{\\}|\\[\\]),?){0,3}\\},?){0,2}\\]\\}".prop_map(String::into_bytes),
        ],
    ) {
        let mut world = World::with_partitions(2);
        world.produce("a", &[crate::world::keyless("v")]);
        let request = Request {
            method: &method,
            path: &path,
            query: query.as_deref(),
            content_type: content_type.as_deref(),
            accept: None,
            last_event_id: last_event_id.as_deref(),
            body: &body,
        };
        let answer = world.ask(&request);
        prop_assert!(matches!(answer.status, 200 | 204 | 400 | 404 | 422), "{answer:?}");
        if answer.status >= 400 {
            let (status, said) = read(&answer);
            prop_assert_eq!(said["error_code"].as_u64(), Some(u64::from(status)));
            prop_assert!(said["message"].as_str().is_some_and(|message| !message.is_empty()));
        }
        prop_assert!(world.kept("a", 0).end >= 1);
    }
}
