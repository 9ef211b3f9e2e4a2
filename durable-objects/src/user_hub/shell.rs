//! What a hub's object holds in memory, and a turn of the domain from beginning to end.
//!
//! Each `RefCell` is borrowed for a few lines without an `await` and without a call into another
//! part that borrows the same.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use presence::calls::{HubAnswer, HubCall, HubRequest};
use presence::config::CALL_LIFETIME;
use presence::effects::{Attached, CallId, Effect, NoAnswer, Step, Turn};
use presence::errors::{ErrorCode, Refusal};
use presence::hub::Hub;
use presence::ids::{SocketKey, UserId};
use presence::mirror::{Flush, Flushed};
use presence::outbox::{Batch, Published};
use presence::state::EndReason;
use presence::time::Millis;
use wasm_bindgen_futures::spawn_local;
use worker::{Env, State, WebSocket};

use super::sockets::Sockets;
use super::stats::Stats;
use crate::kafka::Kafka;
use crate::platform::entropy::Random;
use crate::platform::settings::HubSettings;
use crate::platform::sql::SqlStore;
use crate::platform::timer::Timer;
use crate::platform::{alarm, calls, clock, log, settings, sockets};
use crate::redis::Redis;

/// An alarm whose user is not known yet is tried again.
const RETRY: i64 = 60_000;

/// What is known of the alarm.
#[derive(Clone, Copy, PartialEq)]
enum Alarm {
    /// Not read since the object woke.
    Unread,
    /// When it stands, if it does.
    Stands(Option<Millis>),
}

/// The object's memory.
pub(super) struct Shell {
    pub(super) state: State,
    env: Env,
    redis: Option<Rc<Redis>>,
    kafka: Option<Rc<Kafka>>,
    pub(super) settings: HubSettings,
    pub(super) woken_at: Millis,
    user: RefCell<Option<UserId>>,
    hub: RefCell<Option<Hub<SqlStore>>>,
    pub(super) sockets: RefCell<Sockets>,
    /// Sockets that could not go on after hibernation and that the domain has not been told of.
    lost: RefCell<Vec<Attached>>,
    alarm: Cell<Alarm>,
    timer: RefCell<Option<Timer>>,
    /// The request that is being handled, for log lines.
    pub(super) request_id: RefCell<Option<String>>,
    pub(super) stats: Stats,
}

impl Shell {
    /// The object has just come into memory: by a first request, or after hibernation or a restart.
    pub(super) fn wake(state: State, env: Env) -> Self {
        sockets::answer_beats(&state);
        let woken_at = clock::now();
        let (open, lost) = Sockets::find(&state, woken_at);
        let settings = settings::of(&env);
        let user = state.id().name().and_then(|name| UserId::parse(&name).ok());
        Self {
            redis: settings.redis.as_ref().map(|redis| Redis::new(&env, redis)),
            kafka: settings.kafka.as_ref().map(|kafka| Kafka::new(&env, kafka)),
            settings,
            env,
            woken_at,
            user: RefCell::new(user.or_else(|| open.user())),
            hub: RefCell::new(None),
            sockets: RefCell::new(open),
            lost: RefCell::new(lost),
            alarm: Cell::new(Alarm::Unread),
            timer: RefCell::new(None),
            request_id: RefCell::new(None),
            stats: Stats::default(),
            state,
        }
    }

    /// Reads once when the alarm stands. This waits for storage only, and the platform delivers
    /// nothing else to the object meanwhile.
    pub(super) async fn ready(&self) {
        if self.alarm.get() == Alarm::Unread {
            let at = alarm::get(&self.state).await;
            if self.alarm.get() == Alarm::Unread {
                self.alarm.set(Alarm::Stands(at));
            }
        }
    }

    /// A request that is for this user comes in.
    pub(super) fn serve(&self, user: &UserId, request_id: Option<String>) {
        *self.request_id.borrow_mut() = request_id;
        self.user.borrow_mut().get_or_insert_with(|| user.clone());
    }

