//! Keeps the user's own subscriptions at their targets, and asks the targets what changed when a
//! socket opens (rules, 5, 7, 9). The position is each row's `confirmed`, and for a wake and for any
//! question that failed the one durable mark `meta.wake`, so that they survive hibernation during
//! back-off.

use std::collections::BTreeSet;

use crate::calls::{HubAnswer, HubRequest, HubResponse};
use crate::effects::{NoAnswer, ServerMessage};
use crate::errors::{ErrorCode, Refusal};
use crate::events::SubscriptionEnd;
use crate::ids::{SocketKey, UserId};
use crate::inputs::target_of;
use crate::scope::{Scope, Sql};
use crate::state::Presence;
use crate::store::{Store, Value};
use crate::time::Millis;
use crate::work::{Ask, Backoff, Pending};

/// The mark of a wake that asks for everything.
const EVERYTHING: Millis = Millis(0);

const DIRTY: &str = "SELECT target, generation, wanted FROM watching WHERE confirmed <> generation";
const TARGETS: &str = "SELECT target, told_at FROM watching WHERE wanted = 1";
const CONFIRM: &str =
    "UPDATE watching SET confirmed = generation, told_at = ? WHERE target = ? AND generation = ?";
const AGAIN: &str = "UPDATE watching SET generation = ? WHERE target = ?";
const FORGET: &str = "DELETE FROM watching WHERE target = ? AND generation = ?";

