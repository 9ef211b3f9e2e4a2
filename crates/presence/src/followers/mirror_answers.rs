//! What Redis answers to a flush, and what may land later than its answer (rules, 18).

use crate::config::{MAX_BACKOFF, MIRROR_DELAY, REPEAT_FLUSH};
use crate::mirror::{Flushed, Refresh};
use crate::scope::Scope;
use crate::store::Store;
use crate::time::Millis;
use crate::work::{Backoff, Flight};

/// Over so long flushes are spread when the way to Redis is open again, in milliseconds.
const LEAST_SPREAD: i64 = 5_000;
const MOST_SPREAD: i64 = 30_000;

impl<S: Store> Scope<'_, S> {
    /// The first turn after memory was lost: a flush may have been under way. What is written anew at a
    /// look has no mark; but only a crash can lose it, and that took the sockets too.
    pub(crate) fn doubt_the_mirror(&mut self) {
        let looked_at = !self.core.stored().sessions.is_empty();
        let alone = self.core.sessions.iter().all(|row| self.live(row).is_none());
        let crashed = self.config.refresh == Refresh::Exact && looked_at && alone;
        self.work.mirror.doubt |= crashed || !self.core.meta.mirror.marks.is_empty();
        if let Some(since) = self.core.meta.mirror.since {
            self.work.mirror.backoff = Backoff::after(self.now.since(since));
        }
    }

    /// A doubt is known to memory only, and what a look writes has no mark of its own: without one the hub
    /// might hibernate, and its next flush be taken for the last word (rules, 18). After the input, which
    /// may be the news that no answer has come.
    pub(crate) fn mark_doubt(&mut self) {
        let unmarked = self.core.schema > 0 && self.core.meta.mirror.marks.is_empty();
        if self.work.mirror.doubt && unmarked {
            self.leave_marks(|marks| marks.all = true);
        }
    }

    /// What a provisional flush wrote is due once more. It is marked like any change, in this turn's
    /// transaction, so that a start after a crash knows of a repeat that was under way, too. After the
    /// input, which may be the answer to the flush that it had to wait for.
    pub(crate) fn take_up_repeat(&mut self) {
        let mirror = &mut self.core.meta.mirror;
        let due = mirror.again_at.is_some_and(|at| at <= self.now);
        if due && self.work.mirror.flight.is_none() {
            mirror.marks.merge(&std::mem::take(&mut mirror.again));
            mirror.again_at = None;
            mirror.since.get_or_insert(self.now);
        }
    }

    /// The answer of Redis to the flush under way.
    pub(crate) fn settle_flush(&mut self, flushed: Flushed) {
        let Some(flight) = self.work.mirror.flight.take() else { return };
        match flushed {
            Flushed::Done => self.confirm_flush(&flight),
            Flushed::Failed { until } => {
                self.work.mirror.doubt |= flight.provisional;
                self.keep_marks(&flight);
                self.rest_mirror(until);
            }
            Flushed::Unknown => {
                self.work.mirror.doubt = true;
                self.keep_marks(&flight);
                self.rest_mirror(None);
            }
        }
    }

    /// What a look writes had no mark: until it is there, Redis is behind, whoever loses memory meanwhile.
    fn keep_marks(&mut self, flight: &Flight) {
        if self.core.schema > 0 && flight.marks.all {
            self.leave_marks(|marks| marks.all = true);
        } else {
            self.work.mirror.refresh |= flight.marks.all;
        }
    }

    fn confirm_flush(&mut self, flight: &Flight) {
        let meanwhile = std::mem::take(&mut self.work.mirror.meanwhile);
        self.work.mirror.backoff = Backoff::default();
        self.work.mirror.not_before = self.now + MIRROR_DELAY;
        let (now, known) = (self.now, self.core.schema > 0);
        let lasts = self.config.refresh == Refresh::Transitions;
        let away = self.core.sessions.is_empty();
        let mirror = &mut self.core.meta.mirror;
        mirror.since = (!meanwhile.is_empty()).then_some(now);
        mirror.marks = meanwhile;
        mirror.naps = flight.naps;
        if flight.marks.all && known && lasts {
            mirror.full_at = now;
        }
        // Of those who are here each look writes it, which must cost no row.
        if (flight.marks.all || flight.marks.audience) && known && (lasts || away) {
            mirror.audience_at = now;
        }
        // Until then an older one may land after any that comes, not after the next alone.
        if flight.provisional || mirror.again_at.is_some() {
            mirror.again.merge(&flight.marks);
            let again_at = mirror.again_at.filter(|_| !flight.provisional);
            mirror.again_at = Some(again_at.unwrap_or(now + REPEAT_FLUSH));
        }
    }

    /// A flush that was not even sent, since the way is known to be closed, is no failure to be counted. It
    /// goes soon after the way may be open again, spread over some time, and within five minutes
    /// whatever Redis asks for.
    fn rest_mirror(&mut self, until: Option<Millis>) {
        let rest = self.work.mirror.backoff;
        // The backstop of the flush would wake a hub that has forgotten that it rests.
        self.postpone = true;
        self.work.mirror.backoff = match until {
            None => self.back_off(rest),
            Some(until) => {
                let wait = until.since(self.now).clamp(0, MAX_BACKOFF);
                let spread = self.entropy.up_to(wait.clamp(LEAST_SPREAD, MOST_SPREAD));
                Backoff { at: self.now + wait.min(MAX_BACKOFF - spread) + spread, ..rest }
            }
        };
    }
}
