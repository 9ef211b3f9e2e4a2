//! Answers: outcomes as JSON under the status that they call for.

use serde::Serialize;

use super::{Answer, Call, Shape};
use crate::wire::Written;
use crate::{Outcome, RedisError};

/// The answer to a call: its outcomes, one a command, in the commands' order. The status of a
/// [`Shape::Single`] is 400 if its command failed; of the others it is 200, whatever they hold.
pub fn write(call: &Call, outcomes: &[Outcome]) -> Answer {
    if outcomes.len() != call.commands.len() {
        let error = RedisError("ERR a command was left without an outcome".to_owned());
        return write_refusal(&error, 500);
    }
    let base64 = call.base64;
    if let (Shape::Single, [outcome]) = (call.shape, outcomes) {
        let status = if outcome.is_ok() { 200 } else { 400 };
        return json(status, &Written { outcome, base64 });
    }
    let all = outcomes.iter().map(|outcome| Written { outcome, base64 });
    json(200, &all.collect::<Vec<_>>())
}

/// The answer to a request that was refused as a whole.
pub fn write_refusal(error: &RedisError, status: u16) -> Answer {
    json(status, &Written { outcome: &Err(error.clone()), base64: false })
}

fn json(status: u16, value: &impl Serialize) -> Answer {
    // Writing to memory, with string keys only, does not fail.
    let body = serde_json::to_vec(value).unwrap_or_default();
    Answer { status, content_type: "application/json", body }
}