impl<S: Store> Scope<'_, S> {
    /// When this follower wants to go on after failures.
    pub(crate) fn edges_due(&self) -> Option<Millis> {
        let work = &self.work.edges;
        let waiting = |target: &&UserId| !work.busy.contains_key(*target);
        let at = |target: &UserId| work.waits.get(target).map_or(Millis(0), |wait| wait.at);
        work.dirty.keys().chain(work.asks.keys()).filter(waiting).map(at).min()
    }

    /// A row of this user's subscriptions has a new generation. An edge to oneself stays local
    /// (rules, 11).
    pub(crate) fn edge_changed(
        &mut self,
        target: &UserId,
        generation: i64,
        wanted: bool,
    ) -> Sql<()> {
        self.mark(|marks| marks.watching = true);
        if !wanted {
            self.work.edges.asks.remove(target);
            self.has_answered(target);
            self.forget_mail_about(target);
        }
        if target != self.user {
            self.work.edges.dirty.insert(target.clone(), (generation, wanted));
            return Ok(());
        }
        if wanted {
            let answer = self.watch(target, generation, None, self.shows_awake())?;
            let values = [self.now.into(), target.as_str().into(), generation.into()];
            self.execute(CONFIRM, &values)?;
            self.hear(&answer, None, None);
        } else {
            self.unwatch(target, generation)?;
            self.execute(FORGET, &[target.as_str().into(), generation.into()])?;
        }
        Ok(())
    }

    /// Tells the sockets what a target's own answer said, unless a notice that says more has overtaken it:
    /// all who were open then have that, and who came later asks.
    fn hear(
        &mut self,
        answer: &HubAnswer,
        sockets: Option<&BTreeSet<SocketKey>>,
        told: Option<i64>,
    ) {
        if let Ok(HubResponse::Watched { presence: Some(presence), .. }) = answer
            && Some(presence.version) >= told
        {
            self.mail_all(presence, sockets);
        }
    }

    /// A target tells its state by itself.
    pub(crate) fn overtakes(&mut self, presence: &Presence) {
        if let Some(told) = self.work.edges.busy.get_mut(&presence.user_id) {
            *told = (*told).max(Some(presence.version));
        }
    }

    /// Asks one target for its state.
    pub(crate) fn ask(&mut self, target: &UserId, ask: Ask) {
        if target == self.user {
            // All sockets are asked for where memory was lost, before this turn's own change.
            if ask.sockets.is_none() && !self.numbered {
                self.tell_self = true;
                return;
            }
            let presence = self.presence_for(target);
            self.mail_all(&presence, ask.sockets.as_ref());
            return;
        }
        let asks = &mut self.work.edges.asks;
        asks.entry(target.clone()).and_modify(|known| known.merge(&ask)).or_insert(ask);
    }

    /// A new socket asks all targets (rules, 9). One durable mark until all have answered.
    /// A wake that an earlier socket did not live to see finished is taken over by this one.
    pub(crate) fn wake(&mut self, socket: SocketKey, since: Option<Millis>) -> Sql<()> {
        let not_before = self.spread();
        let sockets = Some(BTreeSet::from([socket]));
        let mark = since.unwrap_or(EVERYTHING).min(self.core.meta.wake.unwrap_or(Millis(i64::MAX)));
        let since = (mark > EVERYTHING).then_some(mark);
        if self.wake_targets(&Ask { since, sockets, not_before })? {
            self.core.meta.wake = Some(mark);
        } else {
            self.flush_greetings();
        }
        Ok(())
    }

    /// The user shows themself again: whom they watch may name them again among those who are told
    /// (rules, 12). What changed they hear of as ever.
    pub(crate) fn show_to_targets(&mut self) -> Sql<()> {
        if !self.shows_awake() {
            return Ok(());
        }
        let ask =
            Ask { since: Some(self.now), sockets: Some(BTreeSet::new()), not_before: self.now };
        if self.wake_targets(&ask)? {
            self.core.meta.wake = Some(self.core.meta.wake.unwrap_or(self.now).min(self.now));
        }
        Ok(())
    }

    /// After memory was lost with sockets open: the wake that was under way starts over; after a
    /// turn that storage undid, everything is asked.
    pub(crate) fn take_up_wake(&mut self, lost: bool) -> Sql<()> {
        let mark = if lost { Some(EVERYTHING) } else { self.core.meta.wake };
        let Some(mark) = mark.filter(|_| !self.open_sockets().is_empty()) else { return Ok(()) };
        let since = (mark > EVERYTHING).then_some(mark);
        let woken = self.wake_targets(&Ask { since, sockets: None, not_before: self.now })?;
        self.core.meta.wake = woken.then_some(mark);
        Ok(())
    }

    /// False if there is nobody to ask.
    fn wake_targets(&mut self, ask: &Ask) -> Sql<bool> {
        let rows = self.query(TARGETS, &[])?;
        for row in &rows {
            let Some(target) = target_of(row) else { continue };
            let told_at = row.get(1).and_then(Value::integer).map_or(Millis(0), Millis);
            // What a new edge brought may have met a dead socket.
            let since = ask.since.filter(|since| *since > told_at);
            self.ask(&target, Ask { since, ..ask.clone() });
            if target != *self.user {
                self.work.edges.waking.insert(target);
            }
        }
        Ok(!self.work.edges.waking.is_empty())
    }

    /// Calls the targets whose turn it is.
    pub(crate) fn follow_edges(&mut self) -> Sql<()> {
        self.scan_edges()?;
        let changed: Vec<(UserId, (i64, bool))> =
            self.work.edges.dirty.iter().map(|(target, edge)| (target.clone(), *edge)).collect();
        for (target, (generation, wanted)) in changed {
            if self.is_free(&target) && self.work.may_call() {
                if wanted {
                    self.call_watch(target, generation);
                } else {
                    self.call_unwatch(target, generation);
                }
            }
        }
        let now = self.now;
        let asks = self.work.edges.asks.iter().filter(|(_, ask)| ask.not_before <= now);
        let asked: Vec<UserId> = asks.map(|(target, _)| target.clone()).collect();
        for target in asked {
            if self.is_free(&target) && self.work.may_call() {
                match self.edge(&target)?.filter(|edge| edge.wanted) {
                    Some(edge) => self.call_watch(target, edge.generation),
                    None => drop(self.work.edges.asks.remove(&target)),
                }
            }
        }
        Ok(())
    }

    /// Before the user's row is written: whether a hub that wakes with it must look for rows that are
    /// not confirmed.
    pub(crate) fn note_whether_settled(&mut self) {
        let work = &self.work.edges;
        self.core.settled = work.dirty.is_empty() && (work.scanned || self.core.settled);
    }

    fn scan_edges(&mut self) -> Sql<()> {
        if std::mem::replace(&mut self.work.edges.scanned, true) || self.core.settled {
            return Ok(());
        }
        for row in self.query(DIRTY, &[])? {
            let number = |at: usize| row.get(at).and_then(Value::integer).unwrap_or(0);
            if let Some(target) = target_of(&row) {
                self.work.edges.dirty.entry(target).or_insert((number(1), number(2) == 1));
            }
        }
        Ok(())
    }

    /// No call under way, and not resting after a failure.
    fn is_free(&self, target: &UserId) -> bool {
        let work = &self.work.edges;
        let resting = work.waits.get(target).is_some_and(|wait| wait.at > self.now);
        !work.busy.contains_key(target) && !resting
    }

    fn call_watch(&mut self, target: UserId, generation: i64) {
        let everything = Ask { since: None, sockets: None, not_before: self.now };
        let asked = self.work.edges.asks.remove(&target);
        let is_new = self.work.edges.dirty.contains_key(&target);
        let ask = match asked {
            Some(ask) if !is_new => ask,
            _ => everything,
        };
        self.work.edges.busy.insert(target.clone(), None);
        let subscriber = self.user.clone();
        let (since, shows) = (ask.since, self.shows_awake());
        let request = HubRequest::Watch { subscriber, generation, since, shows };
        self.start_call(&target.clone(), request, Pending::Watch { target, generation, ask });
    }

    fn call_unwatch(&mut self, target: UserId, generation: i64) {
        self.work.edges.busy.insert(target.clone(), None);
        let request = HubRequest::Unwatch { subscriber: self.user.clone(), generation };
        self.start_call(&target.clone(), request, Pending::Unwatch { target, generation });
    }

    /// A target answered `watch`: its state goes to the sockets that asked.
    pub(crate) fn settle_watch(
        &mut self,
        target: UserId,
        generation: i64,
        ask: Ask,
        answer: Result<HubAnswer, NoAnswer>,
    ) -> Sql<()> {
        let told = self.work.edges.busy.remove(&target).flatten();
        let current = self.edge(&target)?.filter(|edge| edge.wanted);
        let Some(current) = current else { return Ok(()) };
        match answer {
            Ok(Ok(HubResponse::Watched { watching: true, generation: known, .. }))
                if known == generation =>
            {
                if let Ok(answer) = &answer {
                    self.hear(answer, ask.sockets.as_ref(), told);
                }
                if current.generation == generation {
                    self.confirm(&target, generation)?;
                }
                self.has_answered(&target);
                Ok(())
            }
            Ok(Ok(HubResponse::Watched { generation: known, .. })) => {
                self.work.edges.waits.remove(&target);
                self.watch_anew(&target, known, current.generation == generation)
            }
            Ok(Err(refusal)) if refusal.code == ErrorCode::TooManySubscribers => {
                self.denied(&target, refusal)
            }
            _ => {
                self.remember_to_ask(&target, ask.since);
                self.ask(&target, ask);
                self.rest_edge(target);
                Ok(())
            }
        }
    }

    /// A question that failed is asked again after its back-off, also where the memory of it is lost
    /// by then: as part of a wake. An edge that is not confirmed is asked anyway.
    fn remember_to_ask(&mut self, target: &UserId, since: Option<Millis>) {
        if !self.work.edges.dirty.contains_key(target) {
            let (mark, known) = (since.unwrap_or(EVERYTHING), self.core.meta.wake);
            self.core.meta.wake = Some(known.map_or(mark, |known| known.min(mark)));
            self.work.edges.waking.insert(target.clone());
        }
    }

    fn confirm(&mut self, target: &UserId, generation: i64) -> Sql<()> {
        self.work.edges.waits.remove(target);
        if self.work.edges.dirty.get(target) == Some(&(generation, true)) {
            self.work.edges.dirty.remove(target);
            let values = [self.now.into(), target.as_str().into(), generation.into()];
            self.execute(CONFIRM, &values)?;
        }
        Ok(())
    }

    /// The target knows an ended or a newer edge: what this user wants counts, so it says so again
    /// with a number above both.
    fn watch_anew(&mut self, target: &UserId, known: i64, is_current: bool) -> Sql<()> {
        if is_current {
            self.core.meta.generation = self.core.meta.generation.max(known);
            let generation = self.next_generation();
            self.execute(AGAIN, &[generation.into(), target.as_str().into()])?;
            self.work.edges.dirty.insert(target.clone(), (generation, true));
        }
        Ok(())
    }

    /// One more target of the wake has answered; after the last one the mark goes.
    fn has_answered(&mut self, target: &UserId) {
        let asked_again = self.work.edges.asks.contains_key(target);
        if !asked_again
            && self.work.edges.waking.remove(target)
            && self.work.edges.waking.is_empty()
        {
            self.core.meta.wake = None;
            self.core.meta.woken_at = self.now;
            self.flush_greetings();
        }
    }

    fn denied(&mut self, target: &UserId, refusal: Refusal) -> Sql<()> {
        self.end_subscription(target, SubscriptionEnd::Denied)?;
        let message = ServerMessage::SubscriptionRefused { target: target.clone(), refusal };
        self.tell_sockets(&message);
        Ok(())
    }

    fn rest_edge(&mut self, target: UserId) {
        let wait = self.work.edges.waits.get(&target).copied().unwrap_or_default();
        let wait: Backoff = self.back_off(wait);
        self.work.edges.waits.insert(target, wait);
    }

    /// A target answered `unwatch`: both ends have forgotten the edge.
    pub(crate) fn settle_unwatch(
        &mut self,
        target: UserId,
        generation: i64,
        answer: &Result<HubAnswer, NoAnswer>,
    ) -> Sql<()> {
        self.work.edges.busy.remove(&target);
        if !matches!(answer, Ok(Ok(HubResponse::Unwatched))) {
            self.rest_edge(target);
            return Ok(());
        }
        self.work.edges.waits.remove(&target);
        if self.work.edges.dirty.get(&target) == Some(&(generation, false)) {
            self.work.edges.dirty.remove(&target);
            self.execute(FORGET, &[target.as_str().into(), generation.into()])?;
        }
        Ok(())
    }
}
