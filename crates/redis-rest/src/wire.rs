//! Outcomes as JSON, in the form that both sides share.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::{Outcome, Reply};

/// An outcome as it is written: `{"result": …}` or `{"error": "…"}`.
pub(crate) struct Written<'a> {
    pub(crate) outcome: &'a Outcome,
    pub(crate) base64: bool,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(1))?;
        match self.outcome {
            Ok(reply) => object
                .serialize_entry("result", &Value { reply, base64: self.base64, nested: false })?,
            Err(error) => object.serialize_entry("error", &error.0)?,
        }
        object.end()
    }
}

struct Value<'a> {
    reply: &'a Reply,
    base64: bool,
    nested: bool,
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.reply {
            Reply::Null => serializer.serialize_unit(),
            Reply::Integer(number) => serializer.serialize_i64(*number),
            Reply::Double(number) => self.string(serializer, double(*number).as_bytes()),
            Reply::Status(text) if text == "OK" && !self.nested => serializer.serialize_str(text),
            Reply::Status(text) => self.string(serializer, text.as_bytes()),
            Reply::Bulk(bytes) => self.string(serializer, bytes),
            Reply::Array(replies) => {
                let mut array = serializer.serialize_seq(Some(replies.len()))?;
                for reply in replies {
                    array.serialize_element(&Self { reply, base64: self.base64, nested: true })?;
                }
                array.end()
            }
        }
    }
}

impl Value<'_> {
    fn string<S: Serializer>(&self, serializer: S, bytes: &[u8]) -> Result<S::Ok, S::Error> {
        if self.base64 {
            return serializer.serialize_str(&BASE64_STANDARD.encode(bytes));
        }
        serializer.serialize_str(&String::from_utf8_lossy(bytes))
    }
}

/// As Redis writes it to RESP2: `inf`, `-inf` and `nan` are words.
fn double(number: f64) -> String {
    if number.is_nan() { "nan".to_owned() } else { number.to_string() }
}
