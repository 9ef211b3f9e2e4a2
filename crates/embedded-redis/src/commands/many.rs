//! Several strings at once.

use std::collections::BTreeMap;

use redis_rest::Reply;

use super::Spec;
use crate::context::{Context, Done, flag};
use crate::failure::Failure;
use crate::keyspace::{Entry, Kind};

pub(super) const COMMANDS: &[Spec] = &[
    Spec::read("mget", -2, mget),
    Spec::write("mset", -3, mset),
    Spec::write("msetnx", -3, msetnx),
];

fn mget(ctx: &Context<'_>) -> Done {
    let one = |key: &Vec<u8>| match ctx.keys.find(key)? {
        Some(entry) if entry.kind == Kind::Text => {
            ctx.bulk_or_null(ctx.keys.read(key)?.map(|text| text.value))
        }
        _ => ctx.null(),
    };
    ctx.args.iter().map(one).collect::<Result<_, _>>().map(Reply::Array)
}

/// What is to be written, with what is there: of a key that comes twice, the last value.
type Pairs<'a> = BTreeMap<&'a [u8], (&'a [u8], Option<Entry>)>;

fn pairs<'a>(ctx: &Context<'a>) -> Result<Pairs<'a>, Failure> {
    let (pairs, odd) = ctx.args.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(ctx.arity());
    }
    let pair = |[key, value]: &'a [Vec<u8>; 2]| {
        Ok((key.as_slice(), (value.as_slice(), ctx.keys.find(key)?)))
    };
    pairs.iter().map(pair).collect()
}

fn write(ctx: &Context<'_>, pairs: &Pairs<'_>) -> Result<(), Failure> {
    let (mut bytes, mut keys) = (0, 0);
    for (key, (value, old)) in pairs {
        let (more_bytes, more_keys) = ctx.keys.growth(key, old.as_ref(), value.len())?;
        bytes += more_bytes.max(0);
        keys += more_keys;
    }
    // All or none: room for one is not enough.
    ctx.keys.reserve(bytes, keys)?;
    for (key, (value, old)) in pairs {
        ctx.keys.write(key, old.as_ref(), value, None)?;
    }
    Ok(())
}

fn mset(ctx: &Context<'_>) -> Done {
    write(ctx, &pairs(ctx)?)?;
    Ok(Reply::ok())
}

fn msetnx(ctx: &Context<'_>) -> Done {
    let pairs = pairs(ctx)?;
    let absent = pairs.values().all(|(_, old)| old.is_none());
    if absent {
        write(ctx, &pairs)?;
    }
    Ok(flag(absent))
}
