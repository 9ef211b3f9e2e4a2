//! When a session ends, and when anything is due: pure, and apart from how an alarm is armed, so
//! that something else than an alarm may keep the deadlines one day.
//!
//! Invariant 1: no session outlives its deadline by more than one alarm delay.

use crate::config::{BACKSTOP, FIRST_FRAME};
use crate::core::{Link, SessionRow};
use crate::effects::Effect;
use crate::mirror::Refresh;
use crate::scope::{Scope, Sql};
use crate::store::Store;
use crate::time::Millis;

impl<S: Store> Scope<'_, S> {
    /// The one deadline of a session (rules, 2).
    pub(crate) fn deadline(&self, row: &SessionRow) -> Millis {
        match row.link {
            Link::Attached => self.last_seen(row) + self.config.session_ttl,
            Link::Closed { at, .. } => at + self.config.offline_grace,
            Link::Vanished { until } => until,
        }
    }

    /// When anything is due next, strictly after `now`; at once if calls wait for a new invocation.
    pub(crate) fn next_deadline(&mut self) -> Sql<Option<Millis>> {
        let sessions = self.core.sessions.iter().map(|row| self.deadline(row));
        let tokens = self.sockets.iter().filter_map(|socket| socket.token_expires_at);
        let facts = sessions.chain(tokens).filter(|at| *at > self.now).min();
        let leases = self.leases_due()?.filter(|at| *at > self.now);
        let work = self.work_deadline();
        Ok([facts, leases, work].into_iter().flatten().min())
    }

    /// When the followers want to go on: their own time, or the backstop while calls are out. What is
    /// due already was taken in this turn, or goes on with the next answer.
    fn work_deadline(&self) -> Option<Millis> {
        let out = self.work.is_pending().then(|| self.now + BACKSTOP);
        let starved = self.work.starved.then_some(self.now);
        let rests =
            self.followers_due().map(|at| if at > self.now { at } else { self.now + BACKSTOP });
        [out, starved, rests].into_iter().flatten().min()
    }

    /// Arms the alarm if it must become earlier, or may become later (rules, 21).
    pub(crate) fn arm(&mut self) -> Sql<()> {
        // Leases that this turn left go on at once (rules, 10).
        let leases_left = self.leases_due()?.is_some_and(|at| at <= self.now);
        let due = if leases_left { Some(self.now) } else { self.next_deadline()? };
        let Some(due) = due else { return Ok(()) };
        // Where keys are kept exact they live until the look that this alarm was armed for, and no later one.
        let may_be_later = self.postpone && self.config.refresh != Refresh::Exact;
        let other = |armed| due < armed || (may_be_later && due > armed);
        if self.alarm.is_none_or(other) {
            self.effects.insert(0, Effect::SetAlarm(due));
            self.alarm = Some(due);
        }
        Ok(())
    }

    /// Keeps the one timer in memory for what is too soon and too small for an alarm: windows of the
    /// mailbox, first frames, and questions that were spread after a storm.
    pub(crate) fn keep_timer(&mut self) {
        let windows = self.work.mail.values().filter_map(crate::mailbox::Mail::due);
        let unbound = self.sockets.iter().filter(|s| s.session.is_none());
        let first_frames = unbound.map(|s| s.opened_at + FIRST_FRAME);
        let spread =
            self.work.edges.asks.values().map(|ask| ask.not_before).filter(|at| *at > self.now);
        let mirror = self.mirror_waits_until();
        let next = windows.chain(first_frames).chain(spread).chain(mirror).min();
        if next != self.work.timer {
            self.work.timer = next;
            self.effects.push(Effect::SetTimer(next));
        }
    }
}
