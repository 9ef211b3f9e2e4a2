//! Reads the fields of a JSON object and remembers what is wrong with them.

use presence::errors::ErrorCode;
use presence::ids::UserId;
use serde_json::{Map, Value};

use crate::problem::{FieldError, Problem};

/// An object whose fields are read one by one; all wrong ones are told at once.
#[derive(Debug)]
pub struct Fields {
    object: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Parses a body.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let value: Value = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
        match value {
            Value::Object(object) => Ok(Self { object, errors: Vec::new() }),
            _ => Err(Problem::invalid_body(vec![wrong("#", "an object")])),
        }
    }

    /// The field, unless it is absent or null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A text, or nothing.
    pub fn text(&mut self, name: &str) -> Option<String> {
        match self.get(name) {
            None => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                self.wrong(name, "a text");
                None
            }
        }
    }

    /// A text that must be there.
    pub fn required_text(&mut self, name: &str) -> Option<String> {
        if self.get(name).is_none() {
            self.wrong(name, "required");
        }
        self.text(name)
    }

    /// A list of 1 to `most` texts. Too many is an answer of its own, since mending it means two calls.
    pub fn texts(&mut self, name: &str, most: usize) -> Result<Option<Vec<String>>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let Value::Array(entries) = value else {
            self.wrong(name, "a list of ids");
            return Ok(None);
        };
        if entries.len() > most {
            let detail = format!("{} ids, and {most} may be in one call", entries.len());
            return Err(Problem::new(ErrorCode::TooManyIds, detail));
        }
        let texts: Vec<_> = entries.iter().map(|entry| entry.as_str().map(str::to_owned)).collect();
        if texts.is_empty() {
            self.wrong(name, "at least one id");
        }
        for at in texts.iter().enumerate().filter(|(_, text)| text.is_none()).map(|(at, _)| at) {
            self.wrong(&format!("{name}/{at}"), "a text");
        }
        Ok(Some(texts.into_iter().flatten().collect()))
    }

    /// A list of some of `known`, each once and in their order.
    pub fn choices(&mut self, name: &str, known: &[&'static str]) -> Option<Vec<&'static str>> {
        let entries = self.get(name)?.as_array().cloned().unwrap_or_default();
        let is = |word: &str| entries.iter().any(|entry| entry.as_str() == Some(word));
        let wrong = |entry: &Value| !known.iter().any(|word| entry.as_str() == Some(word));
        if entries.is_empty() || entries.iter().any(wrong) {
            self.wrong(name, &format!("a list of at least one of {}", known.join(", ")));
        }
        Some(known.iter().copied().filter(|word| is(word)).collect())
    }

    /// True or false, or nothing.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let value = self.get(name)?.as_bool();
        if value.is_none() {
            self.wrong(name, "true or false");
        }
        value
    }

    /// Notes that the field should be something else.
    pub fn wrong(&mut self, name: &str, expected: &str) {
        self.errors.push(wrong(&format!("#/{name}"), expected));
    }

    /// Refuses the body if any field was wrong.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid_body(self.errors)) }
    }
}

fn wrong(pointer: &str, expected: &str) -> FieldError {
    FieldError { pointer: pointer.to_owned(), detail: expected.to_owned() }
}

fn malformed(error: &serde_json::Error) -> Problem {
    // The position only: the parser's own message could repeat a part of the body.
    let detail = format!("no JSON at line {}, column {}", error.line(), error.column());
    Problem::new(ErrorCode::MalformedJson, detail)
}

/// A user id that stands alone.
pub(crate) fn user_id(text: &str) -> Result<UserId, Problem> {
    UserId::parse(text)
        .map_err(|invalid| Problem::new(ErrorCode::InvalidUserId, invalid.to_string()))
}
