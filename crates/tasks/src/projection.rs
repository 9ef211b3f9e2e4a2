//! What Redis says of a user, against what the user's hub says.

use std::collections::BTreeSet;

use mirror::{Keys, keys};
use presence::ids::{SessionId, UserId};
use presence::mirror::{Digest, fingerprint, look};
use presence::state::Session;
use redis_rest::commands::{mget, smembers, smismember};
use redis_rest::{Ask as _, Command, Error, Outcome};

/// How much is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// Whether the user is in the set of who is online.
    Standing,
    /// Also the user's sessions, and their last activity.
    Sessions,
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

/// A user and what their hub says.
pub(crate) type Seen = (UserId, Digest);

/// What to ask Redis about users of whom their hubs say this. Each command is billed: strings and the set
/// that all share are read with one for all users together.
pub(crate) fn questions(seen: &[Seen], depth: Depth, kept: Keys) -> Vec<Command> {
    if seen.is_empty() {
        return Vec::new();
    }
    let mut list =
        vec![smismember(keys::ONLINE, seen.iter().map(|(user, _)| user.as_str())).command()];
    if depth >= Depth::Sessions {
        let strings = |(user, digest): &Seen| strings(user, digest, kept);
        list.push(mget(seen.iter().flat_map(strings)).command());
        let sets = |(user, digest): &Seen| sets(user, digest, depth);
        list.extend(seen.iter().flat_map(sets).map(|key| smembers(key).command()));
    }
    list
}

/// The keys of a user's strings: these first, then two of each session.
fn strings(user: &UserId, digest: &Digest, kept: Keys) -> Vec<String> {
    let mut list = vec![keys::last_active(user)];
    list.extend(kept.deprecated.then(|| keys::connections(user)));
    for session in &digest.sessions {
        list.push(keys::session(session));
        list.push(keys::shown(user, session));
    }
    list
}

/// The keys of a user's sets: of their sessions, and of subscriptions where those are compared.
fn sets(user: &UserId, digest: &Digest, depth: Depth) -> Vec<String> {
    let mut list = vec![keys::user_sessions(user)];
    if depth == Depth::All {
        list.extend([keys::subscription(user), keys::subscribers(user)]);
        list.extend(digest.told_now.map(|_| keys::watchers(user)));
    }
    list
}

/// Answers to [`questions`], to be taken in their order.
struct Answers {
    online: std::vec::IntoIter<bool>,
    strings: std::vec::IntoIter<Option<Vec<u8>>>,
    sets: std::vec::IntoIter<Outcome>,
}

impl Answers {
    /// `None`: they cannot be read. Where `presence:online` is no set, no hub could mend that, and all else is
    /// compared.
    fn read(answers: Vec<Outcome>, depth: Depth) -> Option<Self> {
        let mut answers = answers.into_iter();
        let online = match smismember("", [""]).read(answers.next()?) {
            Err(Error::Command(error)) if error.code() == "WRONGTYPE" => Vec::new(),
            online => online.ok()?,
        };
        let strings = match depth {
            Depth::Standing => Vec::new(),
            _ => mget([""]).read(answers.next()?).ok()?,
        };
        Some(Self { online: online.into_iter(), strings: strings.into_iter(), sets: answers })
    }

    fn string(&mut self) -> Option<Vec<u8>> {
        self.strings.next().flatten()
    }

    /// `None`: it is no set.
    fn set(&mut self) -> Option<Vec<Vec<u8>>> {
        smembers("").read(self.sets.next()?).ok()
    }
}

/// Of whom Redis says something else than the hubs do; `None` if its answers cannot be read. A key of a
/// user's own that holds something else than it should is a difference.
pub(crate) fn compare(
    seen: &[Seen],
    depth: Depth,
    kept: Keys,
    answers: Vec<Outcome>,
) -> Option<Vec<Drift>> {
    let mut answers = Answers::read(answers, depth)?;
    let differs = |(user, digest): &Seen| {
        let mut same = answers.online.next().is_none_or(|listed| listed == digest.online);
        let mut strays = Vec::new();
        if depth >= Depth::Sessions {
            same &= holds_strings(digest, kept, &mut answers);
            same &= holds_sessions(user, digest, &mut strays, answers.set());
        }
        if depth == Depth::All {
            same &= holds_edges(digest, &mut answers);
        }
        (!same).then(|| Drift { user: user.clone(), strays })
    };
    Some(seen.iter().filter_map(differs).collect())
}

/// Takes the answers to [`strings`].
fn holds_strings(digest: &Digest, kept: Keys, answers: &mut Answers) -> bool {
    let mut same = is_known(digest, answers.string());
    if kept.deprecated {
        let count = digest.sessions.len();
        let expected = (count > 0).then(|| count.to_string().into_bytes());
        same &= answers.string() == expected;
    }
    for (at, _) in digest.sessions.iter().enumerate() {
        let found = answers.string();
        let session = found.and_then(|text| serde_json::from_slice::<Session>(&text).ok());
        same &= session.map(|session| look(&session)) == digest.looks.get(at).copied();
        same &= answers.string().is_some() == digest.online;
    }
    same
}

/// Whether the set of the user's sessions holds just those; else `strays` are whom the hub should take away.
fn holds_sessions(
    user: &UserId,
    digest: &Digest,
    strays: &mut Vec<SessionId>,
    found: Option<Vec<Vec<u8>>>,
) -> bool {
    let found = found.map(texts);
    let own: BTreeSet<String> = digest.sessions.iter().map(|id| id.as_str().to_owned()).collect();
    // A session of somebody else is theirs to speak of (rules, 19): it only leaves this set.
    let mine = |id: &SessionId| !own.contains(id.as_str()) && id.user().as_ref() == Some(user);
    let stray = |text: &String| SessionId::parse(text).filter(mine);
    strays.extend(found.iter().flatten().filter_map(stray));
    found.as_ref() == Some(&own)
}

/// Takes the answers about subscriptions. As many others may stand there, where an old copy of Redis came
/// back.
fn holds_edges(digest: &Digest, answers: &mut Answers) -> bool {
    let mut same = true;
    for expected in [Some(digest.watched), Some(digest.watching), digest.told_now] {
        if expected.is_some() {
            let found = answers.set();
            same &= found.map(|set| fingerprint(set.iter().map(Vec::as_slice))) == expected;
        }
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
