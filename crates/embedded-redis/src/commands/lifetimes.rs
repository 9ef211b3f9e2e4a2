//! How long keys live.

use presence::store::MAX_INTEGER;
use redis_rest::Reply;

use super::Spec;
use super::options::Unit;
use crate::context::{Context, Done, flag, integer, is};
use crate::failure::Failure;

pub(super) const COMMANDS: &[Spec] = &[
    Spec::write("expire", -3, |ctx| expire(ctx, Unit::EX)),
    Spec::write("pexpire", -3, |ctx| expire(ctx, Unit::PX)),
    Spec::write("expireat", -3, |ctx| expire(ctx, Unit::EXAT)),
    Spec::write("pexpireat", -3, |ctx| expire(ctx, Unit::PXAT)),
    Spec::write("persist", 2, persist),
    Spec::read("ttl", 2, |ctx| left(ctx, Unit::EX)),
    Spec::read("pttl", 2, |ctx| left(ctx, Unit::PX)),
    Spec::read("expiretime", 2, |ctx| left(ctx, Unit::EXAT)),
    Spec::read("pexpiretime", 2, |ctx| left(ctx, Unit::PXAT)),
];

/// On what a new time depends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    /// There is no end.
    None,
    /// There is one.
    Some,
    /// The new one is later: no end is later than any.
    Later,
    Earlier,
}

impl Condition {
    fn named(text: &[u8]) -> Option<Self> {
        let all =
            [("NX", Self::None), ("XX", Self::Some), ("GT", Self::Later), ("LT", Self::Earlier)];
        all.into_iter().find(|(name, _)| is(text, name)).map(|(_, condition)| condition)
    }

    fn holds(self, end: i64, current: Option<i64>) -> bool {
        match self {
            Self::None => current.is_none(),
            Self::Some => current.is_some(),
            Self::Later => current.is_some_and(|current| end > current),
            Self::Earlier => current.is_none_or(|current| end < current),
        }
    }
}

fn conditions(args: &[Vec<u8>]) -> Result<Vec<Condition>, Failure> {
    let read = |arg: &Vec<u8>| Condition::named(arg).ok_or_else(|| unsupported(arg));
    let all: Vec<Condition> = args.iter().map(read).collect::<Result<_, _>>()?;
    let has = |condition| all.contains(&condition);
    let clash = if has(Condition::None) && all.iter().any(|other| *other != Condition::None) {
        "NX and XX, GT or LT"
    } else if has(Condition::Later) && has(Condition::Earlier) {
        "GT and LT"
    } else {
        return Ok(all);
    };
    let text = format!("ERR {clash} options at the same time are not compatible");
    Err(Failure::new(text))
}

fn unsupported(option: &[u8]) -> Failure {
    let option: Vec<u8> = super::shown(option, option.len()).collect();
    Failure::new(format!("ERR Unsupported option {}", String::from_utf8_lossy(&option)))
}

fn expire(ctx: &Context<'_>, unit: Unit) -> Done {
    let [key, time, options @ ..] = ctx.args else { return Err(ctx.arity()) };
    let conditions = conditions(options)?;
    let end = end(unit, integer(time)?, ctx.keys.now);
    // No later than what can be kept, with which it is compared.
    let end = end.ok_or_else(|| Failure::expire_time(ctx.name))?.min(MAX_INTEGER);
    let Some(entry) = ctx.keys.find(key)? else { return Ok(flag(false)) };
    if !conditions.iter().all(|condition| condition.holds(end, entry.expires)) {
        return Ok(flag(false));
    }
    if end <= ctx.keys.now {
        ctx.keys.delete(key, &entry)?;
    } else {
        ctx.keys.set_expires(key, Some(end))?;
    }
    Ok(flag(true))
}

/// Unlike [`Unit::end`], this takes moments that are over: they delete.
fn end(unit: Unit, time: i64, now: i64) -> Option<i64> {
    let in_ms = if unit.seconds { time.checked_mul(1_000)? } else { time };
    if unit.absolute { Some(in_ms) } else { in_ms.checked_add(now) }
}

fn persist(ctx: &Context<'_>) -> Done {
    let key = ctx.one()?;
    let ends = ctx.keys.find(key)?.is_some_and(|entry| entry.expires.is_some());
    if ends {
        ctx.keys.set_expires(key, None)?;
    }
    Ok(flag(ends))
}

/// −2 for no key, −1 for no end.
fn left(ctx: &Context<'_>, unit: Unit) -> Done {
    let Some(entry) = ctx.keys.find(ctx.one()?)? else { return Ok(Reply::Integer(-2)) };
    let Some(end) = entry.expires else { return Ok(Reply::Integer(-1)) };
    let ms = if unit.absolute { end } else { (end - ctx.keys.now).max(0) };
    Ok(Reply::Integer(if unit.seconds { (ms + 500) / 1_000 } else { ms }))
}
