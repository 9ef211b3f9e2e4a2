//! The bodies of commands, the same in both protocols. One file a command; each has `parse`.
//!
//! Unknown fields are ignored, `null` counts as absent, and the first thing that is wrong is named.

mod fields;
mod heartbeat;
mod message;
mod status;
mod targets;
mod typing;

use presence::effects::Command;
use presence::errors::{ErrorCode, Refusal};
use serde_json::{Map, Value};

use fields::Fields;

/// How many ids one command may name.
pub const MAX_IDS: usize = 500;
/// How many recipients a message or a typing indicator may have.
pub const MAX_RECIPIENTS: usize = 50;
/// The bytes of a message's content, as compact JSON.
pub const MAX_CONTENT: usize = 16 * 1024;
/// How deeply a message's content may nest. JSON is read 128 levels deep, and every hub on its way reads the
/// content inside of something else.
pub const MAX_DEPTH: usize = 64;
/// The characters of a status message.
pub const MAX_STATUS_MESSAGE: usize = 256;
/// The bytes of short texts: names of devices, client message ids.
pub const MAX_SHORT_TEXT: usize = 128;

/// The names of the commands, as STOMP destinations have them after `/app/`.
pub const NAMES: [&str; 6] = [
    "heartbeat",
    "presence.subscribe",
    "presence.unsubscribe",
    "message.send",
    "typing",
    "online-status",
];

/// Reads the body of the command of this name; refused with `unknown_type` if there is none.
pub fn parse(name: &str, body: &Map<String, Value>) -> Result<Command, Refusal> {
    let fields = Fields(body);
    match name {
        "heartbeat" => heartbeat::parse(fields),
        "presence.subscribe" => targets::parse(fields).map(Command::Subscribe),
        "presence.unsubscribe" => targets::parse(fields).map(Command::Unsubscribe),
        "message.send" => message::parse(fields),
        "typing" => typing::parse(fields),
        "online-status" => status::parse(fields),
        _ => Err(Refusal::new(ErrorCode::UnknownType, format!("there is no command {name:.64?}"))),
    }
}
