//! Sets.

use redis_rest::Reply;

use super::Spec;
use crate::context::{Context, Done, count, flag, slices};
use crate::keyspace::{Items, Kind};

pub(super) const COMMANDS: &[Spec] = &[
    Spec::write("sadd", -3, sadd),
    Spec::write("srem", -3, srem),
    Spec::write("smove", 4, smove),
    Spec::read("smembers", 2, smembers),
    Spec::read("sismember", 3, sismember),
    Spec::read("smismember", -3, smismember),
    Spec::read("scard", 2, scard),
];

fn sadd(ctx: &Context<'_>) -> Done {
    let (key, members) = ctx.first()?;
    let entry = ctx.keys.find_kind(key, Kind::Set)?;
    let members: Items<'_> = members.iter().map(|member| (member.as_slice(), None)).collect();
    ctx.keys.add(key, Kind::Set, entry.as_ref(), &members).map(count)
}

fn srem(ctx: &Context<'_>) -> Done {
    let (key, members) = ctx.first()?;
    let Some(entry) = ctx.keys.find_kind(key, Kind::Set)? else { return Ok(count(0)) };
    Ok(count(ctx.keys.take(key, &entry, &slices(members))?))
}

fn smove(ctx: &Context<'_>) -> Done {
    let [from, to, member] = ctx.exactly()?;
    let Some(source) = ctx.keys.find_kind(from, Kind::Set)? else { return Ok(flag(false)) };
    let target = ctx.keys.find_kind(to, Kind::Set)?;
    let there = ctx.keys.lengths(&source, &[member])?.contains_key(member);
    if there && from != to {
        // First in, so that what does not fit stays where it is.
        ctx.keys.add(to, Kind::Set, target.as_ref(), &[(member, None)].into())?;
        ctx.keys.take(from, &source, &[member])?;
    }
    Ok(flag(there))
}

fn smembers(ctx: &Context<'_>) -> Done {
    let Some(entry) = ctx.keys.find_kind(ctx.one()?, Kind::Set)? else { return ctx.bulks([]) };
    ctx.may_read_all(&entry)?;
    ctx.bulks(ctx.keys.items(&entry)?.into_iter().map(|item| item.name))
}

fn sismember(ctx: &Context<'_>) -> Done {
    let [key, member] = ctx.exactly()?;
    let Some(entry) = ctx.keys.find_kind(key, Kind::Set)? else { return Ok(flag(false)) };
    Ok(flag(ctx.keys.lengths(&entry, &[member])?.contains_key(member)))
}

fn smismember(ctx: &Context<'_>) -> Done {
    let (key, members) = ctx.first()?;
    let there = match ctx.keys.find_kind(key, Kind::Set)? {
        Some(entry) => ctx.keys.lengths(&entry, &slices(members))?,
        None => std::collections::BTreeMap::new(),
    };
    let one = |member| flag(there.contains_key(member));
    Ok(Reply::Array(members.iter().map(one).collect()))
}

fn scard(ctx: &Context<'_>) -> Done {
    let Some(entry) = ctx.keys.find_kind(ctx.one()?, Kind::Set)? else { return Ok(count(0)) };
    Ok(Reply::Integer(ctx.keys.count(&entry)?.0))
}
