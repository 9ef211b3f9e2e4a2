//! The WebSocket in `rollcall.v1.json`: one channel, in which everything is said.

use serde_json::{Map, Value, json};

use super::answers::{ANSWERS, NEWS};
use super::commands::{COMMANDS, Command};
use super::message::{entries, of_channel, operation};
use crate::openapi::parameters::parameters;

const CHANNEL: &str = "json";
const TAG: &str = "json";
const QUERY: [&str; 5] = ["access_token", "resume", "deviceType", "deviceName", "appVersion"];

pub(super) fn channels() -> Map<String, Value> {
    let channel = json!({
        "address": "/ws",
        "title": "WebSocket, native JSON",
        "description": "Everything in one channel, told apart by `type`. Each command is answered by `ok` or `error` with its `id`. The token goes into `Authorization`, beside the protocol as the subprotocol `bearer.<jwt>`, or into `access_token`.",
        "servers": [{ "$ref": "#/servers/json" }],
        "tags": [{ "name": TAG }],
        "messages": entries(&all()),
        "bindings": { "ws": { "method": "GET", "query": query(), "bindingVersion": "0.1.0" } },
    });
    Map::from_iter([(CHANNEL.to_owned(), channel)])
}

fn all() -> Vec<String> {
    let commands = COMMANDS.iter().map(key);
    let rest = ["command.leave", "beat", "server.welcome", "server.error", "server.error.later"]
        .map(str::to_owned);
    commands.chain(rest).chain(NEWS.map(said)).chain(ANSWERS.map(said)).collect()
}

fn key(command: &Command) -> String {
    format!("command.{}", command.key)
}

fn said(name: &str) -> String {
    format!("server.{name}")
}

/// As REST's description of `GET /ws` has it.
fn query() -> Value {
    let known = parameters();
    let property = |name: &str| {
        let parameter = known.get(name)?;
        let described = json!({ "allOf": [parameter.get("schema")?], "description": parameter.get("description")? });
        Some((name.to_owned(), described))
    };
    let properties: Map<_, _> = QUERY.into_iter().filter_map(property).collect();
    json!({ "type": "object", "properties": properties })
}

pub(super) fn operations() -> Map<String, Value> {
    let commands = COMMANDS.iter().map(|command| {
        (
            format!("json.{}", command.key),
            asked(&key(command), command.title, &said(command.answer)),
        )
    });
    let others = [
        ("json.leave".to_owned(), asked("command.leave", "Sign this device out", &said("ok"))),
        ("json.beat".to_owned(), beat()),
        (
            "json.welcome".to_owned(),
            operation("send", CHANNEL, "What comes first", TAG, &[said("welcome")]),
        ),
        ("json.news".to_owned(), news()),
    ];
    commands.chain(others).collect()
}

fn asked(message: &str, title: &str, answer: &str) -> Value {
    let mut asked = operation("receive", CHANNEL, title, TAG, &[message.to_owned()]);
    reply(&mut asked, CHANNEL, &[answer.to_owned(), said("error")]);
    asked
}

fn beat() -> Value {
    let beat = ["beat".to_owned()];
    let mut asked = operation("receive", CHANNEL, "Stay", TAG, &beat);
    reply(&mut asked, CHANNEL, &beat);
    asked
}

fn news() -> Value {
    let mut messages: Vec<_> = NEWS.iter().map(|name| said(name)).collect();
    messages.push(said("error.later"));
    operation("send", CHANNEL, "What comes by itself", TAG, &messages)
}

/// What answers an operation, and where.
fn reply(operation: &mut Value, channel: &str, messages: &[String]) {
    if let Some(members) = operation.as_object_mut() {
        let reply = json!({
            "channel": { "$ref": format!("#/channels/{channel}") },
            "messages": of_channel(channel, messages),
        });
        members.insert("reply".to_owned(), reply);
    }
}
