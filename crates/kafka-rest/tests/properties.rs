//! What holds for all answers: none breaks the producer, and none makes it count a record as delivered
//! that it did not say was.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::scripted::{Said, Scripted};
use common::world::Still;
use common::{delivered, records, settings};
use kafka_rest::{
    Api, Environment, HttpResponse, Outcome, Post, Producer, Proxy, Record, Settings, Transport,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Says the same to everything.
struct Parrot(HttpResponse);

impl Post for Parrot {
    async fn send(&self, _: kafka_rest::HttpRequest, _: u64) -> Said {
        Ok(self.0.clone())
    }
}

impl Transport for Parrot {
    async fn get(&self, _: &str, _: Vec<(&'static str, String)>, _: u64) -> Said {
        Ok(self.0.clone())
    }
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// What `count` records come to if everything is answered so.
fn parroted(settings: Settings, count: usize, status: u16, body: &[u8]) -> Vec<Outcome> {
    let response = HttpResponse { status, body: body.to_vec(), ..HttpResponse::default() };
    let world = Still::default();
    let world = &world;
    assert_eq!(world.now(), 0);
    let producer = Producer::new(Parrot(response), world, settings, Proxy::default());
    run(producer.produce("t", &records(count))).outcomes
}

/// Whether `body` says, read on its own and in the simplest way, that record `index` of `count` is
/// where `outcome` has it. Answers to records sent alone are about the first of one.
fn said(api: Api, body: &[u8], count: usize, index: usize, outcome: &Outcome) -> bool {
    let Outcome::Delivered { partition, offset } = outcome else { return true };
    let place =
        |entry: &Value, at: &str| entry[at] == json!(partition) && entry["offset"] == json!(offset);
    let whole = || serde_json::from_slice::<Value>(body).unwrap();
    let said_in = |count: usize, index: usize| match api {
        Api::V2 => {
            let whole = whole();
            let Some(entries) = whole["offsets"].as_array() else { return false };
            let entry = &entries[index];
            let error = entry.get("error_code").is_some_and(|code| !code.is_null() && *code != 0);
            entries.len() == count && place(entry, "partition") && !error
        }
        Api::V3 => {
            let reports = serde_json::Deserializer::from_slice(body).into_iter::<Value>();
            let reports: Vec<Value> = reports.map(Result::unwrap).collect();
            reports.len() <= count
                && reports.get(index).is_some_and(|report| {
                    place(report, "partition_id") && report["error_code"] == json!(200)
                })
        }
        Api::V3Batch => {
            let whole = whole();
            let successes = whole["successes"].as_array().unwrap();
            let own = |entry: &&Value| entry["id"] == json!(index.to_string());
            successes.iter().filter(own).count() == 1
                && successes.iter().find(own).is_some_and(|entry| place(entry, "partition_id"))
        }
    };
    said_in(count, index) || said_in(1, 0)
}

fn api() -> impl Strategy<Value = Api> {
    prop_oneof![Just(Api::V2), Just(Api::V3), Just(Api::V3Batch)]
}

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![
        4 => Just(200_u16),
        1 => Just(207),
        2 => prop::sample::select(vec![204, 301, 400, 401, 403, 404, 413, 422, 429, 500, 503]),
        1 => 100_u16..600,
    ]
}

/// A number as a proxy may write it, or something else.
fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => (0_i64..9).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(json!(-1)),
        1 => Just(Value::Null),
        1 => Just(json!("1")),
        1 => Just(json!(1.5)),
    ]
}

fn code() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => prop::sample::select(vec![0, 1, 2, 3, 10, 200, 404, 500, 40_301, 50_003]).prop_map(Value::from),
        2 => Just(Value::Null),
        1 => number(),
    ]
}

/// An entry, a report or a result: each key is there or not.
fn entry() -> impl Strategy<Value = Value> {
    let id = prop::option::weighted(0.8, (0_usize..4).prop_map(|id| json!(id.to_string())));
    let often = |strategy: BoxedStrategy<Value>| prop::option::weighted(0.9, strategy);
    let error = prop::option::weighted(0.3, code());
    let success = prop::option::weighted(0.7, Just(json!(200)));
    (id, often(number().boxed()), often(number().boxed()), error, success).prop_map(
        |(id, partition, offset, error, success)| {
            let mut entry = serde_json::Map::new();
            let mut put = |key: &str, value: Option<Value>| {
                value.and_then(|value| entry.insert(key.to_owned(), value))
            };
            put("id", id);
            put("partition_id", partition.clone());
            put("partition", partition);
            put("offset", offset);
            put("error_code", error.or(success));
            Value::Object(entry)
        },
    )
}

/// The same in v2's way: without the codes of success that v3 has.
fn plain(mut entry: Value) -> Value {
    if entry["error_code"] == json!(200) {
        entry.as_object_mut().unwrap().remove("error_code");
    }
    entry
}

