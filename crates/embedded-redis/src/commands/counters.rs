//! Strings and fields that are numbers.

use redis_rest::Reply;

use super::Spec;
use crate::context::{Context, Done, integer};
use crate::failure::Failure;
use crate::keyspace::Kind;
use crate::number::{self, Extended};

pub(super) const COMMANDS: &[Spec] = &[
    Spec::write("incr", 2, |ctx| add(ctx, ctx.one()?, 1)),
    Spec::write("decr", 2, |ctx| add(ctx, ctx.one()?, -1)),
    Spec::write("incrby", 3, incrby),
    Spec::write("decrby", 3, decrby),
    Spec::write("incrbyfloat", 3, incrbyfloat),
    Spec::write("hincrby", 4, hincrby),
    Spec::write("hincrbyfloat", 4, hincrbyfloat),
];

fn incrby(ctx: &Context<'_>) -> Done {
    let [key, by] = ctx.exactly()?;
    add(ctx, key, integer(by)?)
}

fn decrby(ctx: &Context<'_>) -> Done {
    let [key, by] = ctx.exactly()?;
    let by = integer(by)?.checked_neg();
    add(ctx, key, by.ok_or_else(|| Failure::new("ERR decrement would overflow"))?)
}

fn add(ctx: &Context<'_>, key: &[u8], by: i64) -> Done {
    let old = ctx.keys.read(key)?;
    let value = old.as_ref().map_or(Ok(0), |text| integer(&text.value))?;
    let sum = value.checked_add(by).ok_or_else(Failure::overflow)?;
    let entry = old.map(|text| text.entry);
    let expires = entry.and_then(|entry| entry.expires);
    ctx.keys.write(key, entry.as_ref(), sum.to_string().as_bytes(), expires)?;
    Ok(Reply::Integer(sum))
}

fn not_a_float() -> Failure {
    Failure::new("ERR value is not a valid float")
}

fn infinite() -> Failure {
    Failure::new("ERR increment would produce NaN or Infinity")
}

/// A number to add to, or one to add. `Err` if it is none; a name of what is not finite is one, with
/// which nothing can be done.
fn float(text: &[u8]) -> Result<Option<Extended>, Failure> {
    let names = ["inf", "infinity"];
    let bare = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    if names.iter().any(|name| bare.eq_ignore_ascii_case(name.as_bytes())) {
        return Ok(None);
    }
    Extended::parse(text).map(Some).ok_or_else(not_a_float)
}

fn sum(value: Option<Extended>, by: Option<Extended>) -> Result<String, Failure> {
    let sum = value.zip(by).and_then(|(value, by)| value.plus(by));
    sum.map(|sum| sum.to_string()).ok_or_else(infinite)
}

fn incrbyfloat(ctx: &Context<'_>) -> Done {
    let [key, by] = ctx.exactly()?;
    let old = ctx.keys.read(key)?;
    let value = float(old.as_ref().map_or(b"0", |text| &text.value))?;
    let sum = sum(value, float(by)?)?;
    let entry = old.map(|text| text.entry);
    let expires = entry.and_then(|entry| entry.expires);
    ctx.keys.write(key, entry.as_ref(), sum.as_bytes(), expires)?;
    ctx.bulk(sum.into_bytes())
}

fn hincrby(ctx: &Context<'_>) -> Done {
    let [key, field, by] = ctx.exactly()?;
    let by = integer(by)?;
    let wrong = || Failure::new("ERR hash value is not an integer");
    let sum = replace(ctx, key, field, |old| {
        let value = old.map_or(Ok(0), |text| number::integer(text).ok_or_else(wrong))?;
        Ok(value.checked_add(by).ok_or_else(Failure::overflow)?.to_string())
    })?;
    integer(sum.as_bytes()).map(Reply::Integer)
}

fn hincrbyfloat(ctx: &Context<'_>) -> Done {
    let [key, field, by] = ctx.exactly()?;
    let by = float(by)?.ok_or_else(|| Failure::new("ERR value is NaN or Infinity"))?;
    let wrong = |_| Failure::new("ERR hash value is not a float");
    let sum =
        replace(ctx, key, field, |old| sum(float(old.unwrap_or(b"0")).map_err(wrong)?, Some(by)))?;
    ctx.bulk(sum.into_bytes())
}

/// Writes a field anew from what it was.
fn replace(
    ctx: &Context<'_>,
    key: &[u8],
    field: &[u8],
    with: impl FnOnce(Option<&[u8]>) -> Result<String, Failure>,
) -> Result<String, Failure> {
    let entry = ctx.keys.find_kind(key, Kind::Hash)?;
    let old = match &entry {
        Some(entry) => ctx.keys.values(entry, &[field])?.remove(field),
        None => None,
    };
    let new = with(old.as_deref())?;
    ctx.keys.add(key, Kind::Hash, entry.as_ref(), &[(field, Some(new.as_bytes()))].into())?;
    Ok(new)
}
