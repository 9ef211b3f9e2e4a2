//! The gateway answers as a real bridge did (Strimzi's 0.33.1 before Kafka 4.3.1): each request of the
//! recording is played against it and a real Kafka.

use reqwest::Method;
use serde_json::Value;

use crate::support::client::Client;
use crate::support::gateway::Gateway;
use crate::support::{kafka, until};

crate::tests![every_answer_is_the_one_of_the_bridge_but_for_known_differences];

const ANSWERS: &str = include_str!("../../../kafka-rest/tests/answers/strimzi-bridge.txt");
/// The bridge's topic, and ours: other tests write to the same Kafka.
const TOPICS: (&str, &str) = ("/topics/t", "/topics/bridge");
const KAFKA_JSON: &str = "application/vnd.kafka.v2+json";

/// Where the bridge stores something else than was sent, and says 200.
const IN_NO_BASE64: [&str; 2] = ["binary not base64", "binary value is object"];

/// A request that a producer sent, and the answer.
struct Case {
    title: &'static str,
    path: String,
    content_type: &'static str,
    body: &'static str,
    status: u16,
    /// The answer's body, as far as it was kept.
    said: &'static str,
}

/// Those of the recording that are a POST, with all that was sent and said.
fn cases() -> Vec<Case> {
    let sections = ANSWERS.split("\n## ").skip(1);
    sections.filter_map(|section| case(section.split_once('\n')?)).collect()
}

fn case((title, text): (&'static str, &'static str)) -> Option<Case> {
    let (request, rest) = text.strip_prefix("POST ")?.split_once('\n')?;
    let (path, content_type) = request.split_once("  ")?;
    let (body, rest) = rest.split_once('\n')?;
    let status = rest.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()?;
    let said = rest.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    let path = match path.strip_prefix(TOPICS.0) {
        Some(rest) => format!("{}{rest}", TOPICS.1),
        None => path.to_owned(),
    };
    Some(Case { title, path, content_type, body: body.trim_start(), status, said })
}

async fn every_answer_is_the_one_of_the_bridge_but_for_known_differences() {
    let gateway = Gateway::with(&["--kafka", &kafka::shared().address]);
    let client = gateway.client();
    made(&client).await;
    let cases = cases();
    assert_eq!(cases.len(), 35, "requests in the recording");
    for case in cases {
        play(&client, &case).await;
    }
}

/// The topic is there before the first case: by auto-creation, with the partitions of the bridge's.
async fn made(client: &Client) {
    let record = || async {
        let answer = send(client, "/topics/bridge", "{\"records\":[{\"value\":\"first\"}]}").await;
        answer["offsets"][0]["partition"].is_number().then_some(())
    };
    until("the topic", record).await;
}

async fn send(client: &Client, path: &str, body: &'static str) -> Value {
    let request = client.request(Method::POST, path).body(body);
    let request = request.header("content-type", "application/vnd.kafka.json.v2+json");
    serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap()
}

async fn play(client: &Client, case: &Case) {
    let request = client.request(Method::POST, &case.path).body(case.body);
    let answer = request.header("content-type", case.content_type).send().await.unwrap();
    let (status, title) = (answer.status().as_u16(), case.title);
    let content_type = answer.headers().get("content-type").map(|value| value.as_bytes().to_vec());
    let said = answer.text().await.unwrap();
    if IN_NO_BASE64.contains(&title) {
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!((status, &said["error_code"]), (422, &422.into()), "{title}: {said}");
        return;
    }
    assert_eq!(status, case.status, "{title}: {said}");
    if case.said.is_empty() {
        assert_eq!((said.as_str(), content_type), ("", None), "{title}");
        return;
    }
    assert_eq!(content_type.as_deref(), Some(KAFKA_JSON.as_bytes()), "{title}");
    compare(case, &said);
}

/// Ours to the bridge's, word for word where it is not about time and place.
fn compare(case: &Case, said: &str) {
    let title = case.title;
    // The longest were cut in the recording.
    if let Some(kept) = case.said.strip_suffix(" …") {
        let kept = kept.trim_end_matches('\\').trim_end();
        assert!(said.starts_with(kept), "{title}:\n{said}\n{kept}");
        return;
    }
    let (ours, theirs): (Value, Value) =
        (serde_json::from_str(said).unwrap(), serde_json::from_str(case.said).unwrap());
    let (Some(list), Some(expected)) = (ours["offsets"].as_array(), theirs["offsets"].as_array())
    else {
        assert_eq!(ours, theirs, "{title}");
        return;
    };
    assert_eq!(list.len(), expected.len(), "{title}: {ours}");
    let keyed = case.body.contains("\"key\"") || case.body.contains("\"partition\"");
    let placed = keyed || case.path.contains("/partitions/");
    for (our, their) in list.iter().zip(expected) {
        entry(title, our, their, placed);
    }
}

fn entry(title: &str, our: &Value, their: &Value, placed: bool) {
    let names = |entry: &Value| entry.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(our), names(their), "{title}: {our}");
    if their["error_code"].is_null() {
        assert!(our["offset"].as_i64().unwrap() >= 0, "{title}: {our}");
        assert!(!placed || our["partition"] == their["partition"], "{title}: {our} {their}");
        return;
    }
    assert_eq!(our["error_code"], their["error_code"], "{title}: {our}");
    let words = |entry: &Value| {
        let words = entry["message"].as_str().unwrap().replace("topic bridge ", "topic t ");
        let end = words.find(" after ").unwrap_or(words.len());
        words[..end].to_owned()
    };
    assert_eq!(words(our), words(their), "{title}");
}
