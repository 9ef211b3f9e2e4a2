//! The events: CloudEvents 1.0 in structured JSON, as the outbox writes them.

use serde_json::{Value, json};

use super::bodies::schema_of_user;
use super::message::Message;
use super::samples::{EVENT_ID, LATER, MESSAGE_ID, NOW, gone, presence, session, with};
use crate::openapi::operation::said;
use crate::openapi::schemas::{list, object, schema, text};

/// A kind of event.
pub(super) struct Kind {
    /// Its type without `rollcall.`.
    pub(super) name: &'static str,
    /// The schema of the event as a whole.
    pub(super) schema: &'static str,
    title: &'static str,
    /// Which of the four topics, as the settings count them; `None`: any.
    pub(super) topic: Option<usize>,
}

const fn kind(
    name: &'static str,
    schema: &'static str,
    title: &'static str,
    topic: Option<usize>,
) -> Kind {
    Kind { name, schema, title, topic }
}

/// All of them; the last two stand in an event's place.
pub(super) const KINDS: [Kind; 10] = [
    kind("presence.online", "OnlineEvent", "The first session began", Some(0)),
    kind("presence.offline", "OfflineEvent", "The last session ended", Some(0)),
    kind("presence.changed", "ChangedEvent", "Anything else in a presence changed", Some(0)),
    kind("session.started", "SessionStartedEvent", "A session began", Some(1)),
    kind("session.ended", "SessionEndedEvent", "A session ended", Some(1)),
    kind("subscription.created", "SubscriptionCreatedEvent", "Somebody watches somebody", Some(2)),
    kind(
        "subscription.ended",
        "SubscriptionEndedEvent",
        "Somebody watches somebody no more",
        Some(2),
    ),
    kind("message.sent", "MessageSentEvent", "A message was sent", Some(3)),
    kind("deadletter", "DeadLetterEvent", "A record was refused", None),
    kind("truncated", "TruncatedEvent", "Events gave way", None),
];

impl Kind {
    /// Its message in its topic.
    pub(super) fn key(&self) -> String {
        format!("event.{}", self.name)
    }

    /// Its message in the dead-letter topic; what stands in an event's place never comes there.
    pub(super) fn dead_key(&self) -> Option<String> {
        self.topic.map(|_| format!("dead.{}", self.name))
    }

