//! Redis as the mirror's flushes leave it, part by part, and what a test lets happen to them.

use std::collections::{BTreeMap, BTreeSet};

use presence::effects::CallId;
use presence::ids::{SessionId, UserId};
use presence::mirror::{Flush, Flushed};
use presence::state::{DeviceType, Session};
use presence::time::Millis;

use super::network::{Body, Letter, Wire, WireKind};
use super::{LATENCY, World};

/// What becomes of a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    Take,
    /// Refused at once.
    Refuse,
    /// Not even sent: nobody should ask for so long.
    Closed(i64),
    /// Lost on its way: nobody can say.
    Lose,
    /// Taken, and the answer lost.
    Mute,
    /// Given up after its time, and taken that much later than it was sent.
    Late(i64),
    /// Taken and answered that much later.
    Slow(i64),
}

pub type FlushPolicy = Box<dyn FnMut(&Flush) -> Flow>;

/// All parts, each with the end of its time.
#[derive(Default)]
pub struct Redis {
    pub sessions: BTreeMap<SessionId, (Session, Millis)>,
    pub shown: BTreeMap<(UserId, SessionId), (DeviceType, Millis)>,
    pub ids: BTreeMap<UserId, (BTreeSet<SessionId>, Millis)>,
    pub online: BTreeSet<UserId>,
    pub last_active: BTreeMap<UserId, Millis>,
    pub subscription: BTreeMap<UserId, (BTreeSet<UserId>, Millis)>,
    pub subscribers: BTreeMap<UserId, (BTreeSet<UserId>, Millis)>,
    pub watchers: BTreeMap<UserId, (BTreeSet<UserId>, Millis)>,
    /// Every flush that was taken.
    pub taken: Vec<(Millis, Flush)>,
    /// Every flush that was sent.
    pub sent: Vec<(Millis, Flush)>,
}

impl Redis {
    fn take(&mut self, now: Millis, flush: Flush) {
        let ttl = |seconds: i64| now + seconds * 1000;
        for state in &flush.sessions {
            let (id, key) = (state.id.clone(), (flush.user.clone(), state.id.clone()));
            let until = ttl(flush.ttl.session);
            if !state.kept {
                put(&mut self.sessions, id, state.session.clone().map(|session| (session, until)));
            }
            put(&mut self.shown, key, state.shown.map(|kind| (kind, until)));
        }
        if let Some(standing) = flush.standing {
            if standing.online {
                self.online.insert(flush.user.clone());
            } else {
                self.online.remove(&flush.user);
            }
            put(&mut self.last_active, flush.user.clone(), standing.last_active);
        }
        whole(&mut self.ids, &flush.user, flush.session_ids.as_deref(), ttl(flush.ttl.session));
        let (subscription, audience) = (ttl(flush.ttl.subscription), ttl(flush.ttl.audience));
        whole(&mut self.subscription, &flush.user, flush.subscription.as_deref(), subscription);
        whole(&mut self.subscribers, &flush.user, flush.subscribers.as_deref(), audience);
        whole(&mut self.watchers, &flush.user, flush.watchers.as_deref(), audience);
        self.taken.push((now, flush));
    }

    /// Forgets everything, as `FLUSHALL` does.
    pub fn empty(&mut self) {
        let (taken, sent) = (std::mem::take(&mut self.taken), std::mem::take(&mut self.sent));
        *self = Self { taken, sent, ..Self::default() };
    }

    fn expire(&mut self, now: Millis) {
        self.sessions.retain(|_, (_, until)| *until > now);
        self.shown.retain(|_, (_, until)| *until > now);
        self.ids.retain(|_, (_, until)| *until > now);
        for sets in [&mut self.subscription, &mut self.subscribers, &mut self.watchers] {
            sets.retain(|_, (_, until)| *until > now);
        }
    }
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) {
    match value {
        Some(value) => drop(map.insert(key, value)),
        None => drop(map.remove(&key)),
    }
}

fn whole<T: Ord + Clone>(
    map: &mut BTreeMap<UserId, (BTreeSet<T>, Millis)>,
    user: &UserId,
    members: Option<&[T]>,
    until: Millis,
) {
    let Some(members) = members else { return };
    let set: BTreeSet<T> = members.iter().cloned().collect();
    put(map, user.clone(), (!set.is_empty()).then_some((set, until)));
}

impl World {
    /// Decides from now on what happens to each flush.
    pub fn redis_does(&mut self, policy: impl FnMut(&Flush) -> Flow + 'static) {
        self.flush_policy = Box::new(policy);
    }

    /// Redis as it stands now, keys whose time is over gone.
    pub fn redis(&mut self) -> &mut Redis {
        self.redis.expire(self.now);
        &mut self.redis
    }

    /// Whether a hub waits for the answer to a flush.
    pub fn redis_is_asked(&self, id: &str) -> bool {
        let asker = super::user(id);
        let answers = |letter: &Letter| matches!(letter.body, Body::Flushed(..));
        self.letters.iter().any(|letter| letter.to == asker && answers(letter))
    }

    pub(super) fn flush(&mut self, user: &UserId, id: CallId, flush: Flush) {
        self.redis.sent.push((self.now, flush.clone()));
        let lost = (10_000, Flushed::Unknown);
        let (applied, (told, how)) = match (self.flush_policy)(&flush) {
            Flow::Take => (Some(LATENCY), (2 * LATENCY, Flushed::Done)),
            Flow::Refuse => (None, (LATENCY, Flushed::Failed { until: None })),
            Flow::Closed(ms) => {
                let until = Some(self.now + ms);
                (None, (0, Flushed::Failed { until }))
            }
            Flow::Lose => (None, lost),
            Flow::Mute => (Some(LATENCY), lost),
            Flow::Late(ms) => (Some(ms), lost),
            Flow::Slow(ms) => (Some(ms), (ms, Flushed::Done)),
        };
        if let Some(ms) = applied {
            self.letter(&super::user("redis"), self.now + ms, Body::Flush(Box::new(flush)));
        }
        self.letter(user, self.now + told, Body::Flushed(id, how));
    }

    fn letter(&mut self, asker: &UserId, at: Millis, body: Body) {
        let (from, to) = (asker.clone(), asker.clone());
        let wire = Wire { at, from, to: to.clone(), kind: WireKind::Other, answers: None };
        self.letters.push_back(Letter { at, asker: asker.clone(), id: None, to, wire, body });
    }

    pub(super) fn arrive_at_redis(&mut self, flush: Flush) {
        self.redis.expire(self.now);
        self.redis.take(self.now, flush);
    }
}
