//! Hubs as far as tasks see them, and a Redis of sets and strings.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use presence::calls::{HubRequest, HubResponse, Subscriber, Subscription, SubscriptionStatus};
use presence::directory::shard_of;
use presence::ids::{SessionId, UserId};
use presence::mirror::{Digest, Refresh};
use presence::outbox::OutboxState;
use presence::sqlite::SqliteStore;
use presence::time::Millis;
use redis_rest::{Command, Outcome as RedisOutcome, RedisError, Reply};
use tasks::{Order, Outcome, RedisState, RunReport, Scheduler, Task, Unanswered, World};

use crate::values::{self, paged};

/// What Redis says of everybody whose last activity it knows.
pub const LAST_ACTIVE: i64 = 1_800_000_000_000;

pub fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

/// One user's hub.
#[derive(Clone, Debug, Default)]
pub struct Hub {
    pub sessions: Vec<SessionId>,
    /// Sessions that are over, and that nobody has noticed.
    pub dead: i64,
    pub watching: BTreeSet<UserId>,
    /// Who watches, with the generation.
    pub audience: BTreeMap<UserId, i64>,
    pub lag: i64,
    /// When others last saw this user act, in milliseconds.
    pub last_active: Option<i64>,
    /// How the events stand.
    pub outbox: OutboxState,
    /// Others see this user offline.
    pub hidden: bool,
    /// Redis need not know yet who would be told now.
    pub naps: bool,
    /// Answers nothing.
    pub down: bool,
}

type OnCall = Box<dyn FnMut(&FakeWorld, &UserId, &HubRequest)>;

#[derive(Default)]
pub struct FakeWorld {
    pub hubs: RefCell<BTreeMap<UserId, Hub>>,
    pub sets: RefCell<BTreeMap<String, BTreeSet<String>>>,
    pub strings: RefCell<BTreeSet<String>>,
    /// `ws:connections:…`; none stands for no key.
    pub counts: RefCell<BTreeMap<String, usize>>,
    /// `MIRROR_DEPRECATED_KEYS` is off.
    pub few_keys: Cell<bool>,
    pub clock: Cell<i64>,
    /// Milliseconds that each call takes.
    pub latency: Cell<i64>,
    /// The breaker on the way to Kafka.
    pub kafka: Cell<Option<&'static str>>,
    pub redis_off: Cell<bool>,
    pub redis_down: Cell<bool>,
    /// Redis answers no request that names this.
    pub too_large: RefCell<Option<String>>,
    /// Redis refuses this command, in these words.
    pub refused: RefCell<Option<(String, &'static str)>>,
    pub shard_down: Cell<Option<u32>>,
    pub calls: Cell<i64>,
    /// What hubs were asked to change.
    pub repairs: RefCell<Vec<(String, HubRequest)>>,
    /// Every command that Redis was sent.
    pub commands: RefCell<Vec<String>>,
    pub on_call: RefCell<Option<OnCall>>,
    at_once: Cell<usize>,
    pub most_at_once: Cell<usize>,
}

/// Ready at the second look, so that several futures are under way at once.
struct Later(bool);

impl Future for Later {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Who polls many of these looks only at those that called.
        context.waker().wake_by_ref();
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Polls a run so often and drops it, as a crash does.
pub fn crash_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
    }
    None
}

pub type TestScheduler = Scheduler<Rc<SqliteStore>>;

pub fn scheduler() -> TestScheduler {
    Scheduler::new(Rc::new(SqliteStore::in_memory().unwrap()))
}

/// Runs a task now, and expects that it does.
pub fn run(scheduler: &TestScheduler, world: &FakeWorld, task: Task) -> RunReport {
    ran(block_on(scheduler.run(world, "test", now(task, false))))
}

pub fn dry_run(scheduler: &TestScheduler, world: &FakeWorld, task: Task) -> RunReport {
    ran(block_on(scheduler.run(world, "test", now(task, true))))
}

pub fn now(task: Task, dry_run: bool) -> Order {
    Order::Now { task, dry_run, more: false }
}

pub fn ran(outcome: Outcome) -> RunReport {
    match outcome {
        Outcome::Ran(report) => report,
        other => panic!("{other:?}"),
    }
}

impl FakeWorld {
    pub fn new() -> Self {
        let world = Self::default();
        world.clock.set(1_800_000_000_000);
        world.latency.set(1);
        world
    }

    /// A user with one session, of whom Redis says so.
    pub fn online(&self, id: &str) {
        self.hub_of(id, |hub| hub.sessions.push(SessionId::new(&user(id), [7; 16])));
        self.mirror(&user(id), &[]);
    }

    /// A user without a session.
    pub fn offline(&self, id: &str) {
        self.hub_of(id, |_| ());
    }

