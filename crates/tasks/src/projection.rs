//! What Redis says of a user, against what the user's hub says.

use std::collections::BTreeSet;

use mirror::{Keys, keys};
use presence::ids::{SessionId, UserId};
use presence::mirror::{Digest, fingerprint, look};
use presence::state::Session;
use redis_rest::commands::{exists, get, sismember, smembers};
use redis_rest::{Ask as _, Command, Outcome};

/// How much is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Whether the user is in the set of who is online.
    Standing,
    /// All that the user's hub keeps there.
    All,
}

/// What is wrong with what Redis says of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drift {
    pub(crate) user: UserId,
    /// Sessions that Redis has and the hub has not.
    pub(crate) strays: Vec<SessionId>,
}

/// What to ask Redis about a user of whom the hub says this.
pub(crate) fn questions(user: &UserId, digest: &Digest, depth: Depth, kept: Keys) -> Vec<Command> {
    let mut list = vec![sismember(keys::ONLINE, user.as_str()).command()];
    if depth == Depth::Standing {
        return list;
    }
    list.push(smembers(keys::user_sessions(user)).command());
    list.push(smembers(keys::subscription(user)).command());
    list.push(smembers(keys::subscribers(user)).command());
    list.extend(digest.told_now.map(|_| smembers(keys::watchers(user)).command()));
    list.extend(kept.deprecated.then(|| get(keys::connections(user)).command()));
    list.push(get(keys::last_active(user)).command());
    for session in &digest.sessions {
        list.push(get(keys::session(session)).command());
        list.push(exists(keys::shown(user, session)).command());
    }
    list
}

/// Reads the answers to [`questions`], and takes exactly those. A key of the user's own that holds
/// something else than it should is a difference; of the set that all share nobody can mend that.
pub(crate) fn compare(
    user: &UserId,
    digest: &Digest,
    (depth, kept): (Depth, Keys),
    answers: &mut impl Iterator<Item = Outcome>,
) -> Option<Drift> {
    let mut answer = || answers.next().unwrap_or(Ok(redis_rest::Reply::Null));
    let listed = sismember("", "").read(answer());
    let mut same = listed.map_or(true, |listed| listed == digest.online);
    let mut strays = Vec::new();
    if depth == Depth::All {
        let found = smembers("").read(answer()).ok().map(texts);
        let own: BTreeSet<String> =
            digest.sessions.iter().map(|id| id.as_str().to_owned()).collect();
        same &= found.as_ref() == Some(&own);
        // A session of somebody else is theirs to speak of (rules, 19): it only leaves this set.
        let mine = |id: &SessionId| !own.contains(id.as_str()) && id.user().as_ref() == Some(user);
        let stray = |text: &String| SessionId::parse(text).filter(mine);
        strays = found.iter().flatten().filter_map(stray).collect();
        same &= holds_the_rest(digest, kept, &mut answer);
    }
    (!same).then(|| Drift { user: user.clone(), strays })
}

/// Everything but the two sets of who is here and with which sessions.
fn holds_the_rest(digest: &Digest, kept: Keys, answer: &mut impl FnMut() -> Outcome) -> bool {
    let mut same = true;
    // As many others may stand there, where an old copy of Redis came back.
    for expected in [Some(digest.watched), Some(digest.watching), digest.told_now] {
        if expected.is_some() {
            let found = smembers("").read(answer()).ok();
            same &= found.map(|set| fingerprint(set.iter().map(Vec::as_slice))) == expected;
        }
    }
    if kept.deprecated {
        let count = digest.sessions.len();
        let expected = (count > 0).then(|| count.to_string().into_bytes());
        same &= get("").read(answer()).is_ok_and(|found| found == expected);
    }
    same &= get("").read(answer()).is_ok_and(|found| is_known(digest, found));
    for (at, _) in digest.sessions.iter().enumerate() {
        let found = get("").read(answer()).ok().flatten();
        let session = found.and_then(|text| serde_json::from_slice::<Session>(&text).ok());
        same &= session.map(|session| look(&session)) == digest.looks.get(at).copied();
        same &= exists("").read(answer()).is_ok_and(|there| there == digest.online);
    }
    same
}

/// Whether Redis knows of the last activity that others may know of. Of who is online it is as of the last
/// change.
fn is_known(digest: &Digest, found: Option<Vec<u8>>) -> bool {
    let found = found.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
    let expected = digest.last_active.map(|at| at.0);
    if digest.online { found.is_some() } else { found == expected }
}

/// Members as texts; one that is none stays what no id can be.
fn texts(members: Vec<Vec<u8>>) -> BTreeSet<String> {
    members.into_iter().map(|member| String::from_utf8_lossy(&member).into_owned()).collect()
}
