//! The hub of one user: every input comes in here, and goes through the same turn.
//!
//! A turn is one transaction: sweep, input, numbering, followers. Then the alarm is armed if it must
//! become earlier. What storage refuses undoes the turn as a whole, and the shell gets `unavailable`.

use crate::calls::{HubAnswer, HubRequest, HubResponse};
use crate::config::{BACKSTOP, CALLS_PER_TURN, HubConfig, MOST_EVENTS};
use crate::core::Core;
use crate::effects::{
    Attached, CallId, Command, Connect, Connected, Effect, LogEntry, NoAnswer, ServerMessage, Step,
    Turn,
};
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{SocketKey, UserId};
use crate::mailbox;
use crate::mirror::Flushed;
use crate::outbox::Published;
use crate::scope::{Scope, Sql};
use crate::state::EndReason;
use crate::store::{Store, StoreError};
use crate::time::Millis;
use crate::work::{Pending, Work};

/// One user's hub over its storage. Dropping it and opening another over the same storage is what
/// hibernation does (sockets stay) and what a crash does (sockets go).
pub struct Hub<S: Store> {
    store: S,
    user: UserId,
    config: HubConfig,
    /// How many events the outbox may hold.
    room: usize,
    core: Option<Core>,
    work: Work,
    /// No turn has succeeded yet: what was under way before is taken up by the first that does.
    cold: bool,
    /// Storage refused a turn after sockets were open: what they missed is asked anew.
    lost_memory: bool,
    /// `now` never goes back while this value lives.
    newest: Millis,
}

/// What a turn's input may be refused with, inside what storage may refuse.
pub(crate) type Answer<T> = Sql<Result<T, Refusal>>;

/// How many ended leases a turn takes that revives none: an alarm, an answer (rules, 10).
const LEASES_A_TURN: i64 = 100;
/// An input that might revive them takes all. SQL's "no limit".
const ALL_LEASES: i64 = -1;
/// After storage refused an alarm's turn.
const RETRY_STORAGE: i64 = 5_000;

impl<S: Store> Hub<S> {
    /// Reads nothing and creates nothing.
    pub fn new(store: S, user: UserId, config: HubConfig) -> Self {
        let (core, work) = (None, Work::default());
        let (cold, lost_memory, newest) = (true, false, Millis(0));
        let room = MOST_EVENTS;
        Self { store, user, config, room, core, work, cold, lost_memory, newest }
    }

    /// With an outbox for so many events, so that a test can fill it.
    #[must_use]
    pub fn with_room(self, room: usize) -> Self {
        Self { room, ..self }
    }

    /// Whose hub this is.
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// The storage, for tests and counts.
    pub fn store(&self) -> &S {
        &self.store
    }

    /// Gives back the storage: what stays when the object leaves memory.
    pub fn into_store(self) -> S {
        self.store
    }

    /// A socket wants a session: begins one, or takes one up again.
    pub fn connect(&mut self, turn: Turn<'_>, connect: &Connect) -> Step<Connected> {
        self.turn(turn, |scope| scope.connect(connect))
    }

    /// A command from an attached socket. A refusal was already told to the socket.
    pub fn command(
        &mut self,
        turn: Turn<'_>,
        socket: SocketKey,
        correlation: Option<String>,
        command: Command,
    ) -> Step<()> {
        let mark = correlation.clone();
        let mut step = self.turn(turn, |scope| scope.command(socket, correlation, command));
        if let Err(refusal) = &step.result {
            // Where storage refused, it may be among those who were told already.
            let own = |effect: &Effect| {
                matches!(effect, Effect::Send(key, ServerMessage::Refused { correlation, .. })
                    if *key == socket && *correlation == mark)
            };
            step.effects.retain(|effect| !own(effect));
            let message = ServerMessage::Refused { correlation: mark, refusal: refusal.clone() };
            step.effects.push(Effect::Send(socket, message));
        }
        step
    }

    /// A socket closed, or the shell closed it.
    pub fn closed(&mut self, mut turn: Turn<'_>, socket: &Attached, reason: EndReason) -> Step<()> {
        // The platform may list it no more; it has closed all the same, and not vanished.
        if !turn.sockets.iter().any(|other| other.key == socket.key) {
            turn.sockets.push(socket.clone());
        }
        self.turn(turn, |scope| {
            scope.detach(socket, reason);
            scope.sockets.retain(|other| other.key != socket.key);
            scope.work.mail.remove(&socket.key);
            // Without a grace its time is over with its close: no alarm would come for it.
            scope.end_dead_sessions();
            Ok(Ok(()))
        })
    }

