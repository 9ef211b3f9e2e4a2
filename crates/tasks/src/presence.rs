//! C3: `presence:online` holds who is online. First those in it are held against their hubs, found by
//! `SSCAN`; then those who are online against it, found through the directory.

use mirror::keys;
use presence::ids::UserId;
use redis_rest::commands::{Cursor, Page, sscan};
use redis_rest::{Ask as _, Error};

use crate::place::{Place, Step};
use crate::projection::Depth;
use crate::run::Run;
use crate::standing::{calls, check};
use crate::walk::{GATHER, gather};
use crate::world::World;

/// Users at once.
const BATCH: usize = 32;
/// Members of a scan at once: a page is about half of that, unless the set is small or of numbers.
const MEMBERS: usize = 64;
const COUNT: u32 = 32;

/// Where a pass begins.
pub(crate) fn start() -> Place {
    Place::scan(Cursor::start().as_str())
}

pub(crate) async fn step<W: World>(run: &Run<'_, W>, place: &Place) -> Option<Step> {
    if run.world.redis().is_none() {
        return Some(Step::Done);
    }
    match &place.scan {
        Some(cursor) if run.may(1 + calls(MEMBERS)) => Some(ghosts(run, place, cursor).await),
        None if run.may(GATHER + calls(BATCH)) => Some(missing(run, place).await),
        _ => None,
    }
}

/// Members whose hub says that they are not online.
async fn ghosts<W: World>(run: &Run<'_, W>, place: &Place, cursor: &str) -> Step {
    let page = match scan(run, cursor).await {
        Ok(page) => page,
        // A cursor that this server does not take: it was of another one.
        Err(Some(_)) if cursor != Cursor::start().as_str() => return Step::On(start()),
        Err(_) => {
            run.count(|counts| counts.failed += 1);
            return Step::Halt;
        }
    };
    let mut users = members(run, &page.items);
    users.retain(|user| place.after.as_ref().is_none_or(|after| user > after));
    let more = users.len() > MEMBERS;
    users.truncate(MEMBERS);
    check(run, &users, Depth::Standing).await;
    match (more, page.next) {
        (true, _) => Step::On(Place { after: users.last().cloned(), ..place.clone() }),
        (false, Some(next)) => Step::On(Place::scan(next.as_str())),
        (false, None) => Step::On(Place::default()),
    }
}

async fn missing<W: World>(run: &Run<'_, W>, place: &Place) -> Step {
    let gathered = gather(run, place, BATCH, calls(BATCH)).await;
    check(run, &gathered.users, Depth::Standing).await;
    Step::to(gathered.next)
}

/// `Err(None)`: Redis did not answer.
async fn scan<W: World>(run: &Run<'_, W>, cursor: &str) -> Result<Page, Option<Error>> {
    let ask = sscan(keys::ONLINE, &Cursor::from_text(cursor)).count(COUNT);
    let outcomes = run.pipeline(&[ask.command()]).await.map_err(|_| None)?;
    let outcome = outcomes.into_iter().next().ok_or(None)?;
    ask.read(outcome).map_err(Some)
}

/// In order, each once. What is no user id has no hub that could take it away.
fn members<W: World>(run: &Run<'_, W>, items: &[Vec<u8>]) -> Vec<UserId> {
    let read = |item: &Vec<u8>| {
        let text = std::str::from_utf8(item).ok()?;
        UserId::parse(text).ok().filter(|user| user.as_str() == text)
    };
    let mut users: Vec<UserId> = items.iter().filter_map(read).collect();
    run.count(|counts| counts.failed += (items.len() - users.len()) as u64);
    users.sort();
    users.dedup();
    users
}
