//! Parts of strings.

use redis_rest::Reply;

use super::Spec;
use crate::context::{Context, Done, count, integer};
use crate::failure::Failure;
use crate::keyspace::{Kind, check_length};

pub(super) const COMMANDS: &[Spec] = &[
    Spec::read("getrange", 4, getrange),
    Spec::read("substr", 4, getrange),
    Spec::write("setrange", 4, setrange),
];

fn getrange(ctx: &Context<'_>) -> Done {
    let [key, start, end] = ctx.exactly()?;
    let (start, end) = (integer(start)?, integer(end)?);
    let value = ctx.keys.read(key)?.map(|text| text.value).unwrap_or_default();
    let part = part(value.len() as i64, start, end).and_then(|range| value.get(range));
    ctx.bulk(part.unwrap_or_default().to_vec())
}

/// Both ends belong to it; from a negative number one counts back from the end.
fn part(length: i64, start: i64, end: i64) -> Option<std::ops::Range<usize>> {
    if start < 0 && end < 0 && start > end {
        return None;
    }
    let place = |n: i64| if n < 0 { (length + n).max(0) } else { n };
    let (start, end) = (place(start), place(end).min(length - 1));
    (start <= end).then(|| start as usize..end as usize + 1)
}

fn setrange(ctx: &Context<'_>) -> Done {
    let [key, offset, part] = ctx.exactly()?;
    let offset = integer(offset)?;
    if offset < 0 {
        return Err(Failure::new("ERR offset is out of range"));
    }
    let old = ctx.keys.find_kind(key, Kind::Text)?;
    if part.is_empty() {
        return Ok(Reply::Integer(old.map_or(0, |entry| entry.length)));
    }
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    check_length(start.saturating_add(part.len()))?;
    let mut value = ctx.keys.read(key)?.map(|text| text.value).unwrap_or_default();
    let tail = value.get(start + part.len()..).unwrap_or_default().to_vec();
    value.resize(start, 0);
    value.extend_from_slice(part);
    value.extend(tail);
    ctx.keys.write(key, old.as_ref(), &value, old.and_then(|entry| entry.expires))?;
    Ok(count(value.len()))
}
