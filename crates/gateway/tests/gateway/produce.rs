//! Producing to a real Kafka: who may, how much at once, and what is said where there is none.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::client::{Answer, Client, answer};
use crate::support::gateway::{Gateway, refused};
use crate::support::papers::Papers;
use crate::support::{free_port, kafka, until};

crate::tests![
    a_large_record_is_refused_as_the_bridge_refuses_it,
    records_without_a_key_are_spread,
    a_token_that_may_only_read_lists_and_does_not_write,
    strangers_and_too_much_are_refused_in_kafka_s_words,
    too_many_requests_at_once_are_sent_away,
    it_logs_in_by_every_mechanism,
    it_speaks_tls_to_brokers_that_its_authorities_know,
    a_refused_login_is_told_and_no_secret_is,
    without_a_broker_each_record_is_answered_in_time,
    one_broker_of_several_is_enough,
];

const BINARY: &str = "application/vnd.kafka.binary.v2+json";

async fn produce(client: &Client, topic: &str, records: &Value) -> Answer {
    let body = json!({ "records": records }).to_string();
    let request = client.request(Method::POST, &format!("/topics/{topic}")).body(body);
    answer(request.header("content-type", BINARY)).await
}

/// What became of the only record.
async fn one(client: &Client, topic: &str) -> Value {
    let (status, said) = produce(client, topic, &json!([{ "value": "dg==" }])).await;
    assert_eq!(status, 200, "{said}");
    said["offsets"][0].clone()
}

async fn written(client: &Client, topic: &str) {
    let outcome = || async { one(client, topic).await["offset"].is_number().then_some(()) };
    until("a record to be written", outcome).await;
}

async fn a_large_record_is_refused_as_the_bridge_refuses_it() {
    let gateway = Gateway::with(&["--kafka", &kafka::shared().address]);
    let client = gateway.client();
    written(&client, "large").await;
    let body = json!({ "records": [{ "value": "x".repeat(2_000_000) }] }).to_string();
    let request = client.request(Method::POST, "/topics/large").body(body);
    let (status, said) =
        answer(request.header("content-type", "application/vnd.kafka.json.v2+json")).await;
    let message = "The message is 2000090 bytes when serialized which is larger than 1048576, \
                   which is the value of the max.request.size configuration.";
    let failed = json!({ "offsets": [{ "error_code": 500, "message": message }] });
    assert_eq!((status, said), (200, failed));
}

async fn records_without_a_key_are_spread() {
    let gateway = Gateway::with(&["--kafka", &kafka::shared().address]);
    let client = gateway.client();
    written(&client, "spread").await;
    let (_, said) = produce(&client, "spread", &json!(vec![json!({ "value": "dg==" }); 8])).await;
    let mut places: Vec<u64> = said["offsets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| outcome["partition"].as_u64().unwrap())
        .collect();
    places.sort_unstable();
    assert_eq!(places, [0, 0, 1, 1, 2, 2, 3, 3]);
}

async fn a_token_that_may_only_read_lists_and_does_not_write() {
    let flags = ["--kafka", &kafka::shared().address, "--read-only-token", "reader"];
    let gateway = Gateway::with(&flags);
    let (writer, reader) = (gateway.client(), gateway.client().by("reader"));
    written(&writer, "read-only").await;
    let topics = reader.get("/topics").await.1;
    assert!(topics.as_array().unwrap().contains(&json!("read-only")), "{topics}");
    let (status, said) = produce(&reader, "read-only", &json!([{ "value": "dg==" }])).await;
    let refusal = json!({ "error_code": 403, "message": "this token may only read" });
    assert_eq!((status, said), (403, refusal));
}

async fn strangers_and_too_much_are_refused_in_kafka_s_words() {
    let flags = ["--kafka", &kafka::shared().address, "--max-body", "1000"];
    let gateway = Gateway::with(&flags);
    let client = gateway.client();
    let records = json!([{ "value": "dg==" }]);
    let unauthorized = json!({ "error_code": 401, "message": "Unauthorized" });
    assert_eq!(produce(&client.by("guess"), "t", &records).await, (401, unauthorized.clone()));
    let bare = answer(client.bare(Method::POST, "/topics/t").body("{}")).await;
    assert_eq!(bare, (401, unauthorized));
    let (status, said) = produce(&client, "t", &json!([{ "value": "x".repeat(1_000) }])).await;
    assert_eq!((status, &said["error_code"]), (413, &json!(413)), "{said}");
}

async fn too_many_requests_at_once_are_sent_away() {
    let nobody = format!("127.0.0.1:{}", free_port());
    let flags = ["--kafka", &nobody, "--kafka-timeout-ms", "50000", "--max-concurrency", "1"];
    let gateway = Gateway::with(&flags);
    let client = gateway.client();
    let busy = client.clone();
    let waiting = tokio::spawn(async move { one(&busy, "t").await });
    let refused = until("a request to be sent away", || async {
        let answer = client.request(Method::GET, "/topics").send().await.unwrap();
        (answer.status() == 429).then_some(answer)
    });
    let answer = refused.await;
    assert_eq!(answer.headers()["retry-after"], "1");
    let said: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(said["error_code"], 429);
    waiting.abort();
}

async fn it_logs_in_by_every_mechanism() {
    let guarded = &kafka::shared().guarded;
    for mechanism in ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let flags = ["--kafka", guarded, "--kafka-sasl-mechanism", mechanism];
        let login = ["--kafka-sasl-username", "rollcall", "--kafka-sasl-password", "hush"];
        let gateway = Gateway::with(&[flags, login].concat());
        written(&gateway.client(), "by-login").await;
    }
}