    pub fn hub_of(&self, id: &str, change: impl FnOnce(&mut Hub)) {
        change(self.hubs.borrow_mut().entry(user(id)).or_default());
    }

    /// An edge at both ends.
    pub fn edge(&self, subscriber: &str, target: &str) {
        self.hub_of(subscriber, |hub| _ = hub.watching.insert(user(target)));
        self.hub_of(target, |hub| _ = hub.audience.insert(user(subscriber), 5));
        self.mirror(&user(subscriber), &[]);
        self.mirror(&user(target), &[]);
    }

    pub fn set(&self, key: &str) -> BTreeSet<String> {
        self.sets.borrow().get(key).cloned().unwrap_or_default()
    }

    pub fn sadd(&self, key: &str, member: &str) {
        self.sets.borrow_mut().entry(key.to_owned()).or_default().insert(member.to_owned());
    }

    pub fn srem(&self, key: &str, member: &str) {
        self.sets.borrow_mut().entry(key.to_owned()).or_default().remove(member);
    }

    pub fn flushall(&self) {
        self.sets.borrow_mut().clear();
        self.strings.borrow_mut().clear();
        self.counts.borrow_mut().clear();
    }

    /// Who was asked to repair something.
    pub fn repaired(&self) -> Vec<String> {
        self.repairs.borrow().iter().map(|(id, _)| id.clone()).collect()
    }

    async fn called(&self) {
        self.calls.set(self.calls.get() + 1);
        self.at_once.set(self.at_once.get() + 1);
        self.most_at_once.set(self.most_at_once.get().max(self.at_once.get()));
        Later(false).await;
        self.at_once.set(self.at_once.get() - 1);
        self.clock.set(self.clock.get() + self.latency.get());
    }

    fn answer(&self, id: &UserId, request: HubRequest, peeked: bool) -> HubResponse {
        let repair = matches!(request, HubRequest::Mirror { .. } | HubRequest::Reassert { .. });
        assert!(!(peeked && repair));
        if repair {
            self.repairs.borrow_mut().push((id.as_str().to_owned(), request.clone()));
        }
        let mut hubs = self.hubs.borrow_mut();
        let hub = hubs.entry(id.clone()).or_default();
        match request {
            HubRequest::Sweep => {
                let ended_sessions = if peeked { hub.dead } else { std::mem::take(&mut hub.dead) };
                HubResponse::Swept(Digest {
                    sessions: hub.sessions.clone(),
                    online: !hub.hidden && !hub.sessions.is_empty(),
                    subscriptions: hub.watching.len() as i64,
                    subscribers: hub.audience.len() as i64,
                    looks: hub.sessions.iter().map(values::look_of).collect(),
                    watched: values::of(hub.watching.iter()),
                    watching: values::of(hub.audience.keys()),
                    told_now: (!hub.naps).then(|| values::of(hub.audience.keys())),
                    last_active: hub.last_active.map(Millis),
                    lag: hub.lag,
                    outbox: hub.outbox.clone(),
                    ended_sessions,
                    ended_leases: 0,
                })
            }
            HubRequest::Mirror { strays } => {
                drop(hubs);
                self.mirror(id, &strays);
                HubResponse::Done
            }
            HubRequest::Holds { subscriber } => HubResponse::Held {
                held: hub.audience.contains_key(&subscriber),
                generation: hub.audience.get(&subscriber).copied().unwrap_or(0),
            },
            HubRequest::SubscribedTo { target } => HubResponse::SubscribedTo {
                subscribed: hub.watching.contains(&target),
                status: SubscriptionStatus::Active,
                expires_at: None,
            },
            HubRequest::Reassert { target, above } => {
                let wanted = hub.watching.contains(&target);
                let other = hubs.entry(target).or_default();
                if wanted {
                    other.audience.insert(id.clone(), above + 1);
                } else {
                    other.audience.remove(id);
                }
                HubResponse::Done
            }
            HubRequest::Subscriptions { page } => {
                let (list, next) = paged(hub.watching.iter(), &page);
                let at = Millis(0);
                let edge = |user_id| Subscription {
                    user_id,
                    since: at,
                    expires_at: at,
                    status: SubscriptionStatus::Active,
                    presence: None,
                };
                let count = hub.watching.len() as i64;
                let subscriptions = list.into_iter().map(edge).collect();
                HubResponse::Subscriptions { subscriptions, count, next }
            }
            HubRequest::Subscribers { page } => {
                let (list, next) = paged(hub.audience.keys(), &page);
                let edge = |user_id| Subscriber { user_id, since: Millis(0), watching_now: true };
                let count = hub.audience.len() as i64;
                HubResponse::Subscribers {
                    subscribers: list.into_iter().map(edge).collect(),
                    count,
                    next,
                }
            }
            other => panic!("no task asks {other:?}"),
        }
    }

