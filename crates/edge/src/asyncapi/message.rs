//! One message, and how channels and operations speak of it.

use serde_json::{Map, Value, json};

use crate::openapi::schemas::schema;

/// Where the answer to a command finds its command.
pub(super) enum Correlation {
    /// Nowhere.
    None,
    /// `id` in the frame.
    Id,
    /// The header `correlation-id`.
    Header,
}

/// A message as the document has it once.
pub(super) struct Message {
    /// Its name in the document.
    pub(super) key: String,
    /// Its name on the wire.
    pub(super) name: String,
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) payload: Value,
    pub(super) example: Value,
    pub(super) content_type: &'static str,
    pub(super) correlation: Correlation,
    /// Whether it is a record with the user as its key.
    pub(super) keyed: bool,
}

impl Message {
    /// A JSON body.
    pub(super) fn new(
        key: impl Into<String>,
        name: impl Into<String>,
        title: impl Into<String>,
        payload: Value,
        example: Value,
    ) -> Self {
        Self {
            key: key.into(),
            name: name.into(),
            title: title.into(),
            summary: String::new(),
            payload,
            example,
            content_type: "application/json",
            correlation: Correlation::None,
            keyed: false,
        }
    }

    /// What is to be said of it beyond its title.
    pub(super) fn saying(mut self, summary: impl Into<String>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Ties answers to commands.
    pub(super) fn tied(mut self, correlation: Correlation) -> Self {
        self.correlation = correlation;
        self
    }

    /// What stands under `components.messages`.
    pub(super) fn component(&self) -> Value {
        let mut members = Map::from_iter([
            ("name".to_owned(), json!(self.name)),
            ("title".to_owned(), json!(self.title)),
            ("contentType".to_owned(), json!(self.content_type)),
            ("payload".to_owned(), self.payload.clone()),
            ("examples".to_owned(), json!([self.example_with_headers()])),
        ]);
        if !self.summary.is_empty() {
            members.insert("summary".to_owned(), json!(self.summary));
        }
        self.correlate(&mut members);
        if self.keyed {
            let key = json!({ "allOf": [schema("UserId")], "description": "The user id, as plain bytes." });
            members.insert(
                "bindings".to_owned(),
                json!({ "kafka": { "key": key, "bindingVersion": "0.5.0" } }),
            );
        }
        Value::Object(members)
    }

    fn correlate(&self, members: &mut Map<String, Value>) {
        let location = match self.correlation {
            Correlation::None => return,
            Correlation::Id => "$message.payload#/id",
            Correlation::Header => {
                members.insert("headers".to_owned(), headers());
                "$message.header#/correlation-id"
            }
        };
        members.insert("correlationId".to_owned(), json!({ "location": location }));
    }

    fn example_with_headers(&self) -> Value {
        match self.correlation {
            Correlation::Header => {
                json!({ "headers": { "correlation-id": "c1" }, "payload": self.example })
            }
            _ => json!({ "payload": self.example }),
        }
    }
}

fn headers() -> Value {
    json!({
        "type": "object",
        "properties": {
            "correlation-id": { "type": "string", "description": "Yours; it comes back with the answer." },
        },
    })
}

/// The entry of a channel's messages for each of these.
pub(super) fn entries(keys: &[String]) -> Value {
    let entry =
        |key: &String| (key.clone(), json!({ "$ref": format!("#/components/messages/{key}") }));
    Value::Object(keys.iter().map(entry).collect())
}

/// References to messages of a channel, as operations want them.
pub(super) fn of_channel(channel: &str, keys: &[String]) -> Vec<Value> {
    keys.iter()
        .map(|key| json!({ "$ref": format!("#/channels/{channel}/messages/{key}") }))
        .collect()
}

/// An operation about these messages of a channel.
pub(super) fn operation(
    action: &str,
    channel: &str,
    title: &str,
    tag: &str,
    messages: &[String],
) -> Value {
    json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{channel}") },
        "title": title,
        "tags": [{ "name": tag }],
        "messages": of_channel(channel, messages),
    })
}