async fn it_speaks_tls_to_brokers_that_its_authorities_know() {
    let broker = kafka::shared();
    let (ours, others) = (broker.papers.file("ca.pem"), Papers::new());
    let trusting =
        |ca: &str| Gateway::with(&["--kafka", &broker.secure, "--kafka-tls", "--kafka-tls-ca", ca]);
    written(&trusting(&ours).client(), "by-tls").await;
    let stranger = trusting(&others.file("ca.pem"));
    let outcome = one(&stranger.client(), "by-tls").await;
    assert_eq!(outcome["error_code"], 404, "{outcome}");
    let (_, health) = stranger.client().health().await;
    assert!(health["reason"].as_str().unwrap().contains("certificate"), "{health}");
}

async fn a_refused_login_is_told_and_no_secret_is() {
    let flags = ["--kafka", &kafka::shared().guarded, "--kafka-sasl-mechanism", "PLAIN"];
    let login = ["--kafka-sasl-username", "rollcall", "--kafka-sasl-password", "wrong-hush"];
    let gateway = Gateway::with(&[flags, login].concat());
    let client = gateway.client();
    let outcome = one(&client, "by-login").await;
    assert_eq!(outcome["error_code"], 401, "{outcome}");
    let (status, health) = client.health().await;
    assert_eq!((status, &health["kafka"]), (503, &json!("down")));
    gateway.logged("kafka-down", 1).await;
    let all = format!("{:?} {health} {outcome}", gateway.log());
    assert!(!all.contains("hush"), "{all}");
}

async fn without_a_broker_each_record_is_answered_in_time() {
    let nobody = format!("127.0.0.1:{}", free_port());
    let gateway = Gateway::with(&["--kafka", &nobody, "--kafka-timeout-ms", "500"]);
    let client = gateway.client();
    let begun = Instant::now();
    let (status, said) =
        produce(&client, "t", &json!([{ "value": "dg==" }, { "value": "dg==" }])).await;
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!((status, said["offsets"].as_array().unwrap().len()), (200, 2), "{said}");
    for outcome in said["offsets"].as_array().unwrap() {
        assert_eq!(outcome["error_code"], 404, "{outcome}");
        let message = outcome["message"].as_str().unwrap();
        assert!(message.starts_with("Topic t not present in metadata after "), "{message}");
    }
    assert_eq!(client.get("/topics").await.0, 503);
    assert_eq!(client.health().await.0, 503);
    gateway.logged("kafka-down", 1).await;
    let (code, said) = refused(&["--token", "t", "--kafka", "a:b"]);
    assert!(code == Some(2) && said.contains("HOST:PORT"), "{code:?} {said}");
}

async fn one_broker_of_several_is_enough() {
    // The first of the two is never there.
    let brokers = format!("127.0.0.1:{},{}", free_port(), kafka::shared().address);
    let gateway = Gateway::with(&["--kafka", &brokers]);
    written(&gateway.client(), "second").await;
    gateway.logged("kafka-up", 1).await;
}
