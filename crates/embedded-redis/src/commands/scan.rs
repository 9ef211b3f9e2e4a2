//! Scans, which go through everything in steps, and `KEYS`, which does so at once.

use presence::store::MAX_INTEGER;
use redis_rest::Reply;

use super::Spec;
use crate::context::{Context, Done, integer, is};
use crate::failure::Failure;
use crate::glob;
use crate::keyspace::{Found, Kind};
use crate::number;

pub(super) const COMMANDS: &[Spec] = &[
    Spec::read("scan", -2, scan),
    Spec::read("sscan", -3, |ctx| scan_items(ctx, Kind::Set)),
    Spec::read("hscan", -3, |ctx| scan_items(ctx, Kind::Hash)),
    Spec::read("keys", 2, keys),
];

/// Rows of a step, if nobody says how many.
const COUNT: i64 = 10;

/// Rows that `KEYS` looks at in one go.
const KEYS_AT_ONCE: i64 = 256;

struct Options<'a> {
    pattern: Option<&'a [u8]>,
    count: i64,
    kind: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    fn parse(args: &'a [Vec<u8>], of_keys: bool) -> Result<Self, Failure> {
        let mut options = Self { pattern: None, count: COUNT, kind: None };
        let (pairs, odd) = args.as_chunks::<2>();
        for [option, value] in pairs {
            if is(option, "COUNT") {
                options.count = integer(value)?;
            } else if is(option, "MATCH") {
                options.pattern = Some(value);
            } else if of_keys && is(option, "TYPE") {
                options.kind = Some(value);
            } else {
                return Err(Failure::syntax());
            }
            if options.count < 1 {
                return Err(Failure::syntax());
            }
        }
        if odd.is_empty() { Ok(options) } else { Err(Failure::syntax()) }
    }

    fn lets_through(&self, found: &Found) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, &found.name))
            && self.kind.is_none_or(|kind| found.kind.is_some_and(|of| is(kind, of.name())))
    }
}

fn cursor(text: &[u8]) -> Result<i64, Failure> {
    let cursor = number::cursor(text).ok_or_else(|| Failure::new("ERR invalid cursor"))?;
    Ok(i64::try_from(cursor).unwrap_or(MAX_INTEGER).min(MAX_INTEGER))
}

/// A step from `slot` on: where the next one begins, or 0, and what was found. Rows of one slot are
/// never parted: the cursor could not say which of them were seen.
fn step(
    from: i64,
    count: i64,
    page: impl Fn(i64, i64) -> Result<Vec<Found>, Failure>,
) -> Result<(i64, Vec<Found>), Failure> {
    let mut limit = count;
    loop {
        let mut rows = page(from, limit + 1)?;
        if rows.len() as i64 <= limit {
            return Ok((0, rows));
        }
        let next = rows.last().map_or(0, |row| row.slot);
        rows.retain(|row| row.slot < next);
        if !rows.is_empty() {
            return Ok((next, rows));
        }
        limit *= 2;
    }
}

fn scan(ctx: &Context<'_>) -> Done {
    let (from, options) = ctx.first()?;
    let (from, options) = (cursor(from)?, Options::parse(options, true)?);
    let count = ctx.page(options.count)?;
    let (next, mut found) = step(from, count, |slot, limit| Ok(ctx.keys.page(slot, limit)?))?;
    found.retain(|found| options.lets_through(found));
    answer(ctx, next, found.into_iter().map(|found| found.name))
}

fn scan_items(ctx: &Context<'_>, kind: Kind) -> Done {
    let [key, from, options @ ..] = ctx.args else { return Err(ctx.arity()) };
    let from = cursor(from)?;
    let Some(entry) = ctx.keys.find_kind(key, kind)? else { return answer(ctx, 0, []) };
    let options = Options::parse(options, false)?;
    let count = ctx.page(options.count)?;
    let page = |slot, limit| Ok(ctx.keys.items_page(&entry, slot, limit)?);
    let (next, mut found) = step(from, count, page)?;
    found.retain(|found| options.lets_through(found));
    if kind == Kind::Set {
        return answer(ctx, next, found.into_iter().map(|found| found.name));
    }
    answer(ctx, next, found.into_iter().flat_map(|found| [found.name, found.value]))
}

fn answer(ctx: &Context<'_>, next: i64, found: impl IntoIterator<Item = Vec<u8>>) -> Done {
    let next = Reply::Bulk(next.to_string().into_bytes());
    Ok(Reply::Array(vec![next, ctx.bulks(found)?]))
}

fn keys(ctx: &Context<'_>) -> Done {
    let pattern = ctx.one()?;
    let (mut from, mut found) = (0, Vec::new());
    loop {
        let page = |slot, limit| Ok(ctx.keys.page(slot, limit)?);
        let (next, rows) = step(from, KEYS_AT_ONCE, page)?;
        let names = rows.into_iter().map(|row| row.name);
        for name in names.filter(|name| glob::matches(pattern, name)) {
            found.push(ctx.bulk(name)?);
        }
        if next == 0 {
            return Ok(Reply::Array(found));
        }
        from = next;
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, step};

    /// Rows in these slots, named by their place.
    fn rows(slots: &[i64]) -> Vec<Found> {
        let row = |(place, slot): (usize, &i64)| Found {
            slot: *slot,
            name: place.to_string().into_bytes(),
            kind: None,
            value: Vec::new(),
        };
        slots.iter().enumerate().map(row).collect()
    }

    #[test]
    fn rows_of_one_slot_are_never_parted() {
        let slots = [1, 4, 4, 4, 4, 4, 7, 9, 9];
        let page = |from: i64, limit: i64| {
            let all = rows(&slots).into_iter().filter(|row| row.slot >= from);
            Ok(all.take(limit as usize).collect())
        };
        for count in 1..12 {
            let (mut from, mut names) = (0, Vec::new());
            loop {
                let (next, found) = step(from, count, page).unwrap();
                names.extend(found.into_iter().map(|found| found.name));
                if next == 0 {
                    break;
                }
                assert!(next > from);
                from = next;
            }
            let wanted: Vec<_> = rows(&slots).into_iter().map(|row| row.name).collect();
            assert_eq!(names, wanted, "COUNT {count}");
        }
    }
}
