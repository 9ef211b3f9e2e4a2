//! The server itself.

use redis_rest::Reply;

use super::{Spec, info, keys};
use crate::context::{Context, Done, is};
use crate::failure::Failure;

pub(super) const COMMANDS: &[Spec] = &[
    Spec::read("ping", -1, ping),
    Spec::read("echo", 2, |ctx| ctx.bulk(ctx.one()?.to_vec())),
    Spec::read("select", 2, select),
    Spec::read("time", 1, time),
    Spec::read("info", -1, info::info),
    Spec::write("flushdb", -1, flush),
    Spec::write("flushall", -1, flush),
];

fn ping(ctx: &Context<'_>) -> Done {
    match ctx.args {
        [] => Ok(Reply::Status("PONG".to_owned())),
        [text] => ctx.bulk(text.clone()),
        _ => Err(ctx.arity()),
    }
}

fn select(ctx: &Context<'_>) -> Done {
    keys::check_database(ctx.one()?)?;
    Ok(Reply::ok())
}

/// Seconds, and microseconds, of which the clock here has thousands.
fn time(ctx: &Context<'_>) -> Done {
    let (seconds, ms) = (ctx.keys.now.div_euclid(1_000), ctx.keys.now.rem_euclid(1_000));
    ctx.bulks([seconds, ms * 1_000].map(|number| number.to_string().into_bytes()))
}

fn flush(ctx: &Context<'_>) -> Done {
    match ctx.args {
        [] => {}
        [how] if is(how, "SYNC") || is(how, "ASYNC") => {}
        _ => return Err(Failure::syntax()),
    }
    ctx.keys.clear()?;
    Ok(Reply::ok())
}
