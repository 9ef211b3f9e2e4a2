//! One hub with what a platform keeps for it: sockets, alarm, timer, calls under way. It carries out
//! effects as the shell at the edge does, and holds every turn to what always holds.

mod kafka;
mod redis;
mod rest;
mod settings;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use presence::calls::{HubAnswer, HubRequest, HubResponse, Viewer};
use presence::config::{HubConfig, MOST_EVENTS};
use presence::effects::{
    Attached, CallId, Command, Connect, Connected, Effect, Entropy, LogEntry, NoAnswer,
    ServerMessage, Step, Turn,
};
use presence::errors::{ErrorCode, Refusal};
use presence::hub::Hub;
use presence::ids::{SocketKey, UserId};
use presence::mirror::Refresh;
use presence::outbox::{Batch, Publishing, WhenFull};
use presence::sqlite::SqliteStore;
use presence::state::{Device, EndReason, Presence, Protocol, Session};
use presence::store::Store;
use presence::time::Millis;
use protocol::json;

use kafka::Kafka;

struct Dice(u64);

impl Entropy for Dice {
    fn bits(&mut self) -> [u8; 16] {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut bits = [0; 16];
        bits[..8].copy_from_slice(&self.0.to_le_bytes());
        bits[8..].copy_from_slice(&self.0.rotate_left(17).to_le_bytes());
        bits
    }
}

/// A call that waits for its answer.
pub(crate) struct Waiting {
    id: CallId,
    to: Waits,
}

/// For whom.
enum Waits {
    Hub(HubRequest),
    Directory,
    Redis,
    Kafka(Batch),
}

/// What everyone saw last.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    version: i64,
    view: String,
}

/// The hub and its platform.
pub(crate) struct Shell {
    user: UserId,
    pub(crate) disk: Rc<SqliteStore>,
    config: HubConfig,
    /// How many events its outbox may hold.
    room: usize,
    kafka: Kafka,
    hub: Hub<Rc<SqliteStore>>,
    pub(crate) sockets: BTreeMap<SocketKey, Attached>,
    pub(crate) alarm: Option<Millis>,
    pub(crate) timer: Option<Millis>,
    pub(crate) waiting: VecDeque<Waiting>,
    /// Storage refuses writes: only then may a turn be undone.
    pub(crate) refusing: bool,
    pub(crate) now: Millis,
    /// What the hub's clock is set back by.
    pub(crate) behind: i64,
    /// Resume tokens that were given out.
    pub(crate) tokens: Vec<presence::ids::ResumeToken>,
    dice: Dice,
    last_key: u64,
    public: Option<Seen>,
    own: Option<Seen>,
    /// Whether every row was written by this code: only then the tables say who is online.
    pub(crate) sound: bool,
}

/// When every history begins.
pub(crate) const BEGIN: Millis = Millis(1_800_000_000_000);

/// So that bounds are met within a few operations.
pub(crate) const CONFIG: HubConfig = HubConfig {
    session_ttl: 60_000,
    heartbeat: 25_000,
    offline_grace: 10_000,
    subscription_ttl: 120_000,
    max_sessions: 3,
    max_subscriptions: 4,
    max_subscribers: 3,
    coalesce: 200,
    refresh: Refresh::Off,
    publishing: Publishing::Off,
    when_full: WhenFull::Block,
};

impl Shell {
    pub(crate) fn new(user: UserId) -> Self {
        Self::over(user, SqliteStore::in_memory().expect("a database in memory"))
    }

    /// Over a storage that somebody else has filled.
    pub(crate) fn over(user: UserId, store: SqliteStore) -> Self {
        let disk = Rc::new(store);
        let hub = Hub::new(disk.clone(), user.clone(), CONFIG);
        Self {
            user,
            disk,
            config: CONFIG,
            room: MOST_EVENTS,
            kafka: Kafka::default(),
            hub,
            sockets: BTreeMap::new(),
            alarm: None,
            timer: None,
            waiting: VecDeque::new(),
            refusing: false,
            now: BEGIN,
            behind: 0,
            tokens: Vec::new(),
            dice: Dice(7),
            last_key: 0,
            public: None,
            own: None,
            sound: true,
        }
    }

    fn restart(&mut self) {
        let hub = Hub::new(self.disk.clone(), self.user.clone(), self.config);
        self.hub = hub.with_room(self.room);
        self.kafka.hub_forgets();
    }

