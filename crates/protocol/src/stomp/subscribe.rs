//! SUBSCRIBE and UNSUBSCRIBE.

use ::stomp::{Frame, Version};
use presence::effects::Command;
use presence::errors::{ErrorCode, Refusal};
use presence::ids::UserId;

use super::correlation::Correlation;
use super::subscriptions::Added;
use super::violation::Violation;
use super::{Action, Connection, Destination};

impl Connection {
    pub(super) fn subscribe(&mut self, frame: &Frame) -> Result<Action, Violation> {
        let id = self.subscription_id(frame)?;
        let Some(destination) = frame.header("destination") else {
            return Err(Violation::protocol("SUBSCRIBE needs a destination"));
        };
        if let Some(ack) = frame.header("ack").filter(|ack| *ack != "auto") {
            return Err(Violation::protocol(format!(
                "ack:{ack:.32} is not supported, only ack:auto"
            )));
        }
        let Some(known) = Destination::parse(destination) else {
            let refusal =
                Refusal::new(ErrorCode::UnknownDestination, "nothing to subscribe to here");
            return Ok(self.refusal(frame, destination, &refusal));
        };
        let before = self.subscriptions.clone();
        match self.subscriptions.add(id, &known) {
            Added::New => {
                self.before = Some(before);
                Ok(self.begin(frame, &known))
            }
            // The target may have refused, or the lease have ended since: the repeat asks for it again.
            Added::Again => Ok(match &known {
                Destination::Topic(user) => {
                    self.run(frame, &known, vec![Command::TopicSubscribe(user.clone())])
                }
                _ => self.acknowledge(frame),
            }),
            Added::Conflict => Err(Violation::protocol("this subscription id is in use")),
            Added::Full => {
                let detail = "this socket holds as many subscriptions as it may; UNSUBSCRIBE first";
                let refusal = Refusal::new(ErrorCode::TooManyDestinations, detail);
                Ok(self.refusal(frame, destination, &refusal))
            }
        }
    }

    pub(super) fn unsubscribe(
        &mut self,
        frame: &Frame,
        elsewhere: &dyn Fn(&UserId) -> bool,
    ) -> Result<Action, Violation> {
        let id = self.subscription_id(frame)?;
        let destination = frame.header("destination");
        if id.is_none() && destination.is_none() {
            return Err(Violation::protocol("UNSUBSCRIBE needs an id or a destination"));
        }
        Ok(match self.subscriptions.remove(id, destination) {
            Some(Destination::Topic(user)) if !self.has_topic(&user) && !elsewhere(&user) => {
                let topic = Destination::Topic(user.clone());
                self.run(frame, &topic, vec![Command::TopicUnsubscribe(user)])
            }
            Some(Destination::Presence) if !self.subscriptions.has(&Destination::Presence) => {
                self.run(frame, &Destination::Presence, vec![Command::PresenceDone])
            }
            _ => self.acknowledge(frame),
        })
    }

    /// Each presence destination needs the present state: the queue that of all who are watched, a
    /// topic that of its own user, and no more, since of the others its client hears nothing.
    fn begin(&self, frame: &Frame, destination: &Destination) -> Action {
        let command = match destination {
            Destination::Presence => Command::PresenceReady,
            Destination::Topic(user) => Command::TopicSubscribe(user.clone()),
            _ => return self.acknowledge(frame),
        };
        self.run(frame, destination, vec![command])
    }

    fn run(&self, frame: &Frame, destination: &Destination, commands: Vec<Command>) -> Action {
        let destination = destination.to_string();
        let correlation = Correlation {
            destination: &destination,
            id: frame.header("correlation-id"),
            receipt: frame.header("receipt"),
        };
        Action::Run {
            commands,
            correlation: Some(correlation.encode()),
            receipt: self.receipt(frame),
        }
    }

    /// There is nothing to make durable.
    fn acknowledge(&self, frame: &Frame) -> Action {
        Action::Send(self.receipt(frame).into_iter().collect())
    }

    /// The header `id`, without which only STOMP 1.0 does.
    fn subscription_id<'a>(&self, frame: &'a Frame) -> Result<Option<&'a str>, Violation> {
        let id = frame.header("id").filter(|id| !id.is_empty());
        if id.is_none() && self.version != Some(Version::V10) {
            return Err(Violation::protocol(format!("{} needs an id", frame.command)));
        }
        Ok(id)
    }
}