    /// A call from another hub or from the Worker; refused when it comes too late (rules, 5).
    pub fn call(
        &mut self,
        turn: Turn<'_>,
        request: HubRequest,
        not_after: Millis,
    ) -> Step<HubResponse> {
        if let HubRequest::Peek { request } = request {
            return self.peek(turn, &request);
        }
        self.turn(turn, |scope| {
            if scope.now > not_after {
                return Ok(Err(Refusal::new(ErrorCode::TooLate, "the call's time was over")));
            }
            scope.call(request)
        })
    }

    /// The answer to a call that an earlier turn asked for, or that there is none.
    pub fn answer(
        &mut self,
        turn: Turn<'_>,
        id: CallId,
        answer: Result<HubAnswer, NoAnswer>,
    ) -> Step<()> {
        let budget = self.work.budget;
        // Before the turn: one that storage undoes, by its sweep even, has taken the answer all the same.
        let pending = self.work.calls.remove(&id);
        self.turn_with(turn, LEASES_A_TURN, |scope| {
            // An answer goes on in the invocation that asked: it brings no new budget (rules, 24).
            scope.work.budget = budget;
            match pending {
                Some(pending) => scope.settle(pending, answer).map(Ok),
                None => Ok(Ok(())),
            }
        })
    }

    /// How Redis answered a flush that an earlier turn asked for.
    pub fn mirrored(&mut self, turn: Turn<'_>, id: CallId, flushed: Flushed) -> Step<()> {
        let budget = self.work.budget;
        let pending = self.work.calls.remove(&id);
        self.turn_with(turn, LEASES_A_TURN, |scope| {
            scope.work.budget = budget;
            if matches!(pending, Some(Pending::Mirror)) {
                scope.settle_flush(flushed);
            }
            Ok(Ok(()))
        })
    }

    /// What became of a batch that an earlier turn asked to publish.
    pub fn published(&mut self, turn: Turn<'_>, id: CallId, published: Published) -> Step<()> {
        let budget = self.work.budget;
        let pending = self.work.calls.remove(&id);
        self.turn_with(turn, LEASES_A_TURN, |scope| {
            scope.work.budget = budget;
            if matches!(pending, Some(Pending::Publish)) {
                scope.settle_batch(published)?;
            }
            Ok(Ok(()))
        })
    }

    /// The alarm fired. The next one is armed before anything that may fail (rules, 21).
    pub fn alarm(&mut self, mut turn: Turn<'_>) -> Step<()> {
        let first = self.plan(&mut turn).unwrap_or_else(|_| Some(turn.clock + RETRY_STORAGE));
        turn.alarm = first;
        let retry = turn.clock + RETRY_STORAGE;
        let mut step = self.turn_with(turn, LEASES_A_TURN, |scope| {
            scope.look_at_the_mirror();
            scope.load_outbox_for_the_alarm()?;
            Ok(Ok(()))
        });
        // Whatever the undone turn would have done is tried again soon.
        let first = if step.result.is_err() {
            Some(first.map_or(retry, |at| at.min(retry)))
        } else {
            first
        };
        if let Some(at) = first {
            let earlier = |e: &Effect| matches!(e, Effect::SetAlarm(other) if *other < at);
            if !step.effects.iter().any(earlier) {
                step.effects.insert(0, Effect::SetAlarm(at));
            }
        }
        step
    }

    /// The timer fired.
    pub fn timer(&mut self, turn: Turn<'_>) -> Step<()> {
        self.work.timer = None;
        self.turn_with(turn, LEASES_A_TURN, |_| Ok(Ok(())))
    }

    /// The next deadline as it will be after this alarm: pure, before anything is written. Fails
    /// if storage cannot even be read.
    fn plan(&mut self, turn: &mut Turn<'_>) -> Sql<Option<Millis>> {
        let mut scope = self.scope(turn)?;
        // This turn has a new budget; if that does not do either, it arms an earlier alarm itself.
        let starved = std::mem::take(&mut scope.work.starved);
        scope.note_if_no_event_waits()?;
        let next = scope.next_deadline();
        let due = scope.is_anything_due();
        let backstop = scope.now + BACKSTOP;
        turn.sockets = scope.sockets;
        let backstop = (due? || starved).then_some(backstop);
        Ok([next?, backstop].into_iter().flatten().min())
    }

