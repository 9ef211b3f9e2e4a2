//! Events as CloudEvents 1.0 in structured JSON (contract §5).

use serde::Serialize;
use serde_json::{Value, json};

use crate::events::{Event, EventKind};
use crate::ids::UserId;
use crate::outbox::{Failure, Topic};
use crate::time::Millis;

/// The attributes, in the order in which people read them.
#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: String,
    r#type: &'a str,
    subject: &'a str,
    time: Millis,
    datacontenttype: &'static str,
    /// 20 digits, so that it sorts as text.
    sequence: String,
    /// Events of one transaction share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<i64>,
    /// The id of the event that this one is once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    replayof: Option<&'a str>,
    data: Value,
}

/// What every event of a user needs.
pub(crate) struct Envelope<'a> {
    pub user: &'a UserId,
    pub id: &'a str,
    pub sequence: i64,
    pub time: Millis,
}

impl Envelope<'_> {
    fn write(&self, r#type: &str, revision: Option<i64>, data: Value) -> String {
        let subject = self.user.as_str();
        let event = CloudEvent {
            specversion: "1.0",
            id: self.id,
            source: format!("/users/{}", encode(subject)),
            r#type,
            subject,
            time: self.time,
            datacontenttype: "application/json",
            sequence: format!("{:020}", self.sequence),
            revision,
            replayof: None,
            data,
        };
        serde_json::to_string(&event).unwrap_or_default()
    }

    /// The event itself; of a message without its content, if `content` is false.
    pub(crate) fn event(&self, event: &Event, content: bool) -> String {
        let mut value = serde_json::to_value(&event.kind).unwrap_or_default();
        let r#type = value.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut data = value.get_mut("data").map(Value::take).unwrap_or_default();
        if !content && let Some(object) = data.as_object_mut() {
            object.remove("content");
        }
        self.write(&r#type, Some(event.revision), data)
    }

    /// What stands in the place of a record that was refused.
    pub(crate) fn placeholder(&self, failure: &Failure) -> String {
        self.write("rollcall.deadletter", None, json!({ "failure": failure }))
    }

    /// What stands for a run that gave way.
    pub(crate) fn truncated(&self, from: i64) -> String {
        self.write("rollcall.truncated", None, json!({ "from": from, "to": self.sequence }))
    }
}

/// A dead letter once more: another id, sequence and time, and the id that it had.
pub(crate) fn again(event: &Value, id: &str, sequence: i64, time: Millis) -> String {
    let mut event = event.clone();
    if let Some(object) = event.as_object_mut() {
        let old = object.get("id").cloned().unwrap_or_default();
        object.insert("id".into(), id.into());
        object.insert("sequence".into(), format!("{sequence:020}").into());
        object.insert("time".into(), time.to_string().into());
        object.insert("replayof".into(), old);
    }
    event.to_string()
}

/// The event with its failure, as the dead-letter topic gets it.
pub(crate) fn with_failure(event: &Value, failure: &Failure) -> String {
    let mut event = event.clone();
    if let Some(object) = event.as_object_mut() {
        object.insert("failure".into(), serde_json::to_value(failure).unwrap_or_default());
    }
    event.to_string()
}

/// Which lane an event belongs to.
pub(crate) fn topic_of(kind: &EventKind) -> Topic {
    match kind {
        EventKind::Online { .. } | EventKind::Offline { .. } | EventKind::Changed { .. } => {
            Topic::Presence
        }
        EventKind::SessionStarted { .. } | EventKind::SessionEnded { .. } => Topic::Session,
        EventKind::SubscriptionCreated { .. } | EventKind::SubscriptionEnded { .. } => {
            Topic::Subscription
        }
        EventKind::MessageSent { .. } => Topic::Message,
    }
}

/// As a segment of a URI's path (RFC 3986, 3.3): of what a user id may hold, only `|` is not allowed.
fn encode(id: &str) -> String {
    id.replace('|', "%7C")
}
