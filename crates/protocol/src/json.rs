//! `rollcall.v1.json`: one JSON object a text frame (contract §3, "Native JSON").
//!
//! A frame is `{"type": …, "id": …, …}`; whatever is wrong with it is answered by an `error` and
//! the connection stays open, unless the frame is too large to be read.

use presence::effects::{Command, ServerMessage};
use presence::errors::{ErrorCode, Refusal};
use serde_json::{Map, Value};

use crate::body::Body;
use crate::command;

/// The bytes of a frame.
pub const MAX_FRAME: usize = 64 * 1024;

/// The bytes of an `id`: it is kept until its command is answered.
pub const MAX_ID: usize = 128;

/// What a frame came to.
#[derive(Debug, PartialEq)]
pub enum Received {
    /// A command to run; its answer carries `id`.
    Command {
        /// The client's mark.
        id: Option<String>,
        /// What it asks for.
        command: Command,
    },
    /// To be answered by an error.
    Refused(ServerMessage),
    /// Larger than [`MAX_FRAME`]: close with 1009.
    TooLarge,
}

/// Reads a text frame.
pub fn receive(text: &str) -> Received {
    if text.len() > MAX_FRAME {
        return Received::TooLarge;
    }
    let (id, outcome) = read(text);
    match outcome {
        Ok(command) => Received::Command { id, command },
        Err(refusal) => Received::Refused(ServerMessage::Refused { correlation: id, refusal }),
    }
}

/// What a binary frame is answered with: this protocol has none.
pub fn receive_binary(bytes: &[u8]) -> Received {
    if bytes.len() > MAX_FRAME {
        return Received::TooLarge;
    }
    let refusal = Refusal::new(ErrorCode::MalformedJson, "send JSON in text frames");
    Received::Refused(ServerMessage::Refused { correlation: None, refusal })
}

/// The text frame that says this.
pub fn encode(message: &ServerMessage) -> String {
    Body::of(message).to_json()
}

/// The text frame that says why there is no welcome, before the socket is closed.
pub fn turn_away(refusal: &Refusal) -> String {
    Body::error(None, refusal, None).to_json()
}

fn read(text: &str) -> (Option<String>, Result<Command, Refusal>) {
    let value = match serde_json::from_str::<Value>(text) {
        Ok(value) => value,
        Err(why) => {
            return (None, Err(no_json(&why)));
        }
    };
    let Value::Object(fields) = value else {
        return (None, Err(Refusal::new(ErrorCode::InvalidBody, "a frame is a JSON object")));
    };
    match fields.get("id") {
        None | Some(Value::Null) => (None, command(&fields)),
        Some(Value::String(id)) if id.len() <= MAX_ID => (Some(id.clone()), command(&fields)),
        Some(_) => {
            let detail = "`id` must be a string of at most 128 bytes";
            (None, Err(Refusal::new(ErrorCode::InvalidBody, detail)))
        }
    }
}

/// Says where the JSON ends, and not in a parser's words why.
pub(crate) fn no_json(why: &serde_json::Error) -> Refusal {
    let detail = format!("no JSON at line {}, column {}", why.line(), why.column());
    Refusal::new(ErrorCode::MalformedJson, detail)
}

fn command(fields: &Map<String, Value>) -> Result<Command, Refusal> {
    match fields.get("type").and_then(Value::as_str) {
        Some("leave") => Ok(Command::Leave),
        Some(name) => command::parse(name, fields),
        None => Err(Refusal::new(ErrorCode::InvalidBody, "`type` must be a string")),
    }
}
