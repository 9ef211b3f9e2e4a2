//! Kafka: a channel for each topic and for its dead letters.

use serde_json::{Map, Value, json};

use super::events::KINDS;
use super::message::{entries, operation};
use crate::config::TOPICS;

const TAG: &str = "kafka";
const TITLES: [&str; 4] = ["Who is here", "Sessions", "Subscriptions", "Messages"];

/// A topic, as a channel and as an operation.
struct Stream {
    name: String,
    title: String,
    description: String,
    messages: Vec<String>,
}

/// Each topic, and behind it its dead letters.
fn streams() -> Vec<Stream> {
    let topics = TOPICS.iter().zip(TITLES).enumerate();
    topics
        .flat_map(|(at, ((setting, name), title))| {
            [topic(at, setting, name, title), dead(at, name, title)]
        })
        .collect()
}

fn topic(at: usize, setting: &str, name: &str, title: &str) -> Stream {
    let kinds = KINDS.iter().filter(|kind| kind.topic.is_none_or(|of| of == at));
    Stream {
        name: name.to_owned(),
        title: title.to_owned(),
        description: format!("Its name is the setting `{setting}`."),
        messages: kinds.map(super::events::Kind::key).collect(),
    }
}

fn dead(at: usize, name: &str, title: &str) -> Stream {
    let kinds = KINDS.iter().filter(|kind| kind.topic == Some(at));
    Stream {
        name: format!("{name}.dlq"),
        title: format!("{title}: dead letters"),
        description: format!(
            "Events that `{name}` refused for good, each with its `failure`. They can be published once more: `POST /api/events/dead-letters/replay`."
        ),
        messages: kinds.filter_map(super::events::Kind::dead_key).collect(),
    }
}

pub(super) fn channels() -> Map<String, Value> {
    let channel = |stream: Stream| {
        let channel = json!({
            "address": stream.name,
            "title": stream.title,
            "description": stream.description,
            "servers": [{ "$ref": "#/servers/kafka" }],
            "tags": [{ "name": TAG }],
            "messages": entries(&stream.messages),
            "bindings": { "kafka": { "topic": stream.name, "bindingVersion": "0.5.0" } },
        });
        (stream.name, channel)
    };
    streams().into_iter().map(channel).collect()
}

pub(super) fn operations() -> Map<String, Value> {
    let publish = |stream: Stream| {
        let operation = operation("send", &stream.name, &stream.title, TAG, &stream.messages);
        (stream.name, operation)
    };
    streams().into_iter().map(publish).collect()
}
