//! What scheduled tasks ask: whether deadlines, edges and Redis are as they should be (rules, 10 and 19).
//!
//! They repair nothing themselves. An edge belongs to its subscriber, so that it is the subscriber's hub
//! that says it again, with a number above all that the target knows (rules, 5).

use crate::calls::{HubRequest, HubResponse};
use crate::core::SessionRow;
use crate::effects::{Step, Turn};
use crate::errors::{ErrorCode, Refusal};
use crate::events::EventKind;
use crate::followers::AUDIENCE;
use crate::hub::{Answer, Hub};
use crate::ids::UserId;
use crate::inputs::target_of;
use crate::mirror::{Digest, fingerprint, look};
use crate::scope::{Scope, Sql};
use crate::store::{Row, Store, Value};
use crate::time::Millis;

const HOLDS: &str = "SELECT generation, ended_at FROM audience WHERE subscriber = ?";
/// A row that is there keeps what it says; one that is not says that nothing is wanted.
const SAY_AGAIN: &str = "INSERT INTO watching (target, generation, wanted, confirmed, since, renewed_at, by_topic, told_at) \
    VALUES (?1, ?2, 0, 0, ?3, ?3, 0, ?3) ON CONFLICT (target) DO UPDATE SET generation = ?2";
const WATCHED: &str = "SELECT target FROM watching WHERE wanted = 1";
const LEASES_OVER: &str = "SELECT count(*) FROM watching WHERE wanted = 1 AND renewed_at <= ?";

impl<S: Store> Hub<S> {
    /// Answers what only reads, without a turn: nothing ends, nothing is written, armed or sent.
    pub(crate) fn peek(&mut self, mut turn: Turn<'_>, request: &HubRequest) -> Step<HubResponse> {
        let looked = self.scope(&mut turn).and_then(|scope| scope.look(request));
        let unread = |_| Err(Refusal::new(ErrorCode::Unavailable, "storage could not be read"));
        let result = looked.unwrap_or_else(unread);
        Step { effects: Vec::new(), events: Vec::new(), result }
    }
}

impl<S: Store> Scope<'_, S> {
    /// What this turn's sweep ended, and how things stand now. What of it would lapse in Redis before
    /// anybody looks again is written anew.
    pub(crate) fn swept(&mut self) -> Sql<Digest> {
        self.keep_audience_alive()?;
        let count = |is: fn(&EventKind) -> bool| {
            self.events.iter().filter(|event| is(&event.kind)).count() as i64
        };
        Ok(Digest {
            ended_sessions: count(|kind| matches!(kind, EventKind::SessionEnded { .. })),
            ended_leases: count(|kind| matches!(kind, EventKind::SubscriptionEnded { .. })),
            ..self.digest()?
        })
    }

    /// Whether `subscriber` stands among who watches this user.
    pub(crate) fn holds(&self, subscriber: &UserId) -> Sql<HubResponse> {
        let rows = self.query(HOLDS, &[subscriber.as_str().into()])?;
        let number = |at: usize| rows.first().and_then(|row| row.get(at)?.integer());
        let held = !rows.is_empty() && number(1).is_none();
        Ok(HubResponse::Held { held, generation: number(0).unwrap_or(0) })
    }

    /// Tells `target` again whether this user watches it. What the follower is about to tell anyway is
    /// left to it.
    pub(crate) fn reassert(&mut self, target: &UserId, above: i64) -> Sql<HubResponse> {
        let edge = self.edge(target)?;
        self.work.edges.waits.remove(target);
        let told_soon = |row: &crate::inputs::subscriptions::EdgeRow| {
            let dirty = self.work.edges.dirty.get(target);
            row.generation > above && dirty == Some(&(row.generation, row.wanted))
        };
        if edge.as_ref().is_some_and(told_soon) {
            return Ok(HubResponse::Done);
        }
        self.core.meta.generation = self.core.meta.generation.max(above);
        let generation = self.next_generation();
        let values = [target.as_str().into(), generation.into(), self.now.into()];
        self.execute(SAY_AGAIN, &values)?;
        self.edge_changed(target, generation, edge.is_some_and(|row| row.wanted))?;
        Ok(HubResponse::Done)
    }

    fn look(&self, request: &HubRequest) -> Answer<HubResponse> {
        Ok(Ok(match request {
            HubRequest::Sweep => HubResponse::Swept(self.outlook()?),
            HubRequest::Subscriptions { page } => self.subscriptions(page)?,
            HubRequest::Subscribers { page } => self.subscribers(page)?,
            HubRequest::SubscribedTo { target } => self.subscribed_to(target)?,
            HubRequest::Holds { subscriber } => self.holds(subscriber)?,
            _ => return Ok(Err(not_alone())),
        }))
    }

    /// How things stand, and what a sweep would end. A session whose socket has vanished, and nobody
    /// noticed, would get its time.
    fn outlook(&self) -> Sql<Digest> {
        let over = |row: &&SessionRow| !self.has_vanished(row) && self.deadline(row) <= self.now;
        let sessions = &self.core.sessions;
        let ends: Vec<Millis> = sessions.iter().filter(over).map(|r| self.deadline(r)).collect();
        let last = ends.iter().copied().max().max(Some(self.core.meta.ended_at));
        let ended_sessions = ends.len() as i64;
        let alone = ends.len() == sessions.len();
        let ttl = self.config.subscription_ttl;
        let ended_leases = match last.filter(|last| alone && *last + ttl <= self.now) {
            Some(_) => self.leases_over(self.now - ttl)?,
            None => 0,
        };
        Ok(Digest { ended_sessions, ended_leases, ..self.digest()? })
    }

    /// What Redis should say, in short.
    fn digest(&self) -> Sql<Digest> {
        let (watched, audience) = (self.query(WATCHED, &[])?, self.query(AUDIENCE, &[])?);
        let ((subscriptions, watched), (subscribers, watching)) =
            (names(&of_rows(&watched)), names(&of_rows(&audience)));
        let (standing, mirror) = (self.standing(), &self.core.meta.mirror);
        let told = self.core.follower.naps == mirror.naps;
        let sessions = &self.core.sessions;
        Ok(Digest {
            sessions: sessions.iter().map(|row| row.id.clone()).collect(),
            looks: sessions.iter().map(|row| look(&self.session_view(row))).collect(),
            online: standing.online,
            last_active: standing.last_active,
            subscriptions,
            watched,
            subscribers,
            watching,
            told_now: told.then(|| names(&self.watchers(&audience)).1),
            lag: mirror.since.map_or(0, |at| self.now.since(at)),
            ..Digest::default()
        })
    }

    fn leases_over(&self, renewed_before: Millis) -> Sql<i64> {
        let rows = self.query(LEASES_OVER, &[renewed_before.into()])?;
        Ok(rows.first().and_then(|row| row.first()).and_then(Value::integer).unwrap_or(0))
    }
}

fn of_rows(rows: &[Row]) -> Vec<UserId> {
    rows.iter().filter_map(|row| target_of(row)).collect()
}

/// How many user ids these are, and which.
fn names(ids: &[UserId]) -> (i64, u64) {
    (ids.len() as i64, fingerprint(ids.iter().map(|id| id.as_str().as_bytes())))
}

/// A peek at something that does more than read.
pub(super) fn not_alone() -> Refusal {
    Refusal::new(ErrorCode::InvalidBody, "only what reads, and nothing else, can be peeked at")
}
