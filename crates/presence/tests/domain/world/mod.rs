//! Many hubs in one process under a virtual clock, with a network that a test controls.
//!
//! A test acts (`connect`, `say`, `vanish`, `hibernate`, `crash`, …), lets time pass (`run_for`) and
//! looks at what clients were told and what the tables hold. Nothing here decides anything: it
//! carries out effects as the shell at the edge does.

mod asks;
mod client;
mod kafka;
mod network;
mod node;
mod redis;

use std::collections::{BTreeMap, VecDeque};

use presence::config::HubConfig;
use presence::effects::{Effect, Entropy, LogEntry, Step};
use presence::events::Event;
use presence::ids::UserId;
use presence::time::Millis;

pub use asks::status;
pub use client::{Client, ClientId};
use kafka::BatchPolicy;
pub use kafka::{Deal, Kafka};
pub use network::{Fate, Wire, WireKind};
use network::{Letter, Policy};
use node::Node;
use redis::FlushPolicy;
pub use redis::{Flow, Redis};

/// How long a call or an answer travels, unless a test says otherwise.
const LATENCY: i64 = 5;

/// Random bits from a seed (splitmix64).
pub struct Seed(pub u64);

impl Entropy for Seed {
    fn bits(&mut self) -> [u8; 16] {
        let mut next = || {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let (a, b) = (next().to_le_bytes(), next().to_le_bytes());
        let mut bits = [0; 16];
        bits[..8].copy_from_slice(&a);
        bits[8..].copy_from_slice(&b);
        bits
    }
}

/// All of it.
pub struct World {
    pub now: Millis,
    pub config: HubConfig,
    pub seed: Seed,
    nodes: BTreeMap<UserId, Node>,
    pub clients: BTreeMap<ClientId, Client>,
    letters: VecDeque<Letter>,
    held: Vec<Letter>,
    policy: Policy,
    redis: Redis,
    flush_policy: FlushPolicy,
    pub kafka: Kafka,
    batch_policy: BatchPolicy,
    /// Every event of every hub, in order.
    pub events: Vec<Event>,
    /// Every line of the log.
    pub log: Vec<LogEntry>,
    /// Users in the directory, in order of registration; refuses while `directory_down`.
    pub registered: Vec<UserId>,
    pub directory_down: bool,
    /// Every call that left a hub: (when, to whom, kind).
    pub sent: Vec<Wire>,
    /// How often each user's alarm was set and fired.
    pub alarms_set: BTreeMap<UserId, u64>,
    pub alarms_fired: BTreeMap<UserId, u64>,
    /// How many turns each hub has had.
    pub turns: BTreeMap<UserId, u64>,
    /// Calls of each hub in its invocation so far, and the most in any: an answer goes on in the
    /// invocation that asked, everything else is a new one.
    pub invocations: BTreeMap<UserId, (usize, usize)>,
    goes_on: bool,
    last_client: u64,
    /// How many steps were taken, and the fault that waits for one of them.
    pub steps: u64,
    pub fault: Option<(u64, Fault)>,
}

/// What becomes of a hub between two steps (rules, 23).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Hibernate(String),
    Crash(String),
    /// A crash after a turn was committed and before any of its effects but the alarm, which is
    /// committed with it.
    CrashAtCommit(String),
}

fn is_alarm(effect: &Effect) -> bool {
    matches!(effect, Effect::SetAlarm(_))
}

pub fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

impl World {
    pub fn new() -> Self {
        Self::with(HubConfig::default())
    }

    pub fn with(config: HubConfig) -> Self {
        Self {
            now: Millis(1_800_000_000_000),
            config,
            seed: Seed(1),
            nodes: BTreeMap::new(),
            clients: BTreeMap::new(),
            letters: VecDeque::new(),
            held: Vec::new(),
            policy: Box::new(|_| Fate::Deliver),
            redis: Redis::default(),
            flush_policy: Box::new(|_| Flow::Take),
            kafka: Kafka::default(),
            batch_policy: Box::new(|_| Deal::Take),
            events: Vec::new(),
            log: Vec::new(),
            registered: Vec::new(),
            directory_down: false,
            sent: Vec::new(),
            alarms_set: BTreeMap::new(),
            alarms_fired: BTreeMap::new(),
            turns: BTreeMap::new(),
            invocations: BTreeMap::new(),
            goes_on: false,
            last_client: 0,
            steps: 0,
            fault: None,
        }
    }