    fn turn<T>(
        &mut self,
        input: impl FnOnce(&mut Hub<Rc<SqliteStore>>, Turn<'_>) -> Step<T>,
    ) -> Result<T, Refusal> {
        let clock = self.now - self.behind;
        let sockets = self.sockets.values().cloned().collect();
        let turn = Turn { clock, sockets, alarm: self.alarm, entropy: &mut self.dice };
        let step = input(&mut self.hub, turn);
        if let Err(refusal) = &step.result {
            let undone = refusal.code == ErrorCode::Unavailable;
            assert!(!undone || self.refusing, "storage refused: {:?}", step.effects);
            if undone {
                self.kafka.hub_forgets();
            }
        }
        for event in &step.events {
            assert_eq!(event.user, self.user);
            assert!(!self.sound || event.time >= clock, "an event of the past");
            self.kafka.made(event);
        }
        step.effects.into_iter().for_each(|effect| self.carry_out(effect, clock));
        step.result
    }

    fn carry_out(&mut self, effect: Effect, clock: Millis) {
        match effect {
            Effect::SetAlarm(at) => {
                assert!(at >= clock, "an alarm {} ms in the past", clock.since(at));
                self.alarm = Some(at);
            }
            Effect::SetTimer(at) => self.timer = at,
            Effect::Send(_, message) => check_message(&message),
            Effect::Close(key, code) => {
                assert!(!code.reason().is_empty());
                self.sockets.remove(&key);
            }
            Effect::Call { id, to, not_after, request } => {
                assert!(to != self.user, "a call to oneself: {request:?}");
                assert!(not_after > clock);
                self.waiting.push_back(Waiting { id, to: Waits::Hub(request) });
            }
            Effect::Register(id) => {
                self.waiting.push_back(Waiting { id, to: Waits::Directory });
            }
            Effect::Mirror { id, not_after, flush } => {
                assert!(not_after > clock);
                self.check_flush(&flush);
                self.waiting.push_back(Waiting { id, to: Waits::Redis });
            }
            Effect::Publish { id, not_after, batch } => {
                assert!(not_after > clock);
                self.check_batch(&batch);
                self.waiting.push_back(Waiting { id, to: Waits::Kafka(batch) });
            }
            Effect::Log(LogEntry::TurnUndone { detail, .. }) => assert!(self.refusing, "{detail}"),
            Effect::Log(entry) => drop(serde_json::to_string(&entry).expect("a log line is JSON")),
        }
    }

    pub(crate) fn connect(
        &mut self,
        protocol: Protocol,
        resume: Option<presence::ids::ResumeToken>,
        token_lasts: Option<i64>,
    ) -> Result<Connected, Refusal> {
        self.last_key += 1;
        let socket = SocketKey(self.last_key);
        let token_expires_at = token_lasts.map(|ms| self.now + ms);
        let (opened_at, last_seen) = (self.now, self.now);
        let attached =
            Attached { key: socket, session: None, opened_at, last_seen, token_expires_at };
        self.sockets.insert(socket, attached);
        let connect = Connect {
            socket,
            protocol,
            resume,
            device: Device::default(),
            user_agent: None,
            country: None,
            colo: None,
            wants_presence: protocol == Protocol::Json,
        };
        let connected = self.turn(|hub, turn| hub.connect(turn, &connect))?;
        if let Some(attached) = self.sockets.get_mut(&socket) {
            attached.session = Some((connected.session.clone(), connected.connection));
        }
        self.tokens.push(connected.resume_token.clone());
        Ok(connected)
    }

    /// A JSON socket without anything special.
    pub(crate) fn connect_plainly(&mut self) {
        assert!(self.connect(Protocol::Json, None, None).is_ok());
    }

    /// The socket at this place, counted around.
    pub(crate) fn socket(&self, at: u8) -> Option<SocketKey> {
        let count = self.sockets.len().max(1);
        self.sockets.keys().nth(usize::from(at) % count).copied()
    }

    pub(crate) fn command(&mut self, socket: SocketKey, command: Command) {
        if let Some(attached) = self.sockets.get_mut(&socket) {
            attached.last_seen = self.now;
        }
        let mark = Some("c1".to_owned());
        drop(self.turn(|hub, turn| hub.command(turn, socket, mark, command)));
    }

    pub(crate) fn call(&mut self, request: HubRequest, not_after: Millis) -> HubAnswer {
        self.turn(|hub, turn| hub.call(turn, request, not_after))
    }

    pub(crate) fn close(&mut self, socket: SocketKey, reason: EndReason) {
        let Some(attached) = self.sockets.remove(&socket) else { return };
        drop(self.turn(|hub, turn| hub.closed(turn, &attached, reason)));
    }

    pub(crate) fn alarm(&mut self) {
        self.alarm = None;
        drop(self.turn(Hub::alarm));
    }

    pub(crate) fn timer(&mut self) {
        self.timer = None;
        drop(self.turn(Hub::timer));
    }

    /// Answers one call; `None` is an ordinary answer.
    pub(crate) fn answer(&mut self, at: u8, answer: Option<Result<HubAnswer, NoAnswer>>) {
        let place = usize::from(at) % self.waiting.len().max(1);
        let Some(Waiting { id, to }) = self.waiting.remove(place) else { return };
        match to {
            Waits::Redis => {
                let flushed = self.flushed(answer);
                drop(self.turn(|hub, turn| hub.mirrored(turn, id, flushed)));
            }
            Waits::Kafka(batch) => self.publish(id, &batch, answer),
            _ => {
                let answer = answer.unwrap_or_else(|| Ok(Ok(ordinary(&to))));
                drop(self.turn(|hub, turn| hub.answer(turn, id, answer)));
            }
        }
    }

    /// Memory goes, sockets stay; refused while something is pending, as on the platform.
    pub(crate) fn hibernate(&mut self) {
        if self.waiting.is_empty() && self.timer.is_none() {
            self.restart();
        }
    }

    /// Memory, sockets and calls go.
    pub(crate) fn crash(&mut self) {
        self.waiting.clear();
        self.timer = None;
        self.sockets.clear();
        self.restart();
    }

    /// What holds after every turn. Reads only, so that it changes nothing but by its sweep.
    pub(crate) fn check(&mut self) {
        if self.refusing {
            return;
        }
        let public = self.look(Viewer::Service);
        let own = self.look(Viewer::Owner);
        let sessions = self.sessions();
        assert_eq!(own.online, !sessions.is_empty(), "online is having a session");
        assert!(own.online || !public.online, "others see more than the owner");
        for session in &sessions {
            assert!(session.expires_at > self.now - self.behind, "a session outlived its deadline");
        }
        assert!(sessions.len() <= CONFIG.max_sessions || !self.sound);
        if self.sound && presence::schema::version(&self.disk).expect("readable") > 0 {
            let rows = self.disk.query("SELECT count(*) FROM sessions", &[]).expect("readable");
            assert_eq!(rows[0][0].integer(), Some(sessions.len() as i64), "rows are sessions");
        }
        Self::goes_forward(&mut self.public, &public);
        Self::goes_forward(&mut self.own, &own);
    }

    /// Versions never go back, and no version shows two states.
    fn goes_forward(before: &mut Option<Seen>, presence: &Presence) {
        let view = format!("{:?} {:?}", presence.status, (&presence.message, &presence.devices));
        let seen = Seen { version: presence.version, view };
        if let Some(before) = before {
            assert!(seen.version >= before.version, "{seen:?} after {before:?}");
            assert!(seen.version > before.version || seen == *before, "{seen:?} after {before:?}");
        }
        *before = Some(seen);
    }

    pub(crate) fn look(&mut self, viewer: Viewer) -> Presence {
        match self.call(HubRequest::Presence { viewer }, Millis(i64::MAX)) {
            Ok(HubResponse::Presence(presence)) => presence,
            other => panic!("{other:?}"),
        }
    }

    fn sessions(&mut self) -> Vec<Session> {
        match self.call(HubRequest::Sessions, Millis(i64::MAX)) {
            Ok(HubResponse::Sessions { sessions }) => sessions,
            other => panic!("{other:?}"),
        }
    }
}

/// Whatever is sent can be written.
fn check_message(message: &ServerMessage) {
    let text = json::encode(message);
    let read: serde_json::Value = serde_json::from_str(&text).expect("a client can read it");
    assert!(read["type"].is_string(), "{text}");
}

fn ordinary(to: &Waits) -> HubResponse {
    match to {
        Waits::Hub(HubRequest::Watch { generation, .. }) => {
            HubResponse::Watched { generation: *generation, watching: true, presence: None }
        }
        Waits::Hub(HubRequest::Unwatch { .. }) => HubResponse::Unwatched,
        Waits::Hub(HubRequest::Notify { .. }) => {
            HubResponse::Notified { watching: true, awake: true, shows: true }
        }
        Waits::Hub(HubRequest::Deliver { .. }) => HubResponse::Delivered { sessions: 1 },
        _ => HubResponse::Done,
    }
}
