//! A user's own devices hear of each other (contract, §3: `session`, `/user/queue/sessions`): once of each
//! session that begins or ends, and on every other socket that was there before and stays.

use presence::config::HubConfig;
use presence::effects::{Effect, ServerMessage};
use presence::ids::SocketKey;
use presence::state::{EndReason, Session};

use super::deeds::Deed;
use super::person::{Link, Person, Visit, socket_of};
use super::{Check, Seen, breach};

const WRONG: &str = "2: own devices hear wrongly of a session";

/// A socket with a session as a turn begins.
#[derive(Clone, Debug)]
pub(super) struct Ear {
    pub key: SocketKey,
    pub id: String,
    number: u32,
}

impl Person {
    /// The sockets on which somebody may be told something as a turn begins.
    pub(super) fn ears(&self, seen: &Seen<'_>) -> Vec<Ear> {
        let attached = self.visits.iter().filter(|visit| visit.link == Link::Attached);
        let ear = |visit: &Visit| {
            let socket = socket_of(visit, seen.sockets)?;
            Some(Ear { key: socket.key, id: visit.id.clone(), number: visit.number })
        };
        attached.filter_map(ear).collect()
    }

    /// Whether the turn left this socket as it was: what it had to say had to be said there too.
    pub(super) fn keeps(&self, seen: &Seen<'_>, ear: &Ear) -> bool {
        let closed = |e: &Effect| matches!(e, Effect::Close(key, _) if *key == ear.key);
        let same = |visit: &Visit| {
            (&visit.id, visit.number, visit.link) == (&ear.id, ear.number, Link::Attached)
        };
        self.visits.iter().any(same) && !seen.effects.iter().any(closed)
    }

    pub(super) fn check_notices(
        &self,
        seen: &Seen<'_>,
        deeds: &[Deed],
        ears: &[Ear],
        config: &HubConfig,
    ) -> Check {
        for (key, session, reason) in notices(seen) {
            let said = |deed: &Deed| {
                let of = deed.of_session();
                of.is_some_and(|(sheet, why)| why == reason && sheet.is(seen.user, session, config))
            };
            let other = |ear: &Ear| ear.key == key && session.session_id.as_str() != ear.id;
            if !deeds.iter().any(said) || !ears.iter().any(other) {
                let detail = format!("{}: {key:?} of {session:?}, {reason:?}", seen.user);
                return breach(WRONG, format!("{detail}, where {deeds:?} happened"));
            }
        }
        for (sheet, reason) in deeds.iter().filter_map(Deed::of_session) {
            for ear in ears.iter().filter(|ear| ear.id != sheet.id) {
                let same = |(key, session, why): &(SocketKey, &Session, Option<EndReason>)| {
                    (*key, *why) == (ear.key, reason) && session.session_id.as_str() == sheet.id
                };
                let times = notices(seen).filter(same).count();
                if times > 1 || (times == 0 && self.keeps(seen, ear)) {
                    let detail = format!("{}: {:?} {times} times of {sheet:?}", seen.user, ear.key);
                    return breach(WRONG, detail);
                }
            }
        }
        Ok(())
    }
}

/// What a turn told its sockets of sessions.
fn notices<'a>(
    seen: &Seen<'a>,
) -> impl Iterator<Item = (SocketKey, &'a Session, Option<EndReason>)> {
    seen.effects.iter().filter_map(|effect| match effect {
        Effect::Send(key, ServerMessage::Session { session, ended }) => {
            Some((*key, session, *ended))
        }
        _ => None,
    })
}

/// Where storage refused the turn nothing happened, and nobody hears of anything.
pub(super) fn check_nothing_happened(seen: &Seen<'_>) -> Check {
    match notices(seen).next() {
        Some((key, session, _)) => {
            breach(WRONG, format!("{}: {key:?} of {session:?}, undone", seen.user))
        }
        None => Ok(()),
    }
}
