//! JSON whose members keep their order and whose numbers keep their spelling, as the bridge stores it.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep a value may be nested to be shown as JSON within JSON: readers stop at about 128.
const DEEPEST: usize = 64;

/// The members of an object, in order.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The member of that name: the last, if there are several.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// What a value is, in the words of JSON Schema.
pub(super) fn kind(raw: &RawValue) -> &'static str {
    match raw.get().bytes().next() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ => "number",
    }
}

/// The text without the white space between its parts, and how deep it is nested.
pub(super) fn compact(json: &str) -> (String, usize) {
    let mut out = String::with_capacity(json.len());
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for c in json.chars() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else {
            match c {
                '"' => quoted = true,
                '{' | '[' => depth += 1,
                '}' | ']' => depth = depth.saturating_sub(1),
                _ if c.is_ascii_whitespace() => continue,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        out.push(c);
    }
    (out, deepest)
}

/// The value as JSON in one line, if it is some that every reader can take: nested not too deep, its numbers within
/// range, its strings whole.
pub(crate) fn readable(text: &str) -> Option<Box<RawValue>> {
    serde_json::from_str::<serde_json::Value>(text).ok()?;
    let (json, depth) = compact(text);
    if depth > DEEPEST {
        return None;
    }
    RawValue::from_string(json).ok()
}
