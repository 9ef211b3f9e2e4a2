//! Typed access to the fields of a body, with refusals that name the field.

use presence::errors::{ErrorCode, Refusal};
use presence::ids::UserId;
use serde_json::{Map, Value};

use super::{MAX_RECIPIENTS, MAX_SHORT_TEXT};

/// The fields of one body.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The field, unless it is absent or `null`.
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Whether the field stands there at all, `null` included.
    pub(super) fn named(self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    /// A text of any length.
    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Refusal> {
        let read = |value: &'a Value| value.as_str().ok_or_else(|| invalid(name, "a string"));
        self.get(name).map(read).transpose()
    }

    /// A text of at most [`MAX_SHORT_TEXT`] bytes.
    pub(super) fn short_text(self, name: &str) -> Result<Option<&'a str>, Refusal> {
        let text = self.text(name)?;
        if text.is_some_and(|text| text.len() > MAX_SHORT_TEXT) {
            return Err(invalid(name, &format!("at most {MAX_SHORT_TEXT} bytes long")));
        }
        Ok(text)
    }

    /// `true` or `false`; refused if absent.
    pub(super) fn flag(self, name: &str) -> Result<bool, Refusal> {
        self.get(name).and_then(Value::as_bool).ok_or_else(|| invalid(name, "true or false"))
    }

    /// An object.
    pub(super) fn object(self, name: &str) -> Result<Option<Fields<'a>>, Refusal> {
        let read = |value: &'a Value| value.as_object().ok_or_else(|| invalid(name, "an object"));
        Ok(self.get(name).map(read).transpose()?.map(Fields))
    }

    /// A list of at most `limit` texts.
    pub(super) fn texts(self, name: &str, limit: usize) -> Result<Option<Vec<&'a str>>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let list = value.as_array().ok_or_else(|| invalid(name, "a list of strings"))?;
        if list.len() > limit {
            let detail = format!("`{name}` holds {} ids; at most {limit} fit", list.len());
            return Err(Refusal::new(ErrorCode::TooManyIds, detail));
        }
        let text =
            |value: &'a Value| value.as_str().ok_or_else(|| invalid(name, "a list of strings"));
        list.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// `to`: one user id or a list of 1–50, each of them once.
    pub(super) fn recipients(self) -> Result<Vec<UserId>, Refusal> {
        let texts = match self.get("to") {
            Some(Value::String(one)) => vec![one.as_str()],
            _ => self.texts("to", MAX_RECIPIENTS)?.unwrap_or_default(),
        };
        let mut recipients = Vec::with_capacity(texts.len());
        for text in texts {
            let id = user_id(text)?;
            if !recipients.contains(&id) {
                recipients.push(id);
            }
        }
        if recipients.is_empty() {
            return Err(invalid("to", "a user id or a list of user ids, not empty"));
        }
        Ok(recipients)
    }
}

/// `invalid_body` for this field.
pub(super) fn invalid(name: &str, expected: &str) -> Refusal {
    Refusal::new(ErrorCode::InvalidBody, format!("`{name}` must be {expected}"))
}

/// A user id that stands alone, or whose list has no room for failures.
pub(super) fn user_id(text: &str) -> Result<UserId, Refusal> {
    UserId::parse(text)
        .map_err(|why| Refusal::new(ErrorCode::InvalidUserId, format!("{text:.40?}: {why}")))
}
