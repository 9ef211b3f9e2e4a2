//! What Redis says of a user, against what the user's hub says.

use std::collections::BTreeSet;

use mirror::keys;
use presence::ids::{SessionId, UserId};
use presence::mirror::Digest;
use redis_rest::commands::{exists, scard, sismember, smembers};
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
pub(crate) fn questions(user: &UserId, digest: &Digest, depth: Depth) -> Vec<Command> {
    let mut list = vec![sismember(keys::ONLINE, user.as_str()).command()];
    if depth == Depth::Standing {
        return list;
    }
    list.push(smembers(keys::user_sessions(user)).command());
    list.push(scard(keys::subscription(user)).command());
    list.push(scard(keys::subscribers(user)).command());
    for session in &digest.sessions {
        list.push(exists(keys::session(session)).command());
        list.push(exists(keys::shown(user, session)).command());
    }
    list
}

/// Reads the answers to [`questions`], and takes exactly those. A key of the user's own that holds
/// something else than it should is a difference; of the set that all share nobody can mend that.
pub(crate) fn compare(
    user: &UserId,
    digest: &Digest,
    depth: Depth,
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
        for count in [digest.subscriptions, digest.subscribers] {
            same &= scard("").read(answer()).is_ok_and(|found| found == count.max(0) as u64);
        }
        for _ in &digest.sessions {
            same &= exists("").read(answer()).is_ok_and(|there| there);
            same &= exists("").read(answer()).is_ok_and(|there| there == digest.online);
        }
    }
    (!same).then(|| Drift { user: user.clone(), strays })
}

/// Members as texts; one that is none stays what no id can be.
fn texts(members: Vec<Vec<u8>>) -> BTreeSet<String> {
    members.into_iter().map(|member| String::from_utf8_lossy(&member).into_owned()).collect()
}
