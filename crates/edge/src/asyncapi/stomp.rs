//! The WebSocket in STOMP: a channel for each destination. What can be sent and heard there are the bodies
//! of the JSON protocol.

use serde_json::{Map, Value, json};

use super::answers::ANSWERS;
use super::commands::COMMANDS;
use super::message::{entries, of_channel, operation};

const TAG: &str = "stomp";

/// A destination of SUBSCRIBE.
struct Queue {
    key: &'static str,
    address: &'static str,
    title: &'static str,
    description: &'static str,
    messages: &'static [&'static str],
}

const QUEUES: [Queue; 7] = [
    Queue {
        key: "stomp.presence",
        address: "/user/queue/presence",
        title: "Everybody you watch",
        description: "SUBSCRIBE brings the present state of all whom you watch; on a resumed session that held the queue, of those who changed.",
        messages: &["server.presence", "server.presences"],
    },
    Queue {
        key: "stomp.presence.one",
        address: "/topic/presence.{userId}",
        title: "One user",
        description: "SUBSCRIBE watches the user and brings the present state. UNSUBSCRIBE of the last one on any of your sockets ends the subscription, if nothing but a SUBSCRIBE made it.",
        messages: &["server.presence"],
    },
    Queue {
        key: "stomp.messages",
        address: "/user/queue/messages",
        title: "Messages",
        description: "Those to you, and those that your other devices sent.",
        messages: &["server.message"],
    },
    Queue {
        key: "stomp.typing.heard",
        address: "/user/queue/typing",
        title: "Who types",
        description: "To you.",
        messages: &["server.typing"],
    },
    Queue {
        key: "stomp.sessions",
        address: "/user/queue/sessions",
        title: "Your other devices",
        description: "Coming and going.",
        messages: &["server.session.started", "server.session.ended"],
    },
    Queue {
        key: "stomp.replies",
        address: "/user/queue/replies",
        title: "Answers to commands",
        description: "To those that were sent with a header `correlation-id`, which comes back with the answer; there is no `id` in it.",
        messages: &[],
    },
    Queue {
        key: "stomp.errors",
        address: "/user/queue/errors",
        title: "Refused commands",
        description: "The connection stays open. A refused command gets no RECEIPT.",
        messages: &["server.stomp-error"],
    },
];

impl Queue {
    fn messages(&self) -> Vec<String> {
        if self.messages.is_empty() {
            return ANSWERS.map(|name| format!("server.{name}")).to_vec();
        }
        self.messages.iter().map(|&key| key.to_owned()).collect()
    }

    fn channel(&self) -> Value {
        let mut channel = channel(self.address, self.title, self.description, &self.messages());
        if let (Some(members), true) = (channel.as_object_mut(), self.address.contains('{')) {
            members.insert(
                "parameters".to_owned(),
                json!({ "userId": { "description": "Whom to watch." } }),
            );
        }
        channel
    }
}

fn channel(address: &str, title: &str, description: &str, messages: &[String]) -> Value {
    json!({
        "address": address,
        "title": title,
        "description": description,
        "servers": [{ "$ref": "#/servers/stomp" }],
        "tags": [{ "name": TAG }],
        "messages": entries(messages),
    })
}

/// The commands by destination: two of them share one.
fn destinations() -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for command in &COMMANDS {
        let key = format!("body.{}", command.key);
        match all.last_mut() {
            Some((name, keys)) if name == command.name => keys.push(key),
            _ => all.push((command.name.to_owned(), vec![key])),
        }
    }
    all
}

fn title_of(name: &str) -> &'static str {
    match name {
        "online-status" => "Set one's status, or ask how users appear",
        _ => {
            COMMANDS.iter().find(|command| command.name == name).map_or("", |command| command.title)
        }
    }
}

pub(super) fn channels() -> Map<String, Value> {
    let sent = "SEND. A header `correlation-id` ties the answer to it; a `receipt` is answered when the effect is durable.";
    let commands = destinations().into_iter().map(|(name, keys)| {
        (format!("stomp.{name}"), channel(&format!("/app/{name}"), title_of(&name), sent, &keys))
    });
    commands.chain(QUEUES.iter().map(|queue| (queue.key.to_owned(), queue.channel()))).collect()
}

pub(super) fn operations() -> Map<String, Value> {
    let replies = ("stomp.replies", ANSWERS.map(|name| format!("server.{name}")));
    let commands = destinations().into_iter().map(|(name, keys)| {
        let channel = format!("stomp.{name}");
        let mut asked = operation("receive", &channel, title_of(&name), TAG, &keys);
        let answers = COMMANDS.iter().filter(|command| command.name == name);
        let answers: Vec<_> = answers.map(|command| format!("server.{}", command.answer)).collect();
        if let Some(members) = asked.as_object_mut() {
            members.insert(
                "reply".to_owned(),
                json!({
                    "channel": { "$ref": format!("#/channels/{}", replies.0) },
                    "messages": of_channel(replies.0, &answers),
                }),
            );
        }
        (channel, asked)
    });
    let queues = QUEUES.iter().map(|queue| {
        (queue.key.to_owned(), operation("send", queue.key, queue.title, TAG, &queue.messages()))
    });
    commands.chain(queues).collect()
}