fn body_of(api: Api, entries: Vec<Value>, failures: &[Value]) -> Vec<u8> {
    match api {
        Api::V2 => {
            let entries: Vec<Value> = entries.into_iter().map(plain).collect();
            json!({ "offsets": entries }).to_string().into_bytes()
        }
        Api::V3 => entries.iter().map(ToString::to_string).collect::<String>().into_bytes(),
        Api::V3Batch => {
            json!({ "successes": entries, "failures": failures }).to_string().into_bytes()
        }
    }
}

/// A body that may be of the interface, or anything.
fn body() -> impl Strategy<Value = (Api, Vec<u8>)> {
    let entries = || prop::collection::vec(entry(), 0..4);
    let of_the_interface = (api(), entries(), entries())
        .prop_map(|(api, entries, failures)| (api, body_of(api, entries, &failures)));
    let anything = (api(), prop::collection::vec(any::<u8>(), 0..60));
    let like_json = "[\\[\\]{},:\"a-z0-9. -]{0,60}".prop_map(String::into_bytes);
    prop_oneof![6 => of_the_interface, 1 => anything, 1 => (api(), like_json)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_answer_breaks_the_producer_or_delivers_what_it_does_not_say(
        count in 1_usize..5,
        status in status(),
        (api, body) in body(),
        searching in any::<bool>(),
    ) {
        let mut settings = settings(api);
        if searching {
            settings.cluster = None;
        }
        let outcomes = parroted(settings, count, status, &body);
        prop_assert_eq!(outcomes.len(), count);
        for (index, outcome) in outcomes.iter().enumerate() {
            let told = String::from_utf8_lossy(&body);
            prop_assert!(said(api, &body, count, index, outcome), "{index}: {outcome:?} of {told}");
            prop_assert!(!outcome.is_delivered() || status < 500, "{outcome:?}");
            prop_assert!(outcome.reason().chars().all(|c| !c.is_control()), "{outcome:?}");
        }
    }

    #[test]
    fn what_is_cut_off_or_changed_by_a_byte_never_delivers_more(
        api in api(),
        count in 1_usize..5,
        at in any::<prop::sample::Index>(),
        change in prop::option::of(any::<u8>()),
    ) {
        let entries = (0..count).map(|id| {
            json!({ "id": id.to_string(), "partition": 3, "partition_id": 3, "offset": id, "error_code": 200 })
        });
        let mut body = body_of(api, entries.collect(), &[]);
        let whole = parroted(settings(api), count, 200, &body);
        let expected: Vec<Outcome> =
            (0..count).map(|offset| delivered(3, i64::try_from(offset).unwrap())).collect();
        prop_assert_eq!(whole, expected);
        let at = at.index(body.len());
        match change {
            Some(byte) => body[at] = byte,
            None => body.truncate(at),
        }
        let outcomes = parroted(settings(api), count, 200, &body);
        prop_assert_eq!(outcomes.len(), count);
        for (index, outcome) in outcomes.iter().enumerate() {
            let told = String::from_utf8_lossy(&body);
            prop_assert!(said(api, &body, count, index, outcome), "{index}: {outcome:?} of {told}");
        }
    }

    #[test]
    fn every_byte_arrives(
        parts in prop::collection::vec(
            (prop::option::of(prop::collection::vec(any::<u8>(), 0..20)), prop::collection::vec(any::<u8>(), 0..40)),
            1..5,
        ),
        api in api(),
    ) {
        let records: Vec<Record> = parts
            .into_iter()
            .map(|(key, value)| Record { key, value, headers: Vec::new() }.header("h", [7]))
            .collect();
        let (transport, world) = (Scripted::new([Ok(HttpResponse::default())]), Still::default());
        let producer = Producer::new(&transport, &world, settings(api), Proxy::default());
        run(producer.produce("t", &records));
        let asked = transport.asked.borrow();
        prop_assert_eq!(sent(api, &asked[0].body, &records), records);
    }
}

/// The records of a request, as a proxy reads them.
fn sent(api: Api, body: &str, like: &[Record]) -> Vec<Record> {
    let objects: Vec<Value> = match api {
        Api::V3 => {
            serde_json::Deserializer::from_str(body).into_iter().map(Result::unwrap).collect()
        }
        Api::V2 | Api::V3Batch => {
            let key = if api == Api::V2 { "records" } else { "entries" };
            let body: Value = serde_json::from_str(body).unwrap();
            body[key].as_array().unwrap().clone()
        }
    };
    let bytes = |value: &Value| {
        let text = if api == Api::V2 { value } else { &value["data"] };
        BASE64_STANDARD.decode(text.as_str().unwrap()).unwrap()
    };
    let objects = objects.iter().zip(like).map(|(object, like)| Record {
        key: object.get("key").map(bytes),
        value: bytes(&object["value"]),
        headers: like.headers.clone(),
    });
    objects.collect()
}
