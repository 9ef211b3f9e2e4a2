//! Tells who watches this user (rules, 6, 8, 22).
//!
//! Invariant 4: at rest every watcher with a socket holds the newest state that it may see. The
//! position is `told`: a version that every watcher was told, is asleep before, or is owed. It moves
//! when a pass has settled, to the version that the pass was started with.

use std::collections::VecDeque;

use crate::calls::{HubAnswer, HubRequest, HubResponse};
use crate::effects::NoAnswer;
use crate::inputs::target_of;
use crate::scope::{Scope, Sql};
use crate::store::{Row, Store, Value};
use crate::time::Millis;
use crate::work::{Backoff, Notice, Pass, Pending, Watcher};

const NEXT: &str = "SELECT subscriber, slot, generation FROM audience \
    WHERE ended_at IS NULL AND subscriber > ? ORDER BY subscriber LIMIT 100";
const ALL: &str =
    "SELECT subscriber, slot, generation FROM audience WHERE ended_at IS NULL AND slot >= 0";

/// Over so many failures "told" stays and the whole pass repeats (rules, 22).
const MAX_OWED: usize = 64;

impl<S: Store> Scope<'_, S> {
    /// When this follower wants to go on.
    pub(crate) fn audience_due(&self) -> Option<Millis> {
        let work = &self.work.audience;
        let owes = !self.core.follower.owed.is_empty() && work.repeats == 0;
        let behind = self.is_behind() && work.pass.is_none();
        if behind && self.is_news() {
            return Some(self.now);
        }
        (behind || owes).then_some(work.backoff.at)
    }

    /// No pass has tried this version yet: it waits for nobody's back-off.
    fn is_news(&self) -> bool {
        self.core.meta.version > self.work.audience.tried
    }

    fn is_behind(&self) -> bool {
        self.core.follower.slots > 0 && self.core.meta.version > self.core.follower.told
    }

    /// Whether somebody may not have been told the newest version yet, or may have been in vain.
    pub(crate) fn is_telling(&self) -> bool {
        self.work.audience.pass.is_some() || self.work.audience.repeats > 0 || self.is_behind()
    }

    /// Goes on with the pass, starts one, or repeats what is owed.
    pub(crate) fn follow_audience(&mut self) -> Sql<()> {
        self.leave_stragglers()?;
        if self.work.audience.pass.is_none()
            && self.is_behind()
            && (self.is_news() || self.rested())
        {
            let version = self.core.meta.version;
            if self.is_news() {
                self.work.audience.backoff = Backoff::default();
            }
            self.work.audience.tried = version;
            let (after, batch, exhausted, out, failed) = (None, VecDeque::new(), false, 0, 0);
            self.work.audience.pass = Some(Pass { version, after, batch, exhausted, out, failed });
        }
        self.advance()?;
        if self.work.audience.pass.is_none() && self.rested() {
            self.repeat_owed()?;
        }
        Ok(())
    }

    fn rested(&self) -> bool {
        self.work.audience.backoff.at <= self.now
    }

    /// A newer version waits and only a few answers are missing: they become owed, so that one slow
    /// watcher holds up nobody.
    fn leave_stragglers(&mut self) -> Sql<()> {
        let newer = self.core.meta.version;
        let waits = |p: &Pass| p.version < newer && p.exhausted && p.batch.is_empty();
        if !self.work.audience.pass.as_ref().is_some_and(waits) {
            return Ok(());
        }
        for pending in self.work.calls.values_mut() {
            if let Pending::Notify(notice) = pending
                && notice.of_pass
            {
                notice.of_pass = false;
                self.core.follower.owed.put(notice.slot, true);
                self.work.audience.repeats += 1;
            }
        }
        self.settle_pass()
    }

    /// Calls as many as may be under way at once.
    fn advance(&mut self) -> Sql<()> {
        while self.work.audience.pass.is_some() && self.work.may_call() {
            let Some(watcher) = self.next_watcher()? else { break };
            self.notify(watcher, true);
        }
        let settled = |p: &Pass| p.exhausted && p.batch.is_empty() && p.out == 0;
        if self.work.audience.pass.as_ref().is_some_and(settled) {
            self.settle_pass()
        } else {
            Ok(())
        }
    }

    /// The next one to tell: not asleep, not this user, and without a call under way.
    fn next_watcher(&mut self) -> Sql<Option<Watcher>> {
        loop {
            let Some(pass) = self.work.audience.pass.as_mut() else { return Ok(None) };
            let Some(watcher) = pass.batch.pop_front() else {
                if pass.exhausted {
                    return Ok(None);
                }
                self.read_batch()?;
                continue;
            };
            if self.core.follower.asleep.get(watcher.slot) || watcher.subscriber == *self.user {
                continue;
            }
            if self.work.audience.busy.contains(&watcher.subscriber) {
                self.core.follower.owed.put(watcher.slot, true);
                continue;
            }
            return Ok(Some(watcher));
        }
    }

    fn read_batch(&mut self) -> Sql<()> {
        let after = self.work.audience.pass.as_ref().and_then(|pass| pass.after.clone());
        let rows = self.query(NEXT, &[after.unwrap_or_default().into()])?;
        if let Some(pass) = self.work.audience.pass.as_mut() {
            pass.batch = rows.iter().filter_map(watcher_of).collect();
            pass.exhausted = rows.len() < 100;
            // By the row, not by what could be read of it: a batch of which nothing can be is passed over.
            let last = rows.last().and_then(|row| row.first()).and_then(Value::text);
            pass.after = last.map(str::to_owned);
        }
        Ok(())
    }

    /// What is sent is projected for its watcher when it is sent.
    fn notify(&mut self, watcher: Watcher, of_pass: bool) {
        let Watcher { subscriber, slot, generation } = watcher;
        let presence = self.presence_for(&subscriber);
        let version = self.core.meta.version;
        self.work.audience.busy.insert(subscriber.clone());
        match &mut self.work.audience.pass {
            Some(pass) if of_pass => pass.out += 1,
            _ => self.work.audience.repeats += 1,
        }
        let to = subscriber.clone();
        let notice = Notice { subscriber, slot, generation, version, superseded: false, of_pass };
        self.start_call(&to, HubRequest::Notify { generation, presence }, Pending::Notify(notice));
    }

    /// An answer to one `notify`. "No sockets" and "not watching" count only for the edge that was
    /// meant, and only if no `watch` came in between (rules, 6).
    pub(crate) fn settle_notice(
        &mut self,
        notice: &Notice,
        answer: &Result<HubAnswer, NoAnswer>,
    ) -> Sql<()> {
        self.work.audience.busy.remove(&notice.subscriber);
        let counts = !notice.superseded && self.edge_is(&notice.subscriber, notice.generation)?;
        let told =
            matches!(answer, Ok(Ok(HubResponse::Notified { watching: true, awake: true, .. })));
        if let Ok(Ok(HubResponse::Notified { watching: true, awake, shows })) = answer
            && counts
        {
            self.show_watcher(notice.slot, *awake && *shows);
        }
        match answer {
            Ok(Ok(HubResponse::Notified { watching: false, .. })) if counts => {
                self.end_edge(&notice.subscriber, notice.generation)?;
                self.core.follower.owed.put(notice.slot, false);
            }
            Ok(Ok(HubResponse::Notified { watching: true, awake: false, .. })) if counts => {
                self.core.follower.asleep.put(notice.slot, true);
                self.core.follower.owed.put(notice.slot, false);
            }
            // Of one that hides an answer that does not count says too little, and is asked for again.
            Ok(Ok(HubResponse::Notified { shows, .. })) if told && (counts || *shows) => {
                // A pass under way has already passed over those who were busy (rules, 8).
                let told = self.core.follower.told;
                let promised = self.work.audience.pass.as_ref().map_or(told, |p| p.version);
                if notice.version >= promised {
                    self.core.follower.owed.put(notice.slot, false);
                }
            }
            _ => self.missed(notice)?,
        }
        self.count_back(notice)
    }

    /// No answer, or one that does not count: this watcher is owed, if the edge is still there.
    fn missed(&mut self, notice: &Notice) -> Sql<()> {
        if !self.edge_is(&notice.subscriber, notice.generation)? && !notice.superseded {
            return Ok(());
        }
        self.core.follower.owed.put(notice.slot, true);
        match &mut self.work.audience.pass {
            Some(pass) if notice.of_pass => pass.failed += 1,
            _ => self.work.audience.repeat_failed = true,
        }
        Ok(())
    }

    fn count_back(&mut self, notice: &Notice) -> Sql<()> {
        match &mut self.work.audience.pass {
            Some(pass) if notice.of_pass => {
                pass.out -= 1;
                return Ok(());
            }
            _ => self.work.audience.repeats = self.work.audience.repeats.saturating_sub(1),
        }
        if self.work.audience.repeats == 0 {
            let failed = std::mem::take(&mut self.work.audience.repeat_failed);
            self.rest(failed);
            self.core.follower.told_at = self.now;
            self.core.save_follower(self.store)?;
        }
        Ok(())
    }

    /// The pass is over: one row, whatever the size of the audience.
    fn settle_pass(&mut self) -> Sql<()> {
        let Some(pass) = self.work.audience.pass.take() else { return Ok(()) };
        self.rest(pass.failed > 0);
        if pass.failed <= MAX_OWED {
            self.core.follower.told = pass.version;
            self.core.follower.told_at = self.now;
            self.core.save_follower(self.store)?;
        }
        Ok(())
    }

    fn rest(&mut self, failed: bool) {
        let backoff = self.work.audience.backoff;
        self.work.audience.backoff =
            if failed { self.back_off(backoff) } else { Backoff::default() };
    }

    /// Calls those who are owed, once a round.
    fn repeat_owed(&mut self) -> Sql<()> {
        if self.core.follower.owed.is_empty() || self.work.audience.repeats > 0 {
            return Ok(());
        }
        let rows = self.query(ALL, &[])?;
        let watchers: Vec<Watcher> = rows.iter().filter_map(watcher_of).collect();
        let owed = self.core.follower.owed.clone();
        // A slot whose edge is gone is owed nothing.
        let mut left = crate::bitmap::Bitmap::default();
        let is_owed =
            |watcher: &Watcher| owed.get(watcher.slot) && watcher.subscriber != *self.user;
        for watcher in watchers.into_iter().filter(is_owed).collect::<Vec<_>>() {
            let asleep = self.core.follower.asleep.get(watcher.slot);
            if !asleep {
                left.put(watcher.slot, true);
            }
            let busy = self.work.audience.busy.contains(&watcher.subscriber);
            if !asleep && !busy && self.work.may_call() {
                self.notify(watcher, false);
            }
        }
        // With nobody left to call no answer will write it, and each start would find it due again.
        let settled = self.work.audience.repeats == 0 && left != owed;
        self.core.follower.owed = left;
        if settled { self.core.save_follower(self.store) } else { Ok(()) }
    }
}

fn watcher_of(row: &Row) -> Option<Watcher> {
    let number = |at: usize| row.get(at).and_then(Value::integer);
    Some(Watcher { subscriber: target_of(row)?, slot: number(1)?, generation: number(2)? })
}