    /// One step is over: the fault that waited for it happens. A hub that may not hibernate now
    /// does so at the first step where it may.
    pub fn strike(&mut self) {
        self.steps += 1;
        let done = match self.fault.clone().filter(|(step, _)| *step <= self.steps) {
            Some((_, Fault::Hibernate(id))) => self.hibernate(&id),
            Some((_, Fault::Crash(id))) => {
                self.crash(&id);
                true
            }
            // Waits for that hub's next turn.
            None | Some((_, Fault::CrashAtCommit(_))) => false,
        };
        if done {
            self.fault = None;
        }
    }

    /// Makes one device's token end then.
    pub fn token_ends(&mut self, client: ClientId, at: Millis) {
        let (user, key) = (self.client(client).user.clone(), self.client(client).socket.unwrap());
        self.node(&user).sockets.get_mut(&key).unwrap().token_expires_at = Some(at);
    }

    /// Everyone that `id` watches, by its own table.
    pub fn watching(&mut self, id: &str) -> Vec<String> {
        self.column(id, "SELECT target FROM watching WHERE wanted = 1 ORDER BY target")
    }

    /// Everyone who watches `id`, by its own table.
    pub fn audience(&mut self, id: &str) -> Vec<String> {
        self.column(
            id,
            "SELECT subscriber FROM audience WHERE ended_at IS NULL ORDER BY subscriber",
        )
    }

    /// The sessions of `id`, by its own table.
    pub fn sessions(&mut self, id: &str) -> Vec<String> {
        self.column(id, "SELECT id FROM sessions ORDER BY connected_at, id")
    }

    fn column(&mut self, id: &str, sql: &str) -> Vec<String> {
        let node = self.node(&user(id));
        if presence::schema::version(node.store()).unwrap() == 0 {
            return Vec::new();
        }
        let rows = node.rows(sql);
        rows.iter().map(|row| row[0].text().unwrap().to_owned()).collect()
    }

    /// Decides from now on what happens to each call and answer.
    pub fn network(&mut self, policy: impl FnMut(&Wire) -> Fate + 'static) {
        self.policy = Box::new(policy);
    }

