//! What the domain costs on top of its storage: each piece of work against the bare SQL statements
//! of the same work, on a twin database in the same state, in turns, by the median. Prints one line
//! of JSON. An argument names the one piece of work to measure.
//!
//! Three hubs live through the same inputs: one records its statements, one is timed, and the third
//! database only has the recorded statements run on it, which are timed too.

// A benchmark runs natively, the clock is what it is about, and it stops at the first surprise.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark stops at the first surprise"
)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::hint::black_box;
use std::rc::Rc;
use std::time::{Duration, Instant};

use presence::calls::{HubAnswer, HubRequest, HubResponse, SetStatus};
use presence::config::HubConfig;
use presence::effects::{Attached, Command, Connect, Effect, Entropy, Step, Turn};
use presence::hub::Hub;
use presence::ids::{SocketKey, UserId};
use presence::sqlite::SqliteStore;
use presence::state::{Device, Protocol, Scope, Status};
use presence::store::{Row, Store, StoreError, Value};
use presence::time::Millis;

/// The most sessions of a user, by the default configuration.
const SESSIONS: usize = 16;
const WATCHERS: usize = 1_000;

fn main() {
    let works: [(&str, usize, Work); 4] = [
        ("connect", 2_000, Work { setup: |_| {}, prepare: leave_all, act: connect }),
        ("sweep16Live", 2_000, Work { setup: fill, prepare: pass_time, act: alarm }),
        ("sweep16Ended", 500, Work { setup: |_| {}, prepare: fill_and_lose, act: alarm }),
        ("notify1000", 61, Work { setup: gather, prepare: pass_time, act: notify }),
    ];
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_ref().is_none_or(|only| only == name);
    let measured: Vec<String> = works
        .iter()
        .filter(|(name, ..)| wanted(name))
        .map(|(name, rounds, work)| format!("\"{name}\":{}", compare(*rounds, work)))
        .collect();
    println!("{{\"domain\":{{{},\"aim\":1.5}}}}", measured.join(","));
}

/// One piece of work: `prepare` brings every round to the same state, `act` is timed. It answers
/// whether it goes on: long work is timed in short pieces, so that other programs on the machine
/// interrupt few of them.
struct Work {
    setup: fn(&mut Player),
    prepare: fn(&mut Player),
    act: fn(&mut Player) -> bool,
}

fn compare(rounds: usize, work: &Work) -> String {
    let (mut recorded, mut timed) = (Player::new(), Player::new());
    let bare = SqliteStore::in_memory().expect("a database");
    for player in [&mut recorded, &mut timed] {
        (work.setup)(player);
    }
    replay(&bare, &recorded.disk.take());
    let (mut ours, mut baseline) = (Vec::new(), Vec::new());
    for round in 0..=rounds {
        (work.prepare)(&mut recorded);
        replay(&bare, &recorded.disk.take());
        (work.prepare)(&mut timed);
        let mut goes_on = true;
        while goes_on {
            goes_on = (work.act)(&mut recorded);
            let statements = recorded.disk.take();
            timed.disk.silent(true);
            let (mut one, mut other) = (Duration::ZERO, Duration::ZERO);
            for turn in [ours.len() % 2, (ours.len() + 1) % 2] {
                if turn == 0 {
                    one = time(|| {
                        (work.act)(&mut timed);
                    });
                } else {
                    other = time(|| replay(&bare, &statements));
                }
            }
            timed.disk.silent(false);
            timed.disk.take();
            // The first round only warms the caches.
            if round > 0 {
                ours.push(one);
                baseline.push(other);
            }
        }
    }
    let pieces = ours.len() as f64 / rounds as f64;
    let (ours, baseline) = (median(ours), median(baseline));
    format!(
        "{{\"us\":{:.1},\"baselineUs\":{:.1},\"ratio\":{:.2}}}",
        ours.as_secs_f64() * 1e6 * pieces,
        baseline.as_secs_f64() * 1e6 * pieces,
        ours.as_secs_f64() / baseline.as_secs_f64()
    )
}

