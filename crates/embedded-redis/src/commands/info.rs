//! `INFO`: the sections that readers look at.

use crate::context::{Context, Done, is};
use crate::failure::Failure;

/// The version whose commands and errors these are.
const VERSION: &str = "7.0.15";

/// A section: its name, and its lines.
type Section = (&'static str, Lines);
type Lines = fn(&Context<'_>) -> Result<String, Failure>;

const SECTIONS: [Section; 3] =
    [("Server", |_| Ok(server())), ("Memory", memory), ("Keyspace", keyspace)];

/// Names that mean every section.
const EVERY: [&str; 3] = ["all", "default", "everything"];

pub(super) fn info(ctx: &Context<'_>) -> Done {
    let asked = |name: &str| ctx.args.iter().any(|arg| is(arg, name));
    let every = ctx.args.is_empty() || EVERY.iter().any(|name| asked(name));
    let wanted = SECTIONS.iter().filter(|(name, _)| every || asked(name));
    let sections = wanted.map(|(name, lines)| Ok(format!("# {name}\r\n{}", lines(ctx)?)));
    let sections: Vec<_> = sections.collect::<Result<_, Failure>>()?;
    ctx.bulk(sections.join("\r\n").into_bytes())
}

fn server() -> String {
    format!("redis_version:{VERSION}\r\nredis_mode:standalone\r\nos:embedded\r\n")
}

fn memory(ctx: &Context<'_>) -> Result<String, Failure> {
    let (used, most) = (ctx.keys.totals()?.bytes, ctx.keys.limits.bytes);
    Ok(format!(
        "used_memory:{used}\r\nused_memory_human:{}\r\nmaxmemory:{most}\r\nmaxmemory_human:{}\r\n\
         maxmemory_policy:noeviction\r\n",
        human(used),
        human(most)
    ))
}

fn human(bytes: i64) -> String {
    let size = bytes as f64;
    if bytes < 1_024 {
        format!("{bytes}B")
    } else if bytes < 1_048_576 {
        format!("{:.2}K", size / 1_024.0)
    } else {
        format!("{:.2}M", size / 1_048_576.0)
    }
}

/// A database without keys is not listed.
fn keyspace(ctx: &Context<'_>) -> Result<String, Failure> {
    let keys = ctx.keys.totals()?.keys;
    if keys == 0 {
        return Ok(String::new());
    }
    let expires = ctx.keys.expiring()?;
    Ok(format!("db0:keys={keys},expires={expires},avg_ttl=0\r\n"))
}