    fn r#type(&self) -> String {
        format!("rollcall.{}", self.name)
    }

    fn summary(&self) -> &'static str {
        match self.name {
            "deadletter" => {
                "A placeholder with the `id` and `sequence` of a record that was refused for good: the record itself is in the dead-letter topic."
            }
            "truncated" => {
                "Only under `OUTBOX_FULL=drop-oldest`: it stands for all from `from` to `to`, and its `sequence` is `to`."
            }
            "message.sent" => "Under `KAFKA_MESSAGE_CONTENT=metadata` without `content`.",
            _ => "",
        }
    }

    /// The schema of its data.
    fn data(&self) -> Value {
        match self.name {
            "session.started" => object(
                &["session", "visible"],
                &json!({ "session": schema("Session"), "visible": visible() }),
            ),
            "session.ended" => object(
                &["session", "reason", "visible"],
                &json!({ "session": schema("Session"), "reason": schema("EndReason"), "visible": visible() }),
            ),
            "subscription.created" => {
                object(&["target", "visible"], &json!({ "target": target(), "visible": visible() }))
            }
            "subscription.ended" => object(
                &["target", "reason", "visible"],
                &json!({
                    "target": target(),
                    "reason": { "type": "string", "enum": ["unsubscribed", "expired", "denied"] },
                    "visible": visible(),
                }),
            ),
            "message.sent" => object(
                &["messageId", "clientMessageId", "to", "visible"],
                &json!({
                    "messageId": schema("MessageId"),
                    "clientMessageId": { "type": ["string", "null"], "description": "The sender's own." },
                    "to": list("UserId"),
                    "content": schema("Content"),
                    "visible": visible(),
                }),
            ),
            "deadletter" => object(&["failure"], &json!({ "failure": schema("Failure") })),
            "truncated" => object(
                &["from", "to"],
                &json!({ "from": sequence_number(), "to": sequence_number() }),
            ),
            _ => object(
                &["presence", "visible"],
                &json!({
                    "presence": said(&json!({ "allOf": [schema("Presence")] }), "As the user's own devices see it."),
                    "visible": visible(),
                }),
            ),
        }
    }

    /// An example of its data.
    pub(super) fn sample(&self) -> Value {
        match self.name {
            "presence.offline" => json!({ "presence": gone(), "visible": true }),
            "session.started" => json!({ "session": session(true), "visible": true }),
            "session.ended" => {
                json!({ "session": session(false), "reason": "expired", "visible": true })
            }
            "subscription.created" => json!({ "target": "grace", "visible": true }),
            "subscription.ended" => {
                json!({ "target": "grace", "reason": "unsubscribed", "visible": true })
            }
            "message.sent" => {
                json!({ "messageId": MESSAGE_ID, "clientMessageId": "m-1", "to": ["grace"], "content": { "text": "hello" }, "visible": true })
            }
            "deadletter" => json!({ "failure": failure() }),
            "truncated" => json!({ "from": 7, "to": 19 }),
            _ => json!({ "presence": presence(), "visible": true }),
        }
    }

    fn whole(&self) -> Value {
        let own = object(
            &self.required(),
            &json!({ "type": { "const": self.r#type() }, "data": self.data() }),
        );
        json!({ "allOf": [schema("CloudEvent"), own], "description": format!("{}.", self.title) })
    }

    /// A revision belongs to a change, and so to no placeholder.
    fn required(&self) -> Vec<&'static str> {
        let all = ["type", "data", "revision"];
        all.into_iter().filter(|name| self.topic.is_some() || *name != "revision").collect()
    }

    fn example(&self) -> Value {
        let sequence = if self.name == "truncated" { 19 } else { 7 };
        let event = json!({
            "specversion": "1.0",
            "id": EVENT_ID,
            "source": "/users/ada",
            "type": self.r#type(),
            "subject": "ada",
            "time": NOW,
            "datacontenttype": "application/json",
            "sequence": format!("{sequence:020}"),
            "data": self.sample(),
        });
        if self.topic.is_some() { with(event, "revision", json!(42)) } else { event }
    }

    fn message(&self) -> Message {
        record(Message::new(
            self.key(),
            self.r#type(),
            self.title,
            schema(self.schema),
            self.example(),
        ))
        .saying(self.summary())
    }

    fn dead(&self) -> Option<Message> {
        let payload = json!({ "allOf": [schema(self.schema), object(&["failure"], &json!({ "failure": schema("Failure") }))] });
        let example = with(self.example(), "failure", failure());
        let title = format!("Refused: {}", self.title.to_lowercase());
        Some(record(Message::new(self.dead_key()?, self.r#type(), title, payload, example)))
    }
}

fn record(mut message: Message) -> Message {
    message.content_type = "application/cloudevents+json";
    message.keyed = true;
    message
}

fn visible() -> Value {
    json!({ "type": "boolean", "description": "Whether others see this user. What it is false for is for your own records." })
}

fn target() -> Value {
    said(&schema_of_user(), "Who is watched.")
}

fn sequence_number() -> Value {
    json!({ "type": "integer", "minimum": 1 })
}

fn failure() -> Value {
    json!({ "reason": "the record is too large", "attempts": 3, "firstFailedAt": NOW, "lastFailedAt": LATER })
}

/// Every message of every topic.
pub(super) fn messages() -> Vec<Message> {
    KINDS.iter().map(Kind::message).chain(KINDS.iter().filter_map(Kind::dead)).collect()
}

/// What all events have, and each kind by its name.
pub(super) fn schemas() -> Value {
    KINDS
        .iter()
        .fold(json!({ "CloudEvent": envelope() }), |all, kind| with(all, kind.schema, kind.whole()))
}

fn envelope() -> Value {
    object(
        &[
            "specversion",
            "id",
            "source",
            "type",
            "subject",
            "time",
            "datacontenttype",
            "sequence",
            "data",
        ],
        &json!({
            "specversion": { "const": "1.0" },
            "id": { "type": "string", "minLength": 1, "description": "The same however often the event is sent: drop repeats by it." },
            "source": { "type": "string", "format": "uri-reference", "pattern": "^/users/", "description": "The user, as a path." },
            "type": text(),
            "subject": said(&schema_of_user(), "Whose event it is; the record's key too."),
            "time": schema("Time"),
            "datacontenttype": { "const": "application/json" },
            "sequence": { "type": "string", "pattern": "^[0-9]{20}$", "description": "Of this user in this topic, contiguous from 1, with 20 digits: a gap can be seen, and it sorts as text." },
            "revision": { "type": "integer", "minimum": 0, "description": "The user's count of changes; events of one transaction share it, across topics." },
            "replayof": said(&text(), "The `id` of the refused event that this one is once more."),
            "data": {},
        }),
    )
}
