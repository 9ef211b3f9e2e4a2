//! Commands in the body: `["SET","k","v"]`, or several of them.

use serde_json::value::RawValue;

use crate::{Command, RedisError};

/// The one command of a body.
pub(super) fn command(body: &[u8]) -> Result<Command, RedisError> {
    let parts = serde_json::from_slice(body)
        .map_err(|_| parse_error("expected a JSON array of a command and its arguments"))?;
    from_values(parts)
}

/// The commands of a body, perhaps none.
pub(super) fn commands(body: &[u8]) -> Result<Vec<Command>, RedisError> {
    let rows: Vec<Vec<&RawValue>> = serde_json::from_slice(body)
        .map_err(|_| parse_error("expected a JSON array of arrays, one a command"))?;
    rows.into_iter().map(from_values).collect()
}

fn from_values(values: Vec<&RawValue>) -> Result<Command, RedisError> {
    let parts = values.into_iter().map(argument).collect::<Result<_, _>>()?;
    Command::from_parts(parts).ok_or_else(|| RedisError("ERR empty command".to_owned()))
}

/// A string is its content; a number or a boolean is its text, as the caller spelled it.
fn argument(value: &RawValue) -> Result<Vec<u8>, RedisError> {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(text)
            .map(String::into_bytes)
            .map_err(|_| parse_error("a string is not Unicode")),
        Some(b'n') => Err(RedisError("ERR null args are not supported".to_owned())),
        Some(b'[' | b'{') => {
            Err(RedisError("ERR array and object args are not supported".to_owned()))
        }
        _ => Ok(text.as_bytes().to_vec()),
    }
}

fn parse_error(what: &str) -> RedisError {
    RedisError(format!("ERR failed to parse command: {what}"))
}
