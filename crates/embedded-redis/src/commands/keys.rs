//! Keys, whatever they hold.

use redis_rest::Reply;

use super::Spec;
use crate::context::{Context, Done, count, flag, integer_within, is};
use crate::failure::Failure;
use crate::keyspace::{Entry, check_key};

pub(super) const COMMANDS: &[Spec] = &[
    Spec::write("del", -2, del),
    Spec::write("unlink", -2, del),
    Spec::read("exists", -2, exists),
    Spec::read("touch", -2, exists),
    Spec::read("type", 2, kind),
    Spec::read("dbsize", 1, |ctx| Ok(Reply::Integer(ctx.keys.totals()?.keys))),
    Spec::write("rename", 3, rename),
    Spec::write("renamenx", 3, renamenx),
    Spec::write("copy", -3, copy),
];

fn del(ctx: &Context<'_>) -> Done {
    let mut deleted = 0;
    for key in ctx.args {
        if let Some(entry) = ctx.keys.find(key)? {
            ctx.keys.delete(key, &entry)?;
            deleted += 1;
        }
    }
    Ok(count(deleted))
}

/// A key that is named twice counts twice.
fn exists(ctx: &Context<'_>) -> Done {
    let mut there = 0;
    for key in ctx.args {
        there += usize::from(ctx.keys.find(key)?.is_some());
    }
    Ok(count(there))
}

fn kind(ctx: &Context<'_>) -> Done {
    let found = ctx.keys.find(ctx.one()?)?;
    Ok(Reply::Status(found.map_or("none", |entry| entry.kind.name()).to_owned()))
}

/// Both names, and what is under them.
struct Move<'a> {
    from: &'a [u8],
    to: &'a [u8],
    source: Entry,
    target: Option<Entry>,
}

fn ends<'a>(ctx: &Context<'a>) -> Result<Move<'a>, Failure> {
    let [from, to] = ctx.exactly()?;
    let source = ctx.keys.find(from)?.ok_or_else(Failure::no_such_key)?;
    check_key(to)?;
    Ok(Move { from, to, source, target: ctx.keys.find(to)? })
}

fn rename(ctx: &Context<'_>) -> Done {
    let Move { from, to, source, target } = ends(ctx)?;
    if from != to {
        // Names may differ in length; nothing else can grow.
        let freed = target.map_or(Ok(0), |target| ctx.keys.weigh(to, &target))?;
        ctx.keys.reserve(to.len() as i64 - from.len() as i64 - freed, 0)?;
        if let Some(target) = target {
            ctx.keys.delete(to, &target)?;
        }
        ctx.keys.rename(from, &source, to)?;
    }
    Ok(Reply::ok())
}

fn renamenx(ctx: &Context<'_>) -> Done {
    let Move { from, to, source, target } = ends(ctx)?;
    if target.is_some() {
        return Ok(flag(false));
    }
    ctx.keys.reserve(to.len() as i64 - from.len() as i64, 0)?;
    ctx.keys.rename(from, &source, to)?;
    Ok(flag(true))
}

fn copy(ctx: &Context<'_>) -> Done {
    let [from, to, options @ ..] = ctx.args else { return Err(ctx.arity()) };
    let replace = replaces(options)?;
    if from == to {
        return Err(Failure::new("ERR source and destination objects are the same"));
    }
    let Some(source) = ctx.keys.find(from)? else { return Ok(flag(false)) };
    check_key(to)?;
    let target = ctx.keys.find(to)?;
    if target.is_some() && !replace {
        return Ok(flag(false));
    }
    let freed = target.map_or(Ok(0), |target| ctx.keys.weigh(to, &target))?;
    let grown = ctx.keys.weigh(from, &source)? + to.len() as i64 - from.len() as i64 - freed;
    ctx.keys.reserve(grown, i64::from(target.is_none()))?;
    if let Some(target) = target {
        ctx.keys.delete(to, &target)?;
    }
    ctx.keys.copy(from, &source, to)?;
    Ok(flag(true))
}

fn replaces(options: &[Vec<u8>]) -> Result<bool, Failure> {
    let (mut replace, mut rest) = (false, options);
    while let [option, after @ ..] = rest {
        rest = match after {
            _ if is(option, "REPLACE") => {
                replace = true;
                after
            }
            [number, after @ ..] if is(option, "DB") => {
                check_database(number)?;
                after
            }
            _ => return Err(Failure::syntax()),
        };
    }
    Ok(replace)
}

/// There is one database.
pub(super) fn check_database(number: &[u8]) -> Result<(), Failure> {
    if integer_within(number, i32::MIN.into(), i32::MAX.into())? == 0 {
        return Ok(());
    }
    Err(Failure::new("ERR DB index is out of range"))
}