    fn get(&self, key: &str) -> Reply {
        if let Some(count) = self.counts.borrow().get(key).filter(|count| **count > 0) {
            return Reply::Bulk(count.to_string().into_bytes());
        }
        if !self.strings.borrow().contains(key) {
            return Reply::Null;
        }
        let session = key.strip_prefix("ws:session:").and_then(SessionId::parse);
        let text = session.map_or(LAST_ACTIVE.to_string(), |id| values::text(&id));
        Reply::Bulk(text.into_bytes())
    }

    fn redis_answers(&self, command: &Command) -> RedisOutcome {
        let parts: Vec<String> =
            command.parts().iter().map(|part| String::from_utf8(part.clone()).unwrap()).collect();
        self.commands.borrow_mut().push(parts[0].clone());
        if let Some((_, words)) =
            self.refused.borrow().as_ref().filter(|(name, _)| *name == parts[0])
        {
            return Err(RedisError((*words).to_owned()));
        }
        let bulk = |text: &String| Reply::Bulk(text.clone().into_bytes());
        let argument = |at: usize| parts.get(at).cloned().unwrap_or_default();
        let set = self.set(&argument(1));
        Ok(match parts[0].as_str() {
            "SMISMEMBER" => {
                let is_there = |member: &String| Reply::Integer(set.contains(member).into());
                Reply::Array(parts.iter().skip(2).map(is_there).collect())
            }
            "SMEMBERS" => Reply::Array(set.iter().map(bulk).collect()),
            "MGET" => Reply::Array(parts.iter().skip(1).map(|key| self.get(key)).collect()),
            "PING" => Reply::Bulk(b"PONG".to_vec()),
            "DBSIZE" => Reply::Integer(42),
            "INFO" => Reply::Bulk(b"# Memory\r\nused_memory:1234\r\n".to_vec()),
            "SSCAN" => {
                // A cursor is the last member that was given.
                let (after, count) = (argument(2), argument(4).parse().unwrap());
                let left = set.into_iter().filter(|member| after == "0" || *member > after);
                let mut page: Vec<String> = left.take(count + 1).collect();
                let more = page.len() > count;
                page.truncate(count);
                let cursor = page.last().filter(|_| more).cloned().unwrap_or("0".to_owned());
                Reply::Array(vec![bulk(&cursor), Reply::Array(page.iter().map(bulk).collect())])
            }
            other => return Err(RedisError(format!("ERR no task sends {other}"))),
        })
    }
}

impl World for FakeWorld {
    fn now(&self) -> Millis {
        Millis(self.clock.get())
    }

    async fn hub(&self, id: &UserId, request: HubRequest) -> Result<HubResponse, Unanswered> {
        self.called().await;
        let hook = self.on_call.borrow_mut().take();
        if let Some(mut hook) = hook {
            hook(self, id, &request);
            self.on_call.borrow_mut().get_or_insert(hook);
        }
        if self.hubs.borrow().get(id).is_some_and(|hub| hub.down) {
            return Err(Unanswered("down".into()));
        }
        Ok(match request {
            HubRequest::Peek { request } => self.answer(id, *request, true),
            request => self.answer(id, request, false),
        })
    }

    async fn users(
        &self,
        shard: u32,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Unanswered> {
        self.called().await;
        if self.shard_down.get() == Some(shard) {
            return Err(Unanswered("down".into()));
        }
        let hubs = self.hubs.borrow();
        let here = hubs.keys().filter(|id| shard_of(id) == shard);
        let left = here.filter(|id| after.is_none_or(|after| *id > after));
        Ok(left.take(limit).cloned().collect())
    }

    fn kafka(&self) -> Option<&'static str> {
        self.kafka.get()
    }

    fn redis(&self) -> Option<RedisState> {
        let breaker = if self.redis_down.get() { "open" } else { "closed" };
        let kept = mirror::Keys { deprecated: !self.few_keys.get() };
        let refresh = Refresh::Transitions;
        (!self.redis_off.get()).then_some(RedisState { breaker, refresh, kept })
    }

    async fn pipeline(&self, commands: &[Command]) -> Result<Vec<RedisOutcome>, Unanswered> {
        self.called().await;
        let names = |command: &Command, text: &String| {
            command.arguments().iter().any(|part| String::from_utf8_lossy(part).contains(text))
        };
        let large = self.too_large.borrow();
        let is_large = large.iter().any(|text| commands.iter().any(|c| names(c, text)));
        if self.redis_down.get() || is_large {
            return Err(Unanswered("down".into()));
        }
        Ok(commands.iter().map(|command| self.redis_answers(command)).collect())
    }
}
