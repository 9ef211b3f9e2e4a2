//! Sets made of sets.

use std::collections::BTreeSet;

use super::Spec;
use crate::context::{Context, Done, count};
use crate::failure::Failure;
use crate::keyspace::Kind;

pub(super) const COMMANDS: &[Spec] = &[
    Spec::read("sinter", -2, |ctx| answer(ctx, inter)),
    Spec::read("sunion", -2, |ctx| answer(ctx, union)),
    Spec::read("sdiff", -2, |ctx| answer(ctx, diff)),
    Spec::write("sinterstore", -3, |ctx| store(ctx, inter)),
    Spec::write("sunionstore", -3, |ctx| store(ctx, union)),
    Spec::write("sdiffstore", -3, |ctx| store(ctx, diff)),
];

type Members = BTreeSet<Vec<u8>>;
type Combine = fn(&mut Members, Members);

fn inter(all: &mut Members, others: Members) {
    *all = others.into_iter().filter(|member| all.contains(member)).collect();
}

fn union(all: &mut Members, mut others: Members) {
    all.append(&mut others);
}

fn diff(all: &mut Members, others: Members) {
    for member in others {
        all.remove(&member);
    }
}

/// The first set combined with each other in turn.
fn combined(ctx: &Context<'_>, keys: &[Vec<u8>], combine: Combine) -> Result<Members, Failure> {
    let entries = keys.iter().map(|key| ctx.keys.find_kind(key, Kind::Set));
    // A key of another type fails the command, even where others have decided already.
    let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
    let mut result = None;
    for entry in entries {
        let members = match entry {
            Some(entry) => {
                ctx.may_read_all(&entry)?;
                ctx.keys.items(&entry)?.into_iter().map(|item| item.name).collect()
            }
            None => Members::new(),
        };
        match &mut result {
            Some(before) => combine(before, members),
            None => result = Some(members),
        }
    }
    Ok(result.unwrap_or_default())
}

fn answer(ctx: &Context<'_>, combine: Combine) -> Done {
    ctx.bulks(combined(ctx, ctx.args, combine)?)
}

fn store(ctx: &Context<'_>, combine: Combine) -> Done {
    let (target, keys) = ctx.first()?;
    let members = combined(ctx, keys, combine)?;
    let old = ctx.keys.find(target)?;
    let items = members.iter().map(|member| (member.as_slice(), None)).collect();
    ctx.keys.store_set(target, old.as_ref(), &items)?;
    Ok(count(members.len()))
}
