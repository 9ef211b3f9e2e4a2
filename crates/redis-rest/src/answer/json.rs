//! `{"result": …}` and `{"error": "…"}`, alone or several of them, strings in base64.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::{Doubt, Outcome, RedisError, Reply};

/// The one outcome of a body.
pub(super) fn one(body: &[u8]) -> Result<Outcome, Doubt> {
    serde_json::from_slice(body).map(|Read(outcome)| outcome).map_err(|error| doubt(&error))
}

/// The outcomes of a body.
pub(super) fn many(body: &[u8]) -> Result<Vec<Outcome>, Doubt> {
    let all: Vec<Read> = serde_json::from_slice(body).map_err(|error| doubt(&error))?;
    Ok(all.into_iter().map(|Read(outcome)| outcome).collect())
}

fn doubt(error: &serde_json::Error) -> Doubt {
    if error.is_eof() { Doubt::Truncated } else { Doubt::Garbage(error.to_string()) }
}

struct Read(Outcome);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OutcomeVisitor)
    }
}

struct OutcomeVisitor;

impl<'de> Visitor<'de> for OutcomeVisitor {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a result or an error")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Read, A::Error> {
        let (mut result, mut error) = (None, None);
        while let Some(key) = object.next_key::<String>()? {
            match key.as_str() {
                "result" => result = Some(object.next_value::<Value>()?.0),
                "error" => error = object.next_value::<Option<String>>()?,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        match (result, error) {
            (_, Some(error)) => Ok(Read(Err(RedisError(error)))),
            (Some(reply), None) => Ok(Read(Ok(reply))),
            (None, None) => Err(A::Error::custom("neither a result nor an error")),
        }
    }
}

struct Value(Reply);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReplyVisitor).map(Value)
    }
}

struct ReplyVisitor;

impl<'de> Visitor<'de> for ReplyVisitor {
    type Value = Reply;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a number, a string in base64 or an array of these")
    }

    fn visit_unit<E: Error>(self) -> Result<Reply, E> {
        Ok(Reply::Null)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Reply, E> {
        Ok(Reply::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Reply, E> {
        i64::try_from(number).map(Reply::Integer).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Reply, E> {
        Ok(Reply::Double(number))
    }

    /// `OK` is no base64 of anything (it would be padded), so it can only be itself, anywhere.
    fn visit_str<E: Error>(self, text: &str) -> Result<Reply, E> {
        if text == "OK" {
            return Ok(Reply::ok());
        }
        BASE64_STANDARD.decode(text).map(Reply::Bulk).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Reply, A::Error> {
        let mut replies = Vec::new();
        while let Some(Value(reply)) = items.next_element()? {
            replies.push(reply);
        }
        Ok(Reply::Array(replies))
    }
}
