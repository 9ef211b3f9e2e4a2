//! Hashes.

use redis_rest::Reply;

use super::Spec;
use crate::context::{Context, Done, count, flag, slices};
use crate::failure::Failure;
use crate::keyspace::{Entry, Found, Items, Kind};

pub(super) const COMMANDS: &[Spec] = &[
    Spec::write("hset", -4, |ctx| hset(ctx).map(count)),
    Spec::write("hmset", -4, |ctx| hset(ctx).map(|_| Reply::ok())),
    Spec::write("hsetnx", 4, hsetnx),
    Spec::write("hdel", -3, hdel),
    Spec::read("hget", 3, hget),
    Spec::read("hmget", -3, hmget),
    Spec::read("hgetall", 2, |ctx| all(ctx, |item| vec![item.name, item.value])),
    Spec::read("hkeys", 2, |ctx| all(ctx, |item| vec![item.name])),
    Spec::read("hvals", 2, |ctx| all(ctx, |item| vec![item.value])),
    Spec::read("hexists", 3, hexists),
    Spec::read("hlen", 2, hlen),
    Spec::read("hstrlen", 3, hstrlen),
];

fn find(ctx: &Context<'_>, key: &[u8]) -> Result<Option<Entry>, Failure> {
    ctx.keys.find_kind(key, Kind::Hash)
}

fn hset(ctx: &Context<'_>) -> Result<usize, Failure> {
    let (key, pairs) = ctx.first()?;
    let (pairs, odd) = pairs.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(ctx.arity());
    }
    let entry = find(ctx, key)?;
    // Of a field that comes twice, the last value.
    let pair = |[field, value]: &'_ [Vec<u8>; 2]| (field.clone(), value.clone());
    let pairs: std::collections::BTreeMap<_, _> = pairs.iter().map(pair).collect();
    let items: Items<'_> =
        pairs.iter().map(|(field, value)| (field.as_slice(), Some(value.as_slice()))).collect();
    ctx.keys.add(key, Kind::Hash, entry.as_ref(), &items)
}

fn hsetnx(ctx: &Context<'_>) -> Done {
    let [key, field, value] = ctx.exactly()?;
    let entry = find(ctx, key)?;
    let there = length(ctx, entry.as_ref(), field)?.is_some();
    if !there {
        ctx.keys.add(key, Kind::Hash, entry.as_ref(), &[(field, Some(value))].into())?;
    }
    Ok(flag(!there))
}

fn hdel(ctx: &Context<'_>) -> Done {
    let (key, fields) = ctx.first()?;
    let Some(entry) = find(ctx, key)? else { return Ok(count(0)) };
    Ok(count(ctx.keys.take(key, &entry, &slices(fields))?))
}

fn hget(ctx: &Context<'_>) -> Done {
    let [key, field] = ctx.exactly()?;
    let Some(entry) = find(ctx, key)? else { return ctx.null() };
    ctx.bulk_or_null(ctx.keys.values(&entry, &[field])?.remove(field))
}

fn hmget(ctx: &Context<'_>) -> Done {
    let (key, fields) = ctx.first()?;
    let values = match find(ctx, key)? {
        Some(entry) => {
            ctx.may_read_all(&entry)?;
            ctx.keys.values(&entry, &slices(fields))?
        }
        None => std::collections::BTreeMap::new(),
    };
    let one = |field: &Vec<u8>| ctx.bulk_or_null(values.get(field).cloned());
    fields.iter().map(one).collect::<Result<_, _>>().map(Reply::Array)
}

fn all(ctx: &Context<'_>, part: fn(Found) -> Vec<Vec<u8>>) -> Done {
    let Some(entry) = find(ctx, ctx.one()?)? else { return ctx.bulks([]) };
    ctx.may_read_all(&entry)?;
    ctx.bulks(ctx.keys.items(&entry)?.into_iter().flat_map(part))
}

/// The length of a field's value, if it is there.
fn length(ctx: &Context<'_>, entry: Option<&Entry>, field: &[u8]) -> Result<Option<i64>, Failure> {
    let Some(entry) = entry else { return Ok(None) };
    Ok(ctx.keys.lengths(entry, &[field])?.remove(field))
}

fn hexists(ctx: &Context<'_>) -> Done {
    let [key, field] = ctx.exactly()?;
    Ok(flag(length(ctx, find(ctx, key)?.as_ref(), field)?.is_some()))
}

fn hstrlen(ctx: &Context<'_>) -> Done {
    let [key, field] = ctx.exactly()?;
    Ok(Reply::Integer(length(ctx, find(ctx, key)?.as_ref(), field)?.unwrap_or(0)))
}

fn hlen(ctx: &Context<'_>) -> Done {
    let Some(entry) = find(ctx, ctx.one()?)? else { return Ok(count(0)) };
    Ok(Reply::Integer(ctx.keys.count(&entry)?.0))
}
