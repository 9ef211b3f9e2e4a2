//! Scans: every element that was there all the time is found, whatever the page size.

use std::collections::BTreeSet;

use super::{Case, Verdict};
use crate::commands::{Cursor, Page, sadd, scan, set, sscan};
use crate::{Ask, Command, Environment, Transport};

/// More than fits a page, and more than a small set's compact form holds.
const MANY: usize = 700;

/// No scan of this little takes so many pages.
const MAX_PAGES: usize = 10_000;

pub(super) async fn check<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    of_a_set(case).await?;
    of_keys(case).await
}

async fn of_a_set<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let key = case.key("scanned set");
    let members: BTreeSet<Vec<u8>> = (0..MANY).map(|n| format!("m{n}").into_bytes()).collect();
    case.ask(&sadd(&key, &members)).await?;
    for count in [1, 10, 10_000] {
        let found = all(case, |cursor| sscan(&key, cursor).count(count)).await?;
        super::same(&format!("SSCAN COUNT {count}"), &found, &members)?;
    }
    let found = all(case, |cursor| sscan(&key, cursor).matching("m69?")).await?;
    super::same("SSCAN MATCH m69?", &found.len(), &10)?;
    let found = all(case, |cursor| sscan(case.key("no such set"), cursor)).await?;
    super::same("SSCAN of no set", &found, &BTreeSet::new())?;
    case.fails(Command::new("SSCAN").arg(&key).arg("x"), "ERR invalid cursor").await
}

async fn of_keys<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    let mut keys = BTreeSet::new();
    for n in 0..30 {
        let key = case.key(&format!("scanned:{n}"));
        case.ask(&set(&key, "v")).await?;
        keys.insert(key.into_bytes());
    }
    let pattern = case.key("scanned:*");
    let found = all(case, |cursor| scan(cursor).matching(&pattern).count(7)).await?;
    super::same("SCAN MATCH", &found, &keys)?;
    let found = all(case, |cursor| scan(cursor).matching(&pattern).of_type("set")).await?;
    super::same("SCAN TYPE set", &found, &BTreeSet::new())?;
    let found = all(case, |cursor| scan(cursor).matching(&pattern).of_type("string")).await?;
    super::same("SCAN TYPE string", &found, &keys)
}

async fn all<T, E, A>(
    case: &Case<'_, T, E>,
    page: impl Fn(&Cursor) -> A,
) -> Result<BTreeSet<Vec<u8>>, String>
where
    T: Transport,
    E: Environment,
    A: Ask<Value = Page>,
{
    let (mut found, mut cursor) = (BTreeSet::new(), Cursor::start());
    for _ in 0..MAX_PAGES {
        let page = case.ask(&page(&cursor)).await?;
        found.extend(page.items);
        let Some(next) = page.next else { return Ok(found) };
        cursor = next;
    }
    Err(format!("a scan of {MANY} does not end"))
}
