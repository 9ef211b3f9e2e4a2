//! What the domain says, as frames: CONNECTED, and one MESSAGE for each matching subscription.

use ::stomp::{Command as Verb, Frame};
use presence::effects::ServerMessage;
use presence::errors::{ErrorCode, Refusal};
use presence::ids::UserId;
use presence::state::Presence;
use serde::Serialize;

use super::correlation::Correlation;
use super::{Connection, Destination};
use crate::body::{Body, to_json};

/// The body of a message in `/user/queue/errors`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    code: ErrorCode,
    detail: &'a str,
    destination: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_user_id: Option<&'a UserId>,
}

impl Connection {
    /// The text frames that say this to the client, in order; none where it subscribed to nothing
    /// that matches.
    pub fn deliver(&mut self, message: &ServerMessage) -> Vec<String> {
        match message {
            ServerMessage::Welcome(welcome) => vec![self.text(&self.connected_frame(welcome))],
            ServerMessage::Presence(presence) => {
                let mut frames =
                    self.messages(&Destination::Presence, &Body::of(message).to_json(), None);
                frames.extend(self.topic_messages(std::slice::from_ref(presence)));
                frames
            }
            ServerMessage::Presences(presences) => {
                let mut frames =
                    self.messages(&Destination::Presence, &Body::of(message).to_json(), None);
                frames.extend(self.topic_messages(presences));
                frames
            }
            ServerMessage::Message(_) => self.event(&Destination::Messages, message),
            ServerMessage::Typing { .. } => self.event(&Destination::Typing, message),
            ServerMessage::Session { .. } => self.event(&Destination::Sessions, message),
            ServerMessage::SubscriptionRefused { target, refusal } => {
                let origin =
                    Correlation { destination: "/app/presence.subscribe", id: None, receipt: None };
                self.error_messages(Some(&origin), refusal, Some(target))
            }
            ServerMessage::Reply { correlation, reply } => {
                match correlation.as_deref().and_then(Correlation::decode) {
                    Some(origin) if origin.wants_reply() => {
                        let body = Body::ok(None, reply).to_json();
                        self.messages(&Destination::Replies, &body, origin.id)
                    }
                    _ => Vec::new(),
                }
            }
            ServerMessage::Refused { correlation, refusal } => {
                let origin = correlation.as_deref().and_then(Correlation::decode);
                self.error_messages(origin.as_ref(), refusal, None)
            }
        }
    }

    /// A refusal, for the errors queue.
    pub(super) fn error_messages(
        &mut self,
        origin: Option<&Correlation<'_>>,
        refusal: &Refusal,
        target_user_id: Option<&UserId>,
    ) -> Vec<String> {
        let correlation_id = origin.and_then(Correlation::of_error);
        let body = ErrorBody {
            code: refusal.code,
            detail: &refusal.detail,
            destination: origin.map_or("", |origin| origin.destination),
            correlation_id,
            target_user_id,
        };
        self.messages(&Destination::Errors, &to_json(&body), correlation_id)
    }

    fn event(&mut self, destination: &Destination, message: &ServerMessage) -> Vec<String> {
        self.messages(destination, &Body::of(message).to_json(), None)
    }

    /// On a topic each user's presence stands by itself.
    fn topic_messages(&mut self, presences: &[Presence]) -> Vec<String> {
        let mut frames = Vec::new();
        for presence in presences {
            if self.subscriptions.has_topic(&presence.user_id) {
                let topic = Destination::Topic(presence.user_id.clone());
                frames.extend(self.messages(&topic, &Body::Presence(presence).to_json(), None));
            }
        }
        frames
    }

    /// One MESSAGE for each subscription to this destination.
    fn messages(&mut self, to: &Destination, body: &str, correlation: Option<&str>) -> Vec<String> {
        if self.ended {
            return Vec::new();
        }
        let first = self.messages;
        let frames: Vec<String> = self
            .subscriptions
            .iter()
            .filter(|subscription| subscription.1 == *to)
            .zip(first..)
            .map(|(subscription, number)| {
                let id = format!("{:x}-{number:x}", self.epoch.0);
                self.text(&message(to, subscription.0.as_deref(), &id, correlation).with_body(body))
            })
            .collect();
        self.messages = first + frames.len() as u64;
        frames
    }
}

fn message(
    to: &Destination,
    subscription: Option<&str>,
    id: &str,
    correlation: Option<&str>,
) -> Frame {
    let mut frame = Frame::new(Verb::Message)
        .with_header("destination", &to.to_string())
        .with_header("message-id", id)
        .with_header("content-type", "application/json");
    if let Some(subscription) = subscription {
        frame = frame.with_header("subscription", subscription);
    }
    if let Some(correlation) = correlation {
        frame = frame.with_header("correlation-id", correlation);
    }
    frame
}
