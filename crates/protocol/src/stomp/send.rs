//! SEND: the commands.

use ::stomp::Frame;
use presence::errors::{ErrorCode, Refusal};
use serde_json::{Map, Value};

use super::correlation::Correlation;
use super::violation::Violation;
use super::{Action, Connection};
use crate::command;
use crate::json::no_json;

impl Connection {
    pub(super) fn send(&mut self, frame: &Frame) -> Result<Action, Violation> {
        let Some(destination) = frame.header("destination") else {
            return Err(Violation::protocol("SEND needs a destination"));
        };
        if frame.headers.contains("transaction") {
            return Err(Violation::protocol("transactions are not supported"));
        }
        let parsed = name(destination).and_then(|name| command::parse(name, &body(&frame.body)?));
        Ok(match parsed {
            Ok(command) => Action::Run {
                commands: vec![command],
                correlation: Some(origin(frame, destination).encode()),
                receipt: self.receipt(frame),
            },
            Err(refusal) => self.refusal(frame, destination, &refusal),
        })
    }

    /// Refuses what a frame asks for, without asking the domain.
    pub(super) fn refusal(
        &mut self,
        frame: &Frame,
        destination: &str,
        refusal: &Refusal,
    ) -> Action {
        Action::Send(self.error_messages(Some(&origin(frame, destination)), refusal, None))
    }
}

fn origin<'a>(frame: &'a Frame, destination: &'a str) -> Correlation<'a> {
    Correlation {
        destination,
        id: frame.header("correlation-id"),
        receipt: frame.header("receipt"),
    }
}

/// The command that a destination names.
fn name(destination: &str) -> Result<&'static str, Refusal> {
    let wanted = destination.strip_prefix("/app/").unwrap_or_default();
    command::NAMES.into_iter().find(|name| *name == wanted).ok_or_else(|| {
        Refusal::new(ErrorCode::UnknownDestination, "SEND goes to /app/ and the name of a command")
    })
}

/// An empty body is an object without fields.
fn body(bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(Refusal::new(ErrorCode::InvalidBody, "the body must be a JSON object")),
        Err(why) => Err(no_json(&why)),
    }
}
