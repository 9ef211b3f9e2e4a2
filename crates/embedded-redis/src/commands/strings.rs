//! Strings.

use redis_rest::Reply;

use super::Spec;
use super::options::{Condition, Of, Options, Unit};
use crate::context::{Context, Done, count, flag};
use crate::failure::Failure;
use crate::keyspace::{Entry, Kind};

pub(super) const COMMANDS: &[Spec] = &[
    Spec::read("get", 2, get),
    Spec::write("set", -3, set),
    Spec::write("setex", 4, |ctx| set_with_time(ctx, Unit::EX)),
    Spec::write("psetex", 4, |ctx| set_with_time(ctx, Unit::PX)),
    Spec::write("setnx", 3, setnx),
    Spec::write("getset", 3, getset),
    Spec::write("getdel", 2, getdel),
    Spec::write("getex", -2, getex),
    Spec::write("append", 3, append),
    Spec::read("strlen", 2, strlen),
];

fn get(ctx: &Context<'_>) -> Done {
    ctx.bulk_or_null(ctx.keys.read(ctx.one()?)?.map(|text| text.value))
}

fn set(ctx: &Context<'_>) -> Done {
    let [key, value, options @ ..] = ctx.args else { return Err(ctx.arity()) };
    let options = Options::parse(options, Of::Set)?;
    let end = match options.time {
        Some((unit, text)) => Some(unit.end(text, ctx.keys.now, ctx.name)?),
        None => None,
    };
    let (old, answer) = before_set(ctx, key, &options)?;
    let refused = match options.condition {
        Some(Condition::Absent) => old.is_some(),
        Some(Condition::Present) => old.is_none(),
        None => false,
    };
    if refused {
        return Ok(answer.unwrap_or(Reply::Null));
    }
    let kept = old.as_ref().filter(|_| options.keep).and_then(|old| old.expires);
    ctx.keys.write(key, old.as_ref(), value, end.or(kept))?;
    Ok(answer.unwrap_or_else(Reply::ok))
}

/// What was there, and the answer with it if that is what is wanted.
fn before_set(
    ctx: &Context<'_>,
    key: &[u8],
    options: &Options<'_>,
) -> Result<(Option<Entry>, Option<Reply>), Failure> {
    if !options.get {
        return Ok((ctx.keys.find(key)?, None));
    }
    let old = ctx.keys.read(key)?;
    let entry = old.as_ref().map(|text| text.entry);
    Ok((entry, Some(ctx.bulk_or_null(old.map(|text| text.value))?)))
}

fn set_with_time(ctx: &Context<'_>, unit: Unit) -> Done {
    let [key, time, value] = ctx.exactly()?;
    let end = unit.end(time, ctx.keys.now, ctx.name)?;
    ctx.keys.write(key, ctx.keys.find(key)?.as_ref(), value, Some(end))?;
    Ok(Reply::ok())
}

fn setnx(ctx: &Context<'_>) -> Done {
    let [key, value] = ctx.exactly()?;
    let absent = ctx.keys.find(key)?.is_none();
    if absent {
        ctx.keys.write(key, None, value, None)?;
    }
    Ok(flag(absent))
}

fn getset(ctx: &Context<'_>) -> Done {
    let [key, value] = ctx.exactly()?;
    let old = ctx.keys.read(key)?;
    let entry = old.as_ref().map(|text| text.entry);
    let answer = ctx.bulk_or_null(old.map(|text| text.value))?;
    ctx.keys.write(key, entry.as_ref(), value, None)?;
    Ok(answer)
}

fn getdel(ctx: &Context<'_>) -> Done {
    let key = ctx.one()?;
    let Some(old) = ctx.keys.read(key)? else { return ctx.null() };
    let answer = ctx.bulk(old.value)?;
    ctx.keys.delete(key, &old.entry)?;
    Ok(answer)
}

fn getex(ctx: &Context<'_>) -> Done {
    let (key, options) = ctx.first()?;
    let options = Options::parse(options, Of::Getex)?;
    let Some(text) = ctx.keys.read(key)? else { return ctx.null() };
    let now = ctx.keys.now;
    let end = match options.time {
        Some((unit, time)) => Some((unit, unit.end(time, now, ctx.name)?)),
        None => None,
    };
    let answer = ctx.bulk(text.value)?;
    match end {
        Some((unit, at)) if unit.absolute && at <= now => ctx.keys.delete(key, &text.entry)?,
        Some((_, at)) => ctx.keys.set_expires(key, Some(at))?,
        None if options.persist => ctx.keys.set_expires(key, None)?,
        None => {}
    }
    Ok(answer)
}

fn append(ctx: &Context<'_>) -> Done {
    let [key, more] = ctx.exactly()?;
    let old = ctx.keys.read(key)?;
    let entry = old.as_ref().map(|text| text.entry);
    let mut value = old.map(|text| text.value).unwrap_or_default();
    value.extend(more);
    ctx.keys.write(key, entry.as_ref(), &value, entry.and_then(|entry| entry.expires))?;
    Ok(count(value.len()))
}

fn strlen(ctx: &Context<'_>) -> Done {
    let found = ctx.keys.find_kind(ctx.one()?, Kind::Text)?;
    Ok(Reply::Integer(found.map_or(0, |entry| entry.length)))
}
