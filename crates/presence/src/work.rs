//! What a hub holds in memory only: calls under way, passes, the mailbox, answers still owed to
//! sockets. A crash loses it, and everything in it is found again from the rows or asked anew by the
//! clients' next sockets (rules, 9 and 23).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::calls::Message;
use crate::config::CALLS_AT_ONCE;
use crate::effects::{CallId, DeliveredTo};
use crate::ids::{MessageId, SessionId, SocketKey, UserId};
use crate::mailbox::Mail;
use crate::marks::Marks;
use crate::outbox::Destination;
use crate::outbox_rows::OutboxWork;
use crate::state::Presence;
use crate::time::Millis;

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// The last call's number; never taken back, so that a late answer finds nothing.
    pub last_call: u64,
    pub calls: BTreeMap<CallId, Pending>,
    /// Calls that this invocation may still start (rules, 24).
    pub budget: usize,
    /// Calls wait for the next invocation.
    pub starved: bool,
    pub mail: BTreeMap<SocketKey, Mail>,
    pub audience: AudienceWork,
    pub edges: EdgesWork,
    pub deliveries: DeliveriesWork,
    pub directory: Backoff,
    pub mirror: MirrorWork,
    pub outbox: OutboxWork,
    pub inquiries: BTreeMap<u64, Inquiry>,
    /// To be told who types, and since when: the newest only.
    pub typing: BTreeMap<UserId, (bool, Millis)>,
    /// The timer that stands in the shell.
    pub timer: Option<Millis>,
    /// When the first lease ends, once it was looked up.
    #[allow(clippy::option_option, reason = "a memo of an answer that may be 'none'")]
    pub lease_due: Option<Option<Millis>>,
    /// Sockets vanished together: spread what follows.
    pub storm: bool,
}

/// What a call under way is for.
#[derive(Debug)]
pub(crate) enum Pending {
    Notify(Notice),
    Watch { target: UserId, generation: i64, ask: Ask },
    Unwatch { target: UserId, generation: i64 },
    Deliver { name: String, message: MessageId, to: UserId },
    Typing,
    Inquiry { inquiry: u64, target: UserId },
    Register,
    Mirror,
    Publish,
}

/// A `notify` under way.
#[derive(Debug)]
pub(crate) struct Notice {
    pub subscriber: UserId,
    pub slot: i64,
    pub generation: i64,
    /// The version that was sent.
    pub version: i64,
    /// A `watch` of that subscriber was taken since it left (rules, 6).
    pub superseded: bool,
    /// Of the current pass, or a repeat.
    pub of_pass: bool,
}

/// When to try again.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    pub attempts: u32,
    pub at: Millis,
}

impl Backoff {
    /// How often something has failed is not stored: where each wait is about twice the one before, it is
    /// the logarithm of how long it has waited, in milliseconds.
    pub(crate) fn after(waited: i64) -> Self {
        let seconds = u64::try_from(waited / 1_000).unwrap_or(0);
        Self { attempts: (seconds + 1).ilog2(), at: Millis::default() }
    }
}

/// The audience's follower.
#[derive(Debug, Default)]
pub(crate) struct AudienceWork {
    pub pass: Option<Pass>,
    /// The version of the last pass that was started.
    pub tried: i64,
    /// Subscribers with a call under way: one at a time.
    pub busy: BTreeSet<UserId>,
    pub backoff: Backoff,
    /// Repeats to owed watchers under way.
    pub repeats: usize,
    /// A repeat of this round failed.
    pub repeat_failed: bool,
}

/// One pass over the audience (rules, 8).
#[derive(Debug)]
pub(crate) struct Pass {
    /// Fixed at the start; "told" becomes this.
    pub version: i64,
    /// The last subscriber read, as it stands in the row.
    pub after: Option<String>,
    /// Read, not yet called.
    pub batch: VecDeque<Watcher>,
    pub exhausted: bool,
    pub out: usize,
    pub failed: usize,
}

/// A row of the audience.
#[derive(Clone, Debug)]
pub(crate) struct Watcher {
    pub subscriber: UserId,
    pub slot: i64,
    pub generation: i64,
}

/// The follower of the user's own subscriptions.
#[derive(Debug, Default)]
pub(crate) struct EdgesWork {
    /// Rows whose wanted generation is not confirmed: (generation, wanted).
    pub dirty: BTreeMap<UserId, (i64, bool)>,
    /// Whether `dirty` was read from the rows.
    pub scanned: bool,
    /// Targets to be asked for their state.
    pub asks: BTreeMap<UserId, Ask>,
    /// Targets with a call under way, one at a time, and the newest version that they have told of themselves
    /// meanwhile.
    pub busy: BTreeMap<UserId, Option<i64>>,
    /// Targets that failed.
    pub waits: BTreeMap<UserId, Backoff>,
    /// Targets that must answer before the wake's mark goes (rules, 7).
    pub waking: BTreeSet<UserId>,
}

/// The mirror's follower.
#[derive(Debug, Default)]
pub(crate) struct MirrorWork {
    pub flight: Option<Flight>,
    /// Marked since the flush under way began.
    pub meanwhile: Marks,
    /// Everything is to be written, for no change.
    pub refresh: bool,
    /// Sessions in Redis of a user who has no row here.
    pub strays: BTreeSet<SessionId>,
    /// An older flush may land after the next one (rules, 18).
    pub doubt: bool,
    /// What changes until then goes along.
    pub not_before: Millis,
    pub backoff: Backoff,
}