    /// Lets time pass: letters, timers and alarms happen when they are due.
    pub fn run_for(&mut self, ms: i64) {
        let end = self.now + ms;
        let mut steps = 0;
        while let Some(at) = self.next_due().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.step();
            self.strike();
            steps += 1;
            assert!(steps < 1_000_000, "the system never comes to rest");
        }
        self.now = end;
    }

    /// Lets all letters arrive, without waiting for alarms: at most a second.
    pub fn settle(&mut self) {
        self.run_for(1000);
    }

    fn next_due(&self) -> Option<Millis> {
        let letters = self.letters.iter().map(|letter| letter.at);
        let nodes = self.nodes.values().flat_map(|node| [node.alarm, node.timer]).flatten();
        letters.chain(nodes).min()
    }

    fn step(&mut self) {
        let now = self.now;
        if let Some(at) = self.letters.iter().position(|letter| letter.at <= now) {
            let letter = self.letters.remove(at).unwrap();
            self.arrive(letter);
            return;
        }
        let due = |node: &Node| [node.alarm, node.timer].into_iter().flatten().any(|at| at <= now);
        let user = self.nodes.iter().find(|(_, node)| due(node)).map(|(user, _)| user.clone());
        if let Some(user) = user {
            self.wake(&user);
        }
    }

    fn wake(&mut self, user: &UserId) {
        let now = self.now;
        let node = self.node(user);
        if node.timer.is_some_and(|at| at <= now) {
            node.timer = None;
            let _ = self.input(user, presence::hub::Hub::timer);
        } else {
            node.alarm = None;
            *self.alarms_fired.entry(user.clone()).or_default() += 1;
            let _ = self.input(user, presence::hub::Hub::alarm);
        }
    }

    /// Gives an input to a hub and carries out what it asks for.
    pub fn input<T>(
        &mut self,
        user: &UserId,
        input: impl FnOnce(&mut node::TestHub, presence::effects::Turn<'_>) -> Step<T>,
    ) -> Result<T, presence::errors::Refusal> {
        let (now, config) = (self.now, self.config);
        self.count_turn(user);
        let mut seed = Seed(u64::from_le_bytes(self.seed.bits()[..8].try_into().unwrap()));
        let node = self.nodes.entry(user.clone()).or_insert_with(|| Node::new(user, config));
        let step = node.input(now, &mut seed, input);
        self.events.extend(step.events);
        let fault = self.fault.take_if(|(at, fault)| {
            *at <= self.steps && *fault == Fault::CrashAtCommit(user.as_str().into())
        });
        let effects: Vec<Effect> = match fault {
            Some(_) => step.effects.into_iter().filter(is_alarm).collect(),
            None => step.effects,
        };
        self.carry_out(user, effects);
        if fault.is_some() {
            self.crash(user.as_str());
        }
        step.result
    }

    fn count_turn(&mut self, user: &UserId) {
        *self.turns.entry(user.clone()).or_default() += 1;
        if !std::mem::take(&mut self.goes_on) {
            self.invocations.entry(user.clone()).or_default().0 = 0;
        }
    }

    fn carry_out(&mut self, user: &UserId, effects: Vec<Effect>) {
        let now = self.now;
        for effect in effects {
            match effect {
                Effect::SetAlarm(at) => {
                    *self.alarms_set.entry(user.clone()).or_default() += 1;
                    let node = self.node(user);
                    node.alarm = Some((at - node.skew).max(now));
                }
                Effect::SetTimer(at) => {
                    let node = self.node(user);
                    node.timer = at.map(|at| (at - node.skew).max(now));
                }
                Effect::Send(socket, message) => self.receive(user, socket, message),
                Effect::Close(socket, code) => self.closed_by_server(user, socket, code),
                Effect::Call { id, to, not_after, request } => {
                    self.post(user, id, to, not_after, request);
                }
                Effect::Register(id) => self.register(user, id),
                Effect::Mirror { id, flush, .. } => self.flush(user, id, flush),
                Effect::Publish { id, batch, .. } => self.publish(user, id, batch),
                Effect::Log(entry) => self.log.push(entry),
            }
        }
    }

    pub fn node(&mut self, user: &UserId) -> &mut Node {
        let config = self.config;
        self.nodes.entry(user.clone()).or_insert_with(|| Node::new(user, config))
    }

    /// Memory goes, sockets stay. Refused (false) while something is pending, as on the platform.
    pub fn hibernate(&mut self, id: &str) -> bool {
        let user = user(id);
        let waiting = self.letters.iter().chain(&self.held).any(|letter| letter.asked_by(&user));
        let node = self.node(&user);
        if waiting || node.timer.is_some() {
            return false;
        }
        node.restart();
        true
    }

    /// All hubs leave memory, and come back with other settings.
    pub fn deploy(&mut self, config: HubConfig) {
        self.config = config;
        self.nodes.values_mut().for_each(|node| node.reconfigure(config));
    }

    /// Memory and sockets go, no close events come, and answers under way are lost.
    pub fn crash(&mut self, id: &str) {
        let user = user(id);
        self.letters.retain(|letter| !letter.asked_by(&user));
        self.kafka.out.remove(&user);
        self.held.retain(|letter| !letter.asked_by(&user));
        let node = self.node(&user);
        let gone: Vec<_> =
            std::mem::take(&mut node.sockets).into_values().map(|s| s.client).collect();
        node.timer = None;
        node.restart();
        for client in gone {
            self.client(client).socket = None;
        }
    }

    /// The numbers that a test compares: (rows written since the last look).
    pub fn rows_written(&mut self, id: &str) -> u64 {
        self.node(&user(id)).store().take_written()
    }
}
