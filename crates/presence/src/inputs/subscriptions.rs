//! Whom this user watches: subscribe, unsubscribe, and the notices that come back.

use std::collections::BTreeSet;

use crate::calls::{HubResponse, Outcome, TargetOutcome};
use crate::effects::LogEntry;
use crate::errors::{ErrorCode, Refusal};
use crate::events::{EventKind, SubscriptionEnd};
use crate::hub::Answer;
use crate::ids::{SocketKey, UserId};
use crate::scope::{Scope, Sql};
use crate::state::Presence;
use crate::store::{Store, Value};
use crate::work::Ask;

const EDGE: &str = "SELECT generation, wanted, renewed_at, by_topic FROM watching WHERE target = ?";
const COUNT: &str = "SELECT count(*) FROM watching WHERE wanted = 1";
const CREATE: &str = "INSERT INTO watching (target, generation, wanted, confirmed, since, renewed_at, by_topic, told_at) \
    VALUES (?1, ?2, 1, 0, ?3, ?3, ?4, ?3) ON CONFLICT (target) DO UPDATE SET \
    generation = ?2, wanted = 1, since = ?3, renewed_at = ?3, by_topic = ?4, told_at = ?3";
const RENEW: &str = "UPDATE watching SET renewed_at = ?, by_topic = ? WHERE target = ?";
const END: &str = "UPDATE watching SET wanted = 0, generation = ? WHERE target = ?";

/// How many targets a call may name.
pub const MAX_TARGETS: usize = 500;

/// A row of `watching`, as far as it is needed here.
pub(crate) struct EdgeRow {
    pub generation: i64,
    pub wanted: bool,
    pub renewed_at: i64,
    pub by_topic: bool,
}

/// Who subscribes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A command.
    Socket(SocketKey),
    /// A STOMP SUBSCRIBE: its UNSUBSCRIBE may end the lease that it made.
    Topic(SocketKey),
    /// A request without a socket.
    Rest,
}

impl Asker {
    fn socket(self) -> Option<SocketKey> {
        match self {
            Self::Socket(key) | Self::Topic(key) => Some(key),
            Self::Rest => None,
        }
    }
}