/// A flush under way.
#[derive(Debug)]
pub(crate) struct Flight {
    /// What it writes.
    pub marks: Marks,
    /// It is to be repeated.
    pub provisional: bool,
    /// The count of naps that Redis knows of after it.
    pub naps: i64,
}

/// A batch of events under way.
#[derive(Debug)]
pub(crate) struct Carrying {
    pub destination: Destination,
    /// Of each record, in order.
    pub names: Vec<Name>,
}

/// What one record of a batch is known by. Rows that this code did not write may hold an id twice; the
/// first would be taken for all others, and they would be sent for ever.
#[derive(Debug)]
pub(crate) struct Name {
    pub id: String,
    pub sequence: i64,
}

/// A question to a target.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// Only if something changed since; `None`: always.
    pub since: Option<Millis>,
    /// Whom to tell; `None`: all sockets.
    pub sockets: Option<BTreeSet<SocketKey>>,
    /// Spread after a storm.
    pub not_before: Millis,
}

impl Ask {
    /// One question that serves both.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.since = self.since.zip(other.since).map(|(a, b)| a.min(b));
        self.not_before = self.not_before.min(other.not_before);
        self.sockets = match (self.sockets.take(), &other.sockets) {
            (Some(mut mine), Some(theirs)) => {
                mine.extend(theirs);
                Some(mine)
            }
            _ => None,
        };
    }
}

/// The follower of messages.
#[derive(Debug, Default)]
pub(crate) struct DeliveriesWork {
    pub open: BTreeMap<String, Delivery>,
    /// Whether `open` was read from the rows.
    pub scanned: bool,
}

/// A message that is still owed to somebody.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub message: Message,
    pub owed: BTreeSet<UserId>,
    pub delivered: Vec<DeliveredTo>,
    /// Recipients whose answer this round waits for.
    pub out: BTreeSet<UserId>,
    /// Recipients not yet called in this round.
    pub queue: Vec<UserId>,
    pub backoff: Backoff,
    /// Sockets that wait for the acknowledgement.
    pub acks: Vec<(SocketKey, Option<String>)>,
}

/// A socket's question for the presence of several users.
#[derive(Debug)]
pub(crate) struct Inquiry {
    pub socket: SocketKey,
    pub correlation: Option<String>,
    /// Each user once, in the order of the question.
    pub asked: Vec<UserId>,
    pub queue: Vec<UserId>,
    pub out: BTreeSet<UserId>,
    pub presences: Vec<Presence>,
    pub unavailable: Vec<UserId>,
    pub invalid: Vec<String>,
}

impl Delivery {
    /// Whether a round is under way or begins in this turn; if not, it rests after a failure.
    pub(crate) fn is_under_way(&self, now: Millis) -> bool {
        !self.out.is_empty() || !self.queue.is_empty() || self.backoff.at <= now
    }
}

impl Work {
    /// Whether something is under way that must be looked at again if it is lost.
    pub(crate) fn is_pending(&self) -> bool {
        !self.calls.is_empty() || !self.edges.asks.is_empty() || self.audience.pass.is_some()
    }

    /// After a turn was undone: a flush that an earlier one has sent is still under way, and no other may
    /// overtake it. Of one whose answer was lost with the turn nobody can say how it went (rules, 18).
    pub(crate) fn keep_flight(
        &mut self,
        mut calls: BTreeMap<CallId, Pending>,
        mirror: MirrorWork,
        sent: bool,
    ) {
        calls.retain(|_, pending| matches!(pending, Pending::Mirror));
        let under_way = mirror.flight.filter(|_| sent && !calls.is_empty());
        self.mirror.doubt = mirror.doubt || under_way.is_none();
        if under_way.is_some() {
            self.calls.append(&mut calls);
        }
        self.mirror.flight = under_way;
        self.mirror.meanwhile = mirror.meanwhile;
    }

    /// The same for a batch of events: the next one waits for its answer (rules, 15).
    pub(crate) fn keep_batch(
        &mut self,
        calls: &BTreeMap<CallId, Pending>,
        outbox: OutboxWork,
        sent: bool,
    ) {
        let mut ids = calls.iter().filter(|(_, pending)| matches!(pending, Pending::Publish));
        if let Some((id, _)) = ids.next().filter(|_| sent) {
            self.calls.insert(*id, Pending::Publish);
            self.outbox.carrying = outbox.carrying;
        }
    }

    /// Whether another call may start in this invocation; marks it starved if only that forbids it.
    pub(crate) fn may_call(&mut self) -> bool {
        if self.calls.len() >= CALLS_AT_ONCE {
            return false;
        }
        self.starved |= self.budget == 0;
        self.budget > 0
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;

    #[test]
    fn how_often_something_failed_is_told_by_how_long_it_waited() {
        let told = |waited| Backoff::after(waited).attempts;
        assert_eq!([0, 1_000, 3_000, 63_000, 300_000].map(told), [0, 1, 2, 6, 8]);
    }
}
