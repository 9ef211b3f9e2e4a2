//! Commands that answer at random.

use redis_rest::Reply;

use super::Spec;
use crate::context::{Context, Done, integer_within};
use crate::failure::Failure;
use crate::keyspace::{Entry, Found, Kind};
use crate::number;

pub(super) const COMMANDS: &[Spec] = &[
    Spec::write("spop", -2, spop),
    Spec::read("srandmember", -2, srandmember),
    Spec::read("randomkey", 1, randomkey),
];

fn spop(ctx: &Context<'_>) -> Done {
    let (key, rest) = ctx.first()?;
    let wanted = match rest {
        [] => None,
        [wanted] => Some(positive(wanted)?),
        _ => return Err(Failure::syntax()),
    };
    let entry = ctx.keys.find_kind(key, Kind::Set)?;
    let (Some(entry), Some(wanted)) = (entry, wanted) else {
        return match entry {
            Some(entry) => pop_one(ctx, key, &entry),
            None => nothing(ctx, wanted.is_some()),
        };
    };
    ctx.may_read_all(&entry)?;
    let popped = ctx.random.choose(names(ctx, &entry)?, wanted);
    let answer = ctx.bulks(popped.clone())?;
    ctx.keys.take(key, &entry, &crate::context::slices(&popped))?;
    Ok(answer)
}

fn positive(text: &[u8]) -> Result<usize, Failure> {
    let number = number::integer(text).filter(|number| *number >= 0);
    number.map(all_or).ok_or_else(Failure::not_positive)
}

/// More than can be counted here is all there are.
fn all_or(wanted: i64) -> usize {
    usize::try_from(wanted).unwrap_or(usize::MAX)
}

fn nothing(ctx: &Context<'_>, several: bool) -> Done {
    if several { ctx.bulks([]) } else { ctx.null() }
}

fn pop_one(ctx: &Context<'_>, key: &[u8], entry: &Entry) -> Done {
    let Some(found) = any(ctx, entry)? else { return ctx.null() };
    let answer = ctx.bulk(found.name.clone())?;
    ctx.keys.take(key, entry, &[&found.name])?;
    Ok(answer)
}

fn any(ctx: &Context<'_>, entry: &Entry) -> Result<Option<Found>, Failure> {
    let (count, _) = ctx.keys.count(entry)?;
    Ok(ctx.keys.nth_item(entry, ctx.random.below(count as usize) as i64)?)
}

fn names(ctx: &Context<'_>, entry: &Entry) -> Result<Vec<Vec<u8>>, Failure> {
    Ok(ctx.keys.items(entry)?.into_iter().map(|item| item.name).collect())
}

fn srandmember(ctx: &Context<'_>) -> Done {
    let (key, rest) = ctx.first()?;
    let wanted = match rest {
        [] => None,
        [wanted] => Some(integer_within(wanted, -i64::MAX, i64::MAX)?),
        _ => return Err(Failure::syntax()),
    };
    let entry = ctx.keys.find_kind(key, Kind::Set)?;
    match (entry, wanted) {
        (None, wanted) => nothing(ctx, wanted.is_some()),
        (Some(entry), None) => ctx.bulk_or_null(any(ctx, &entry)?.map(|found| found.name)),
        (Some(entry), Some(wanted)) => several(ctx, &entry, wanted),
    }
}

/// Distinct ones, or, of a negative number, so many that may repeat.
fn several(ctx: &Context<'_>, entry: &Entry, wanted: i64) -> Done {
    ctx.may_read_all(entry)?;
    let all = names(ctx, entry)?;
    if wanted >= 0 {
        return ctx.bulks(ctx.random.choose(all, all_or(wanted)));
    }
    let one = |_| all.get(ctx.random.below(all.len())).cloned().unwrap_or_default();
    ctx.bulks((0..wanted.unsigned_abs()).map(one))
}

fn randomkey(ctx: &Context<'_>) -> Done {
    let keys = ctx.keys.totals()?.keys as usize;
    let key = ctx.keys.nth(ctx.random.below(keys) as i64)?;
    Ok(key.map_or(Reply::Null, Reply::Bulk))
}
