//! The `AsyncAPI` 3.0 document of what is not REST: the WebSocket in its two protocols, and the events in
//! Kafka. Native only, like the OpenAPI document, with which it shares its schemas: `cargo run -p edge
//! --example descriptions` writes both.

mod answers;
mod bodies;
mod commands;
mod events;
mod message;
mod samples;
mod socket;
mod stomp;
mod topics;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::openapi;
use crate::openapi::schemas;
use message::Message;

/// The whole document. It speaks of Rollcall: `receive` is what clients send.
pub fn document() -> Value {
    let messages: Map<String, Value> =
        messages().iter().map(|message| (message.key.clone(), message.component())).collect();
    let own = bodies::bodies();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rollcall",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0 OR MIT" },
            "tags": [
                { "name": "json", "description": "The WebSocket in `rollcall.v1.json`." },
                { "name": "stomp", "description": "The WebSocket in STOMP." },
                { "name": "kafka", "description": "Events for other systems." },
            ],
        },
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": merged([socket::channels(), stomp::channels(), topics::channels()]),
        "operations": merged([socket::operations(), stomp::operations(), topics::operations()]),
        "components": {
            "securitySchemes": { "token": openapi::token() },
            "schemas": needed(&own, &messages),
            "messages": messages,
        },
    })
}

const DESCRIPTION: &str = "What is said on the WebSocket, and what other systems are told through Kafka.

The directions are Rollcall's: what it receives is what clients send. REST is described at `/openapi.json`, and in \
words both are in `docs/protocol.md`.

Ignore fields that you do not know. Of each user keep the highest `version` and ignore a presence that is not newer; \
drop repeated messages by `messageId` and repeated events by `id`.";

fn servers() -> Value {
    let security = json!([{ "$ref": "#/components/securitySchemes/token" }]);
    json!({
        "json": {
            "host": "{host}",
            "protocol": "wss",
            "title": "WebSocket, native JSON",
            "description": "Offer the subprotocol `rollcall.v1.json`. One JSON object a text frame, at most 64 KiB. A text frame of one line feed is the heartbeat.",
            "variables": { "host": host("rollcall.example", "Where Rollcall is deployed.") },
            "security": security,
            "tags": [{ "name": "json" }],
        },
        "stomp": {
            "host": "{host}",
            "pathname": "/ws",
            "protocol": "wss",
            "title": "WebSocket, STOMP 1.0 to 1.2",
            "description": "Offer `v12.stomp`, `v11.stomp` or `v10.stomp`. `CONNECTED` carries `session`, `resume-token` and `heart-beat`; `resume-token` in `CONNECT` takes up a session. A refused command is told in `/user/queue/errors`; a violation gets an `ERROR` frame and close 4000.",
            "variables": { "host": host("rollcall.example", "Where Rollcall is deployed.") },
            "security": security,
            "tags": [{ "name": "stomp" }],
        },
        "kafka": {
            "host": "{host}",
            "protocol": "kafka",
            "title": "Kafka",
            "description": "Reached through its REST proxy (`KAFKA_REST_URL`). At least once, and in order for who takes of each user and topic only the last `sequence` + 1: lower is a repeat, higher will come again.",
            "variables": { "host": host("kafka.example:9092", "The brokers that the proxy stands before.") },
            "tags": [{ "name": "kafka" }],
        },
    })
}

fn host(default: &str, description: &str) -> Value {
    json!({ "default": default, "description": description })
}

/// Every message, once.
fn messages() -> Vec<Message> {
    let parts = [commands::messages(), answers::messages(), events::messages()];
    parts.into_iter().flatten().collect()
}

fn merged<const N: usize>(parts: [Map<String, Value>; N]) -> Map<String, Value> {
    parts.into_iter().flatten().collect()
}

/// Our own schemas, and of REST's those that something here leads to.
fn needed(own: &Map<String, Value>, messages: &Map<String, Value>) -> BTreeMap<String, Value> {
    let shared = schemas::all();
    let mut found: BTreeMap<String, Value> = own.clone().into_iter().collect();
    let mut waiting: Vec<String> = own.values().chain(messages.values()).flat_map(names).collect();
    while let Some(name) = waiting.pop() {
        if let Some(schema) = shared.get(&name).filter(|_| !found.contains_key(&name)) {
            waiting.extend(names(schema));
            found.insert(name, schema.clone());
        }
    }
    found
}

/// The schemas that a value refers to.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let of_itself = members.get("$ref").and_then(Value::as_str);
            let name = of_itself.and_then(|path| path.strip_prefix("#/components/schemas/"));
            name.map(str::to_owned).into_iter().chain(members.values().flat_map(names)).collect()
        }
        Value::Array(entries) => entries.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