    pub(crate) fn scope<'a>(&'a mut self, turn: &'a mut Turn<'_>) -> Sql<Scope<'a, S>> {
        let core = match &mut self.core {
            Some(core) => core,
            // An older schema is brought up to date here, all of it or nothing.
            none => none.insert(self.store.transaction(|| Core::load(&self.store))?),
        };
        self.newest = self.newest.max(turn.clock).max(core.newest());
        Ok(Scope {
            store: &self.store,
            config: self.config,
            room: self.room,
            user: &self.user,
            core,
            work: &mut self.work,
            now: self.newest,
            sockets: std::mem::take(&mut turn.sockets),
            alarm: turn.alarm,
            entropy: &mut *turn.entropy,
            effects: Vec::new(),
            events: Vec::new(),
            numbered: false,
            postpone: false,
            tell_self: false,
        })
    }

    fn turn<T>(
        &mut self,
        turn: Turn<'_>,
        input: impl FnOnce(&mut Scope<'_, S>) -> Answer<T>,
    ) -> Step<T> {
        self.turn_with(turn, ALL_LEASES, input)
    }

    fn turn_with<T>(
        &mut self,
        mut turn: Turn<'_>,
        leases: i64,
        input: impl FnOnce(&mut Scope<'_, S>) -> Answer<T>,
    ) -> Step<T> {
        let (cold, lost) = (self.cold, self.lost_memory);
        let watched = !turn.sockets.is_empty();
        let mut untold = Vec::new();
        let result = self.scope(&mut turn).and_then(|mut scope| {
            scope.work.budget = CALLS_PER_TURN;
            scope.work.starved = false;
            let store = scope.store;
            let answer = store.transaction(|| scope.run(cold, lost, leases, input));
            untold = scope.effects;
            Ok((answer?, std::mem::take(&mut untold), scope.events))
        });
        match result {
            Ok((result, effects, events)) => {
                (self.cold, self.lost_memory) = (false, false);
                Step { effects, events, result }
            }
            Err(error) => {
                let mut step = self.undo(&error, untold);
                if watched {
                    self.stay_awake(&mut step.effects);
                }
                step
            }
        }
    }

    /// That open sockets may lack something is known to memory only, for storage takes no mark of it: a
    /// timer keeps the object from hibernating until a turn succeeds.
    fn stay_awake(&mut self, effects: &mut Vec<Effect>) {
        self.work.timer = Some(self.newest + RETRY_STORAGE);
        effects.push(Effect::SetTimer(self.work.timer));
    }

    /// Storage refused: forget what memory held of this turn; a later turn reads the rows again.
    /// Every command that waited for an answer is refused, also where this turn had it ready.
    fn undo<T>(&mut self, error: &StoreError, untold: Vec<Effect>) -> Step<T> {
        let refusal = Refusal::new(ErrorCode::Unavailable, "storage refused; nothing was changed");
        let work = std::mem::take(&mut self.work);
        self.work.last_call = work.last_call;
        let sent = |of: fn(&Effect) -> bool| !untold.iter().any(of);
        let (flush, batch) = (sent(is_flush), sent(is_batch));
        self.work.keep_batch(&work.calls, work.outbox, batch);
        self.work.keep_flight(work.calls, work.mirror, flush);
        self.work.mail = mailbox::greetings(work.mail);
        self.core = None;
        self.lost_memory = true;
        let senders = work.deliveries.open.into_values().flat_map(|delivery| delivery.acks);
        let askers =
            work.inquiries.into_values().map(|inquiry| (inquiry.socket, inquiry.correlation));
        let ready = untold.into_iter().filter_map(|effect| match effect {
            Effect::Send(socket, ServerMessage::Reply { correlation, .. }) => {
                Some((socket, correlation))
            }
            _ => None,
        });
        let perhaps = Refusal::new(ErrorCode::Unavailable, "storage refused; ask again");
        let refused = |(socket, correlation)| {
            Effect::Send(socket, ServerMessage::Refused { correlation, refusal: perhaps.clone() })
        };
        let mut effects: Vec<_> = senders.chain(askers).chain(ready).map(refused).collect();
        let (user_id, detail) = (self.user.clone(), error.to_string());
        effects.push(Effect::Log(LogEntry::TurnUndone { user_id, detail }));
        Step { effects, events: Vec::new(), result: Err(refusal) }
    }
}

fn is_flush(effect: &Effect) -> bool {
    matches!(effect, Effect::Mirror { .. })
}

fn is_batch(effect: &Effect) -> bool {
    matches!(effect, Effect::Publish { .. })
}

impl<S: Store> Scope<'_, S> {
    /// The body of every turn.
    fn run<T>(
        &mut self,
        cold: bool,
        lost: bool,
        leases: i64,
        input: impl FnOnce(&mut Self) -> Answer<T>,
    ) -> Answer<T> {
        self.sweep(leases)?;
        self.freeze_what_others_may_know();
        if cold || lost {
            self.take_up_wake(lost)?;
            self.doubt_the_mirror();
        }
        let answer = input(self)?;
        self.take_up_repeat();
        self.mark_doubt();
        self.finish()?;
        self.flush_mail();
        self.follow()?;
        self.arm()?;
        self.keep_timer();
        Ok(answer)
    }
}