fn time(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

// ---- the work -----------------------------------------------------------------------------------

/// A socket of a hibernated hub's user begins a session.
fn connect(player: &mut Player) -> bool {
    player.connect();
    false
}

/// The alarm of a hibernated hub.
fn alarm(player: &mut Player) -> bool {
    player.input(presence::hub::Hub::alarm);
    false
}

/// A change, and every watcher's hub answers, a hundred a piece.
fn notify(player: &mut Player) -> bool {
    if player.effects.is_empty() {
        let status = if player.flip { Status::Busy } else { Status::Away };
        player.flip = !player.flip;
        let set = SetStatus { status, message: None, scope: Scope::User, session_id: None };
        player.input(|hub, turn| hub.call(turn, HubRequest::SetStatus(set), Millis(i64::MAX)));
    }
    for _ in 0..100 {
        player.carry_out_one();
    }
    !player.effects.is_empty()
}

fn leave_all(player: &mut Player) {
    while let Some(key) = player.sockets.last().map(|socket| socket.key) {
        player.input(|hub, turn| hub.command(turn, key, None, Command::Leave));
        player.sockets.pop();
    }
    player.clock = player.clock + 1_000;
    player.hibernate();
}

fn fill(player: &mut Player) {
    while player.sockets.len() < SESSIONS {
        player.connect();
    }
    player.answer_all();
}

/// Everybody beat; the alarm only moves on.
fn pass_time(player: &mut Player) {
    player.clock = player.clock + 50_000;
    let now = player.clock;
    player.sockets.iter_mut().for_each(|socket| socket.last_seen = now);
    player.hibernate();
}

/// Nobody beat for a TTL: the alarm ends all of them.
fn fill_and_lose(player: &mut Player) {
    player.sockets.clear();
    fill(player);
    player.clock = player.clock + 60_001;
    player.hibernate();
}

fn gather(player: &mut Player) {
    player.connect();
    for n in 0..WATCHERS {
        let subscriber = user(&format!("3f2b8c1e-0d5a-4c7e-9b1f-6a2d8e4c{n:04}"));
        let watch = HubRequest::Watch { subscriber, generation: 1, since: None, shows: true };
        player.input(|hub, turn| hub.call(turn, watch, Millis(i64::MAX)));
    }
    player.answer_all();
}

// ---- a hub with what the platform keeps for it --------------------------------------------------

struct Player {
    disk: Disk,
    hub: Option<Hub<Disk>>,
    sockets: Vec<Attached>,
    clock: Millis,
    alarm: Option<Millis>,
    effects: VecDeque<Effect>,
    last: u64,
    random: Counter,
    flip: bool,
}

impl Player {
    fn new() -> Self {
        let disk = Disk::default();
        let mut player = Self {
            disk,
            hub: None,
            sockets: Vec::new(),
            clock: Millis(1_800_000_000_000),
            alarm: None,
            effects: VecDeque::new(),
            last: 0,
            random: Counter(0),
            flip: true,
        };
        player.hibernate();
        player
    }

    fn hibernate(&mut self) {
        self.answer_all();
        self.hub = Some(Hub::new(self.disk.clone(), user("ada"), HubConfig::default()));
    }

    fn input<T>(&mut self, input: impl FnOnce(&mut Hub<Disk>, Turn<'_>) -> Step<T>) -> T {
        let turn = Turn {
            clock: self.clock,
            sockets: self.sockets.clone(),
            alarm: self.alarm,
            entropy: &mut self.random,
        };
        let step = input(self.hub.as_mut().expect("a hub"), turn);
        self.effects.extend(step.effects);
        black_box(&step.events);
        step.result.unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    fn connect(&mut self) {
        self.last += 1;
        let key = SocketKey(self.last);
        let connect = Connect {
            socket: key,
            protocol: Protocol::Json,
            resume: None,
            device: Device::default(),
            user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0)".into()),
            country: Some("VN".into()),
            colo: Some("SGN".into()),
            wants_presence: true,
        };
        let connected = self.input(|hub, turn| hub.connect(turn, &connect));
        let session = Some((connected.session, connected.connection));
        let now = self.clock;
        let socket =
            Attached { key, session, opened_at: now, last_seen: now, token_expires_at: None };
        self.sockets.push(socket);
    }

    /// Answers every call at once, until there is none; new invocations begin by the alarm.
    fn answer_all(&mut self) {
        while !self.effects.is_empty() {
            self.carry_out_one();
        }
    }

    fn carry_out_one(&mut self) {
        match self.effects.pop_front() {
            Some(Effect::SetAlarm(at)) if at <= self.clock => {
                self.alarm = None;
                self.input(presence::hub::Hub::alarm);
            }
            Some(Effect::SetAlarm(at)) => self.alarm = Some(at),
            Some(Effect::Register(id)) => self.answer(id, Ok(HubResponse::Done)),
            Some(Effect::Call { id, request: HubRequest::Notify { .. }, .. }) => {
                self.answer(
                    id,
                    Ok(HubResponse::Notified { watching: true, awake: true, shows: true }),
                );
            }
            other => drop(black_box(other)),
        }
    }

    fn answer(&mut self, id: presence::effects::CallId, answer: HubAnswer) {
        self.input(|hub, turn| hub.answer(turn, id, Ok(answer)));
    }
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap_or_else(|_| panic!("{id} is no user id"))
}

/// The same "random" numbers for all.
struct Counter(u64);

impl Entropy for Counter {
    fn bits(&mut self) -> [u8; 16] {
        self.0 += 1;
        (u128::from(self.0) << 64 | 7).to_be_bytes()
    }
}

// ---- storage that remembers its statements ------------------------------------------------------

/// A statement, with whether it was a query.
struct Statement {
    query: bool,
    sql: String,
    params: Vec<Value>,
}

/// What ran in one transaction, or alone.
struct Group {
    transaction: bool,
    statements: Vec<Statement>,
}

struct Inner {
    store: SqliteStore,
    log: RefCell<(bool, Vec<Group>)>,
}

#[derive(Clone)]
struct Disk(Rc<Inner>);

impl Default for Disk {
    fn default() -> Self {
        let store = SqliteStore::in_memory().expect("a database");
        Self(Rc::new(Inner { store, log: RefCell::new((false, Vec::new())) }))
    }
}

impl Disk {
    fn take(&self) -> Vec<Group> {
        std::mem::take(&mut self.0.log.borrow_mut().1)
    }

    fn silent(&self, silent: bool) {
        self.0.log.borrow_mut().0 = silent;
    }

    fn note(&self, query: bool, sql: &str, params: &[Value]) {
        let (silent, groups) = &mut *self.0.log.borrow_mut();
        if *silent {
            return;
        }
        let statement = Statement { query, sql: sql.to_owned(), params: params.to_vec() };
        match groups.last_mut() {
            Some(group) if group.transaction => group.statements.push(statement),
            _ => groups.push(Group { transaction: false, statements: vec![statement] }),
        }
    }

    fn begin(&self, transaction: bool) {
        let (silent, groups) = &mut *self.0.log.borrow_mut();
        if !*silent {
            groups.push(Group { transaction, statements: Vec::new() });
        }
    }
}

impl Store for Disk {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        self.note(false, sql, params);
        self.0.store.execute(sql, params)
    }

    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.note(true, sql, params);
        self.0.store.query(sql, params)
    }

    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.begin(true);
        let result = self.0.store.transaction(body);
        self.begin(false);
        result
    }
}

/// The bare work: the same statements in the same transactions, their rows read and dropped.
fn replay(store: &SqliteStore, groups: &[Group]) {
    for group in groups {
        let run = || -> Result<(), StoreError> {
            for Statement { query, sql, params } in &group.statements {
                if *query {
                    black_box(store.query(sql, params)?);
                } else {
                    store.execute(sql, params)?;
                }
            }
            Ok(())
        };
        if group.transaction { store.transaction(run) } else { run() }.expect("it ran before");
    }
}