impl<S: Store> Scope<'_, S> {
    /// Subscribes to each distinct target; a bad one fails alone. Durable when the turn ends.
    pub(crate) fn subscribe(
        &mut self,
        targets: &[String],
        asker: Asker,
    ) -> Sql<Vec<TargetOutcome>> {
        let rows = self.query(COUNT, &[])?;
        let mut count =
            rows.first().and_then(|row| row.first()).and_then(Value::integer).unwrap_or(0);
        let mut created = 0;
        let mut results = Vec::new();
        let mut generation = None;
        for (text, parsed) in distinct(targets) {
            let Some(target) = parsed else {
                results.push(failed(text, ErrorCode::InvalidUserId, "not a user id"));
                continue;
            };
            let edge = self.edge(&target)?;
            if let Some(edge) = edge.as_ref().filter(|edge| edge.wanted) {
                results.push(self.refresh(&target, edge, asker)?);
            } else if count >= self.config.max_subscriptions {
                results.push(failed(
                    text,
                    ErrorCode::TooManySubscriptions,
                    "unsubscribe from somebody first",
                ));
            } else {
                let generation = *generation.get_or_insert_with(|| self.next_generation());
                results.push(self.create(&target, generation, asker)?);
                (count, created) = (count + 1, created + 1);
            }
        }
        if created > 0 {
            self.log(LogEntry::SubscriptionCreated { user_id: self.user.clone(), count: created });
        }
        Ok(results)
    }

    fn create(&mut self, target: &UserId, generation: i64, asker: Asker) -> Sql<TargetOutcome> {
        let by_topic = i64::from(matches!(asker, Asker::Topic(_)));
        let values = [target.as_str().into(), generation.into(), self.now.into(), by_topic.into()];
        self.execute(CREATE, &values)?;
        self.work.lease_due = None;
        self.edge_changed(target, generation, true)?;
        let visible = !self.core.meta.hidden();
        self.event(EventKind::SubscriptionCreated { target: target.clone(), visible });
        Ok(self.outcome(target, Outcome::Subscribed))
    }

    /// The edge is there: its time runs afresh, and whoever asked is told the state again. With a
    /// session alive nothing needs to be written: the lease lives as long as the session anyway.
    fn refresh(&mut self, target: &UserId, edge: &EdgeRow, asker: Asker) -> Sql<TargetOutcome> {
        let by_topic = edge.by_topic && matches!(asker, Asker::Topic(_));
        let renew = self.core.sessions.is_empty() && edge.renewed_at < self.now.0;
        if renew || by_topic != edge.by_topic {
            let renewed_at = if renew { self.now.0 } else { edge.renewed_at };
            let values = [renewed_at.into(), i64::from(by_topic).into(), target.as_str().into()];
            self.execute(RENEW, &values)?;
            self.work.lease_due = None;
            if renew {
                self.mark(|marks| marks.watching = true);
            }
        }
        if let Some(socket) = asker.socket() {
            let sockets = Some(BTreeSet::from([socket]));
            self.ask(target, Ask { since: None, sockets, not_before: self.now });
        }
        Ok(self.outcome(target, Outcome::Refreshed))
    }

    fn outcome(&self, target: &UserId, outcome: Outcome) -> TargetOutcome {
        let expires_at = Some(self.lease_end(self.now));
        let target_user_id = target.as_str().to_owned();
        TargetOutcome { target_user_id, outcome, expires_at, presence: None, error: None }
    }

    /// Unsubscribes from each distinct target.
    pub(crate) fn unsubscribe(&mut self, targets: &[String]) -> Sql<Vec<TargetOutcome>> {
        let mut results = Vec::new();
        let mut ended = 0;
        for (text, parsed) in distinct(targets) {
            let Some(target) = parsed else {
                results.push(failed(text, ErrorCode::InvalidUserId, "not a user id"));
                continue;
            };
            let held = self.end_subscription(&target, SubscriptionEnd::Unsubscribed)?;
            ended += usize::from(held);
            let outcome = if held { Outcome::Unsubscribed } else { Outcome::NotSubscribed };
            results.push(TargetOutcome { expires_at: None, ..self.outcome(&target, outcome) });
        }
        if ended > 0 {
            let (user_id, reason) = (self.user.clone(), SubscriptionEnd::Unsubscribed);
            self.log(LogEntry::SubscriptionEnded { user_id, count: ended, reason });
        }
        Ok(results)
    }

    /// Ends one subscription; false if there was none.
    pub(crate) fn end_subscription(
        &mut self,
        target: &UserId,
        reason: SubscriptionEnd,
    ) -> Sql<bool> {
        if !self.edge(target)?.is_some_and(|edge| edge.wanted) {
            return Ok(false);
        }
        let generation = self.next_generation();
        self.execute(END, &[generation.into(), target.as_str().into()])?;
        self.work.lease_due = None;
        self.edge_changed(target, generation, false)?;
        let visible = !self.core.meta.hidden();
        self.event(EventKind::SubscriptionEnded { target: target.clone(), reason, visible });
        Ok(true)
    }

    /// STOMP SUBSCRIBE to one user's topic.
    pub(crate) fn topic_subscribe(&mut self, socket: SocketKey, target: &UserId) -> Answer<()> {
        let results = self.subscribe(&[target.as_str().to_owned()], Asker::Topic(socket))?;
        Ok(results.into_iter().find_map(|result| result.error).map_or(Ok(()), Err))
    }

    /// STOMP UNSUBSCRIBE from the last subscription to that topic: ends a lease only if a SUBSCRIBE
    /// made it and nothing else asked for it since.
    pub(crate) fn topic_unsubscribe(&mut self, target: &UserId) -> Sql<()> {
        if self.edge(target)?.is_some_and(|edge| edge.wanted && edge.by_topic) {
            self.end_subscription(target, SubscriptionEnd::Unsubscribed)?;
        }
        Ok(())
    }

    /// A target tells its newest state. Nothing is written (a row costs seven times a call).
    pub(crate) fn notified(&mut self, presence: &Presence) -> Sql<HubResponse> {
        let watching = self.edge(&presence.user_id)?.is_some_and(|edge| edge.wanted);
        if watching {
            self.overtakes(presence);
            self.mail_all(presence, None);
        }
        let awake = !self.open_sockets().is_empty();
        Ok(HubResponse::Notified { watching, awake, shows: self.shows_awake() })
    }

    /// Whether others may see that there is a socket here to be told through (rules, 12).
    pub(crate) fn shows_awake(&self) -> bool {
        !self.core.meta.hidden() && !self.open_sockets().is_empty()
    }

    /// This user's own devices, where one of them watches the user themself.
    pub(crate) fn tell_own_devices(&mut self) -> Sql<()> {
        let me = self.user.clone();
        if self.edge(&me)?.is_some_and(|edge| edge.wanted) {
            let presence = self.presence_for(&me);
            self.mail_all(&presence, None);
        }
        Ok(())
    }

    /// The row of one target.
    pub(crate) fn edge(&self, target: &UserId) -> Sql<Option<EdgeRow>> {
        let rows = self.query(EDGE, &[target.as_str().into()])?;
        let number = |row: &[Value], at: usize| row.get(at).and_then(Value::integer).unwrap_or(0);
        Ok(rows.first().map(|row| EdgeRow {
            generation: number(row, 0),
            wanted: number(row, 1) == 1,
            renewed_at: number(row, 2),
            by_topic: number(row, 3) == 1,
        }))
    }
}

/// Each target once, in the order of its first mention: (as received, parsed).
fn distinct(targets: &[String]) -> Vec<(&String, Option<UserId>)> {
    let mut seen = BTreeSet::new();
    let mut entries = Vec::new();
    for text in targets {
        let id = UserId::parse(text).ok();
        let name = id.as_ref().map_or_else(|| format!(":{text}"), |id| id.as_str().to_owned());
        if seen.insert(name) {
            entries.push((text, id));
        }
    }
    entries
}

fn failed(text: &str, code: ErrorCode, detail: &str) -> TargetOutcome {
    TargetOutcome {
        target_user_id: text.to_owned(),
        outcome: Outcome::Failed,
        expires_at: None,
        presence: None,
        error: Some(Refusal::new(code, detail)),
    }
}
