//! The followers: what a changed fact sets in motion. None is called from the code that changes a
//! fact. Each has a position in the rows, takes what is due, calls, and settles the answer; each may
//! fail, be slow or start over, and the fact is still right.
//!
//! | follower | position | file |
//! |---|---|---|
//! | audience: tells who watches | `follower.told`, bitmaps | [`audience`] |
//! | edges: the user's own subscriptions at their targets | `watching.confirmed`, `meta.wake` | [`edges`] |
//! | deliveries: messages to recipients | `messages.owed` | [`deliveries`] |
//! | directory: the user is known | `meta.registered` | here |
//! | mirror: makes Redis say how things stand | `meta.mirror` | [`mirror`] |
//! | outbox: publishes every event | rows of `outbox`, deleted when confirmed | [`outbox`] |

mod audience;
mod deliveries;
mod edges;
mod mirror;
mod mirror_answers;
mod outbox;

pub(crate) use mirror::AUDIENCE;
pub(crate) use outbox::lanes;

use crate::calls::{HubAnswer, HubRequest, HubResponse, Viewer};
use crate::config::{CALL_LIFETIME, MAX_BACKOFF};
use crate::effects::{CallId, Effect, NoAnswer};
use crate::mirror::Flushed;
use crate::outbox::Published;
use crate::scope::{Scope, Sql};
use crate::store::Store;
use crate::time::Millis;
use crate::work::{Backoff, Pending};

impl<S: Store> Scope<'_, S> {
    /// Lets every follower take what is due. Starts calls only; awaits nothing.
    pub(crate) fn follow(&mut self) -> Sql<()> {
        self.follow_directory();
        self.follow_edges()?;
        self.follow_audience()?;
        self.follow_deliveries()?;
        self.follow_mirror()?;
        self.follow_outbox()?;
        self.follow_inquiries();
        self.follow_typing();
        Ok(())
    }

    /// Gives an answer, or that there was none, to the follower that asked.
    pub(crate) fn settle(
        &mut self,
        pending: Pending,
        answer: Result<HubAnswer, NoAnswer>,
    ) -> Sql<()> {
        match pending {
            Pending::Notify(notice) => self.settle_notice(&notice, &answer),
            Pending::Watch { target, generation, ask } => {
                self.settle_watch(target, generation, ask, answer)
            }
            Pending::Unwatch { target, generation } => {
                self.settle_unwatch(target, generation, &answer)
            }
            Pending::Deliver { name, message, to } => {
                self.settle_delivery(&name, &message, &to, &answer)
            }
            Pending::Typing => Ok(()),
            Pending::Publish => self.settle_batch(Published::Unknown),
            Pending::Mirror => {
                self.settle_flush(Flushed::Unknown);
                Ok(())
            }
            Pending::Inquiry { inquiry, target } => {
                self.settle_inquiry(inquiry, target, answer);
                Ok(())
            }
            Pending::Register => {
                self.settle_registration(&answer);
                Ok(())
            }
        }
    }

    /// When a follower wants to go on after it failed; calls under way have the backstop.
    pub(crate) fn followers_due(&self) -> Option<Millis> {
        let directory = self.wants_registration().then_some(self.work.directory.at);
        let (mirror, outbox) = (self.mirror_due(), self.outbox_due());
        [directory, self.audience_due(), self.edges_due(), self.deliveries_due(), mirror, outbox]
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.max(self.now))
    }

    /// Whether a turn now would do more than move deadlines forward.
    pub(crate) fn is_anything_due(&mut self) -> Sql<bool> {
        let over = |at: Millis| at <= self.now;
        let sessions =
            self.core.sessions.iter().any(|row| over(self.deadline(row)) || self.has_vanished(row));
        let tokens = self.sockets.iter().filter_map(|s| s.token_expires_at).any(over);
        let followers = self.followers_due().is_some_and(over);
        let leases = self.leases_due()?.is_some_and(|at| at <= self.now);
        Ok(sessions || tokens || followers || leases)
    }

    /// Numbers a call and remembers what it is for.
    pub(crate) fn call_id(&mut self, pending: Pending) -> CallId {
        self.work.last_call += 1;
        self.work.budget = self.work.budget.saturating_sub(1);
        let id = CallId(self.work.last_call);
        self.work.calls.insert(id, pending);
        id
    }

    /// The next try after a failure: full jitter, doubling, at most five minutes.
    pub(crate) fn back_off(&mut self, backoff: Backoff) -> Backoff {
        let attempts = backoff.attempts + 1;
        let most = (1000_i64 << attempts.min(20)).min(MAX_BACKOFF);
        Backoff { attempts, at: self.now + 200 + self.entropy.up_to(most) }
    }

    /// A hub registers with its first row of any kind (rules, 10).
    fn wants_registration(&self) -> bool {
        self.core.schema > 0 && !self.core.meta.registered
    }

    fn follow_directory(&mut self) {
        let out = self.work.calls.values().any(|pending| matches!(pending, Pending::Register));
        if self.wants_registration()
            && !out
            && self.work.directory.at <= self.now
            && self.work.may_call()
        {
            let id = self.call_id(Pending::Register);
            self.effects.push(Effect::Register(id));
        }
    }

    fn settle_registration(&mut self, answer: &Result<HubAnswer, NoAnswer>) {
        if matches!(answer, Ok(Ok(_))) {
            self.core.meta.registered = true;
        } else {
            self.work.directory = self.back_off(self.work.directory);
        }
    }

    fn follow_inquiries(&mut self) {
        let viewer = Viewer::User(self.user.clone());
        let open: Vec<u64> = self.work.inquiries.keys().copied().collect();
        for inquiry in open {
            while self.work.may_call() {
                let Some(open) = self.work.inquiries.get_mut(&inquiry) else { break };
                let Some(target) = open.queue.pop() else { break };
                open.out.insert(target.clone());
                let request = HubRequest::Presence { viewer: viewer.clone() };
                let not_after = self.now + CALL_LIFETIME;
                let id = self.call_id(Pending::Inquiry { inquiry, target: target.clone() });
                self.effects.push(Effect::Call { id, to: target, not_after, request });
            }
        }
    }

    fn settle_inquiry(
        &mut self,
        inquiry: u64,
        target: crate::ids::UserId,
        answer: Result<HubAnswer, NoAnswer>,
    ) {
        if let Some(open) = self.work.inquiries.get_mut(&inquiry) {
            open.out.remove(&target);
            match answer {
                Ok(Ok(HubResponse::Presence(presence))) => open.presences.push(presence),
                _ => open.unavailable.push(target),
            }
        }
        self.finish_inquiry(inquiry);
    }
}