    /// One turn of the domain. Its effects are the caller's to carry out, at once.
    pub(super) fn turn<T>(
        &self,
        input: impl FnOnce(&mut Hub<SqlStore>, Turn<'_>) -> Step<T>,
    ) -> Step<T> {
        let Some(user) = self.user.borrow().clone() else {
            return refused("nobody has said whose hub this is");
        };
        let Ok(mut hub) = self.hub.try_borrow_mut() else {
            return refused("a turn began within another");
        };
        let open = || SqlStore::new(&self.state, Rc::clone(&self.stats.written));
        let hub = hub.get_or_insert_with(|| Hub::new(open(), user, self.settings.hub));
        let alarm = match self.alarm.get() {
            Alarm::Stands(at) => at,
            Alarm::Unread => None,
        };
        let turn =
            Turn { clock: clock::now(), sockets: self.attached(), alarm, entropy: &mut Random };
        input(hub, turn)
    }

    /// All sockets whose end the domain has not been told.
    fn attached(&self) -> Vec<Attached> {
        let mut attached = self.sockets.borrow().attached(&self.state);
        attached.extend(self.lost.borrow().iter().cloned());
        attached
    }

    /// Carries out effects, in their order.
    pub(super) fn carry_out(self: &Rc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::SetAlarm(at) => {
                    self.alarm.set(Alarm::Stands(Some(at)));
                    if self.settings.alarms {
                        alarm::set(&self.state, at);
                    }
                }
                Effect::SetTimer(at) => self.set_timer(at),
                Effect::Send(key, message) => self.sockets.borrow_mut().say(key, &message),
                Effect::Close(key, code) => self.sockets.borrow_mut().close(key, code),
                Effect::Call { id, to, not_after, request } => {
                    self.call(id, to, not_after, request);
                }
                Effect::Register(id) => self.register(id),
                Effect::Mirror { id, not_after, flush } => self.mirror(id, not_after, flush),
                Effect::Publish { id, batch, .. } => self.publish(id, batch),
                Effect::Log(entry) => log::info(self.request_id.borrow().as_deref(), &entry),
            }
        }
    }

    /// A turn of which only the effects matter.
    pub(super) fn run(
        self: &Rc<Self>,
        input: impl FnOnce(&mut Hub<SqlStore>, Turn<'_>) -> Step<()>,
    ) {
        let step = self.turn(input);
        self.carry_out(step.effects);
    }

    /// The alarm fired, and stands no more.
    pub(super) fn alarm(self: &Rc<Self>) {
        self.alarm.set(Alarm::Stands(None));
        self.stats.alarms.count();
        *self.request_id.borrow_mut() = None;
        if self.user.borrow().is_none() {
            log::fault("alarm.unnamed", "the object does not know its user");
            alarm::set(&self.state, clock::now() + RETRY);
            return;
        }
        self.sockets.borrow_mut().reconcile(&self.state);
        self.run(Hub::alarm);
        self.bury_lost();
    }

    /// Tells the domain of sockets that hibernation cost. Until it knows, they count as open: a
    /// session whose socket is merely missing has vanished, which is something else.
    pub(super) fn bury_lost(self: &Rc<Self>) {
        loop {
            let next = self.lost.borrow().last().cloned();
            let Some(attached) = next else { return };
            let step = self.turn(|hub, turn| hub.closed(turn, &attached, EndReason::Closed));
            self.lost.borrow_mut().pop();
            self.carry_out(step.effects);
        }
    }

    /// A socket closed or broke.
    pub(super) fn gone(self: &Rc<Self>, socket: &WebSocket, code: usize, reason: &str) {
        self.stats.closes.count();
        sockets::close_in_return(socket, code, reason);
        if let Some(attachment) = sockets::load(socket) {
            self.end(attachment.key, EndReason::Closed);
        }
    }

    /// A socket has ended for this reason. It is one of the hub's until the domain knows.
    pub(super) fn end(self: &Rc<Self>, key: SocketKey, reason: EndReason) {
        let attached = self.attached().into_iter().find(|attached| attached.key == key);
        if let Some(attached) = attached {
            let step = self.turn(|hub, turn| hub.closed(turn, &attached, reason));
            self.sockets.borrow_mut().remove(key);
            self.carry_out(step.effects);
        }
    }

    fn set_timer(self: &Rc<Self>, at: Option<Millis>) {
        let shell = Rc::clone(self);
        let start = |at| {
            Timer::start(at, move || {
                shell.stats.timers.count();
                shell.run(Hub::timer);
            })
        };
        *self.timer.borrow_mut() = at.map(start);
    }

    fn call(self: &Rc<Self>, id: CallId, user: UserId, not_after: Millis, request: HubRequest) {
        let request_id = self.request_id.borrow().clone();
        let call = HubCall { user, not_after, request_id, request };
        let shell = Rc::clone(self);
        spawn_local(async move {
            let answer = calls::hub(&shell.env, &call).await;
            shell.answered(id, answer, call.request_id);
        });
    }

    fn register(self: &Rc<Self>, id: CallId) {
        let Some(user) = self.user.borrow().clone() else { return };
        let shell = Rc::clone(self);
        spawn_local(async move {
            let answer = calls::register(&shell.env, &user, clock::now() + CALL_LIFETIME).await;
            shell.answered(id, answer, None);
        });
    }

    fn mirror(self: &Rc<Self>, id: CallId, not_after: Millis, flush: Flush) {
        let shell = Rc::clone(self);
        spawn_local(async move {
            let flushed = match &shell.redis {
                Some(redis) => redis.flush(&flush, not_after).await,
                None => Flushed::Failed { until: None },
            };
            shell.stats.flushes.count();
            *shell.request_id.borrow_mut() = None;
            shell.run(|hub, turn| hub.mirrored(turn, id, flushed));
        });
    }

    fn publish(self: &Rc<Self>, id: CallId, batch: Batch) {
        let shell = Rc::clone(self);
        spawn_local(async move {
            let published = match &shell.kafka {
                Some(kafka) => kafka.publish(&batch).await,
                None => Published::Failed { until: None },
            };
            shell.stats.publishes.count();
            *shell.request_id.borrow_mut() = None;
            shell.run(|hub, turn| hub.published(turn, id, published));
        });
    }

    fn answered(
        self: &Rc<Self>,
        id: CallId,
        answer: Result<HubAnswer, NoAnswer>,
        request_id: Option<String>,
    ) {
        self.stats.answers.count();
        *self.request_id.borrow_mut() = request_id;
        self.run(|hub, turn| hub.answer(turn, id, answer));
    }
}

fn refused<T>(detail: &str) -> Step<T> {
    log::fault("turn.refused", detail);
    let refusal = Refusal::new(ErrorCode::Unavailable, detail);
    Step { effects: Vec::new(), events: Vec::new(), result: Err(refusal) }
}
