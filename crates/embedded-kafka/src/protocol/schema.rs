//! The shape that the bridge's description of its API asks for, checked in its words.

use serde_json::value::RawValue;

use super::Refusal;
use super::json::{Members, kind};

/// What a key or a value may be in every format.
const KEY: &[&str] = &["array", "object", "string"];

/// A record of the right shape.
pub(super) struct Shaped<'a> {
    pub(super) key: Option<&'a RawValue>,
    pub(super) value: &'a RawValue,
    pub(super) partition: Option<i32>,
    pub(super) timestamp: Option<i64>,
    pub(super) headers: Vec<(String, String)>,
}

/// The records of a body; `None` where it has no list of them. In the path of a partition, a record names none.
pub(super) fn records(body: &[u8], by_path: bool) -> Result<Option<Vec<Shaped<'_>>>, Refusal> {
    let text = std::str::from_utf8(body).map_err(|_| Refusal::Undecodable)?;
    let whole: &RawValue = decoded(text)?;
    if kind(whole) != "object" {
        return Err(Refusal::Schema(vec![wrong_type(whole, "object")]));
    }
    let members: Members<'_> = decoded(whole.get())?;
    if let Some((name, _)) = members.0.iter().find(|(name, _)| name != "records") {
        return Err(Refusal::Schema(vec![additional(name)]));
    }
    let Some(list) = members.get("records") else { return Ok(None) };
    if kind(list) != "array" {
        return Err(Refusal::Schema(within("records", vec![wrong_type(list, "array")])));
    }
    let items: Vec<&RawValue> = decoded(list.get())?;
    items.into_iter().map(|item| record(item, by_path)).collect::<Result<_, _>>().map(Some)
}

/// Where the JSON was read before and is right, but holds, say, half a surrogate pair.
fn decoded<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, Refusal> {
    serde_json::from_str(text).map_err(|_| Refusal::Undecodable)
}

fn record(raw: &RawValue, by_path: bool) -> Result<Shaped<'_>, Refusal> {
    if kind(raw) != "object" {
        return Err(bad_item(vec![wrong_type(raw, "object")]));
    }
    let members: Members<'_> = decoded(raw.get())?;
    let known = |name: &str| match name {
        "key" | "value" | "timestamp" | "headers" => true,
        "partition" => !by_path,
        _ => false,
    };
    if let Some((name, _)) = members.0.iter().find(|(name, _)| !known(name)) {
        return Err(bad_item(vec![additional(name)]));
    }
    let Some(value) = members.get("value") else {
        return Err(bad_item(vec![missing("value")]));
    };
    let key = members.get("key");
    if let Some(key) = key {
        one_of("key", key, false)?;
    }
    one_of("value", value, true)?;
    Ok(Shaped {
        key,
        value,
        partition: whole(&members, "partition", "int32")?.map(|number| number as i32),
        timestamp: whole(&members, "timestamp", "int64")?,
        headers: members.get("headers").map_or(Ok(Vec::new()), headers)?,
    })
}

/// An array, an object or a string, or, for a value, null.
fn one_of(name: &str, raw: &RawValue, nullable: bool) -> Result<(), Refusal> {
    let found = kind(raw);
    if KEY.contains(&found) || (nullable && found == "null") {
        return Ok(());
    }
    let mut errors = vec![
        "A subschema had errors".to_owned(),
        "Instance does not match exactly one subschema (0 matches)".to_owned(),
    ];
    errors.extend(KEY.iter().map(|expected| wrong_type(raw, expected)));
    Err(bad_item(within(name, errors)))
}

/// A whole number of 32 or 64 bits, if it is there.
fn whole(members: &Members<'_>, name: &str, format: &str) -> Result<Option<i64>, Refusal> {
    let Some(raw) = members.get(name) else { return Ok(None) };
    let parsed = raw.get().parse::<i64>().ok();
    let fits = |number: &i64| format != "int32" || i32::try_from(*number).is_ok();
    if let Some(number) = parsed.filter(fits) {
        return Ok(Some(number));
    }
    let mut errors = Vec::new();
    if parsed.is_none() {
        errors.push(wrong_type(raw, "integer"));
    }
    errors.push(format!("Integer does not match the format \"{format}\""));
    Err(bad_item(within(name, errors)))
}

/// A list of `{"key":"…","value":"…"}`.
fn headers(raw: &RawValue) -> Result<Vec<(String, String)>, Refusal> {
    let bad = |errors| Err(bad_item(within("headers", errors)));
    if kind(raw) != "array" {
        return bad(vec![wrong_type(raw, "array")]);
    }
    let items: Vec<&RawValue> = decoded(raw.get())?;
    let mut read = Vec::with_capacity(items.len());
    for item in items {
        match header(item)? {
            Ok(header) => read.push(header),
            Err(error) => return bad(vec!["Items did not match schema".into(), error]),
        }
    }
    Ok(read)
}

fn header(raw: &RawValue) -> Result<Result<(String, String), String>, Refusal> {
    if kind(raw) != "object" {
        return Ok(Err(wrong_type(raw, "object")));
    }
    let members: Members<'_> = decoded(raw.get())?;
    let stranger = members.0.iter().find(|(name, _)| name != "key" && name != "value");
    if let Some((name, _)) = stranger {
        return Ok(Err(additional(name)));
    }
    let text = |name: &str| match members.get(name) {
        None => Ok(Err(missing(name))),
        Some(raw) if kind(raw) != "string" => Ok(Err(wrong_type(raw, "string"))),
        Some(raw) => decoded::<String>(raw.get()).map(Ok),
    };
    Ok(match (text("key")?, text("value")?) {
        (Ok(key), Ok(value)) => Ok((key, value)),
        (Err(error), _) | (_, Err(error)) => Err(error),
    })
}

/// One item of the list is wrong.
fn bad_item(errors: Vec<String>) -> Refusal {
    let mut path =
        vec!["Items did not match schema".to_owned(), "A subschema had errors".to_owned()];
    path.extend(errors);
    Refusal::Schema(within("records", path))
}

/// A property is wrong, and so is not what the rest may be either.
fn within(name: &str, errors: Vec<String>) -> Vec<String> {
    let mut path = vec![format!("Property \"{name}\" does not match schema")];
    path.extend(errors);
    path.push(additional(name));
    path
}

fn additional(name: &str) -> String {
    let name: String = name.chars().take(100).collect();
    format!("Property \"{name}\" does not match additional properties schema")
}

fn missing(name: &str) -> String {
    format!("Instance does not have required property \"{name}\"")
}

fn wrong_type(raw: &RawValue, expected: &str) -> String {
    format!("Instance type {} is invalid. Expected {expected}", kind(raw))
}
