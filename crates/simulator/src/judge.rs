//! Holds every turn of every hub to a small model, and everything at rest to the invariants of the
//! design. The model is written from the contract and the rules alone: of the domain it takes only
//! the types of inputs and effects.
//!
//! - [`person`]: what one user ought to be after each turn: sessions, leases, status, numbers
//! - `view`: how they ought to look
//! - `apply`: what each input ought to change
//! - `deeds`: what a turn did; `events`: what it ought to have said of it, `notices`: to the own devices
//! - `audience`: who watches whom, by the calls that were taken; `lists`: what is answered to who asks
//! - `copies`: messages, and to which devices they come
//! - `alarm`: when a hub looks next
//! - `keys`: what Redis ought to say; `flush`: what may be written there; `redis`: what it says
//! - `kafka`: which events there ought to be, and the rows that hold them; `logs`: what Kafka has of them
//! - `watchers`: who may stand among those who would be told
//! - `told`: what clients may be told, and in which `order`
//! - `rest`: what must hold when nothing is left to do

mod alarm;
mod apply;
mod audience;
mod copies;
mod deeds;
mod events;
mod flush;
mod kafka;
mod keys;
mod lists;
mod logs;
mod looks;
mod notices;
mod order;
mod person;
mod redis;
mod rest;
mod span;
mod told;
mod view;
mod watchers;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use presence::calls::{HubRequest, HubResponse};
use presence::config::{HubConfig, MOST_EVENTS};
use presence::effects::{Attached, Command, Connected, Effect};
use presence::errors::ErrorCode;
use presence::events::Event;
use presence::ids::{MessageId, ResumeToken, SocketKey, UserId};
use presence::state::{DeviceType, EndReason};
use presence::store::Value;

use crate::disk::Disk;
use copies::Letter;
use person::Person;

/// An invariant is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which: the number in the design, or a rule's, and a few words.
    pub invariant: &'static str,
    /// Where and how.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.invariant, self.detail)
    }
}

pub use flush::Flushing;
pub use looks::{Look, Looks};

type Check = Result<(), Violation>;

fn breach<T>(invariant: &'static str, detail: String) -> Result<T, Violation> {
    Err(Violation { invariant, detail })
}

/// What a turn was given.
#[derive(Clone, Debug)]
pub enum Input {
    /// A socket wants a session.
    Connect {
        /// Which.
        socket: SocketKey,
        /// What it came back with.
        resume: Option<ResumeToken>,
        /// What its device is.
        kind: DeviceType,
        /// It speaks STOMP.
        stomp: bool,
    },
    /// A frame of a client.
    Command(SocketKey, Command),
    /// A socket closed, and the reason if its session is not taken up again.
    Closed(Attached, EndReason),
    /// A call of another hub, or of the Worker.
    Call(HubRequest),
    /// The answer to a call, or that there was none.
    Answer,
    /// The alarm.
    Alarm,
    /// The timer.
    Timer,
}

/// What a turn came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Storage refused; nothing changed.
    Undone,
    /// The input was refused; what was over has ended all the same.
    Refused(ErrorCode),
    /// Done, nothing more to say.
    Done,
    /// To a connect.
    Connected(Connected),
    /// To a call.
    Answered(HubResponse),
}

impl From<&()> for Outcome {
    fn from((): &()) -> Self {
        Self::Done
    }
}

impl From<&Connected> for Outcome {
    fn from(connected: &Connected) -> Self {
        Self::Connected(connected.clone())
    }
}

impl From<&HubResponse> for Outcome {
    fn from(response: &HubResponse) -> Self {
        Self::Answered(response.clone())
    }
}

/// A turn as the judge sees it.
pub struct Seen<'a> {
    /// Whose hub.
    pub user: &'a UserId,
    /// The world's clock.
    pub now: i64,
    /// The hub's.
    pub clock: i64,
    /// The sockets that the turn was given.
    pub sockets: &'a [Attached],
    /// What it was given.
    pub input: &'a Input,
    /// What it came to.
    pub outcome: &'a Outcome,
    /// What it asks for.
    pub effects: &'a [Effect],
    /// What it says has happened.
    pub events: &'a [Event],
    /// When the alarm stood as the turn began.
    pub alarm: Option<i64>,
    /// The rows that it wrote, by table.
    pub wrote: &'a BTreeMap<&'static str, u64>,
    /// The hub's tables.
    pub disk: &'a Disk,
}

/// What the hub's own tables say.
#[derive(Clone, Debug, Default)]
struct Rows {
    sessions: BTreeSet<String>,
    wants: BTreeSet<UserId>,
    version: i64,
    revision: i64,
}

/// Judges a run.
pub struct Judge {
    config: HubConfig,
    people: BTreeMap<UserId, Person>,
    rows: BTreeMap<UserId, Rows>,
    messages: BTreeMap<MessageId, Letter>,
    /// (who, whom): a full list has refused them.
    refusals: BTreeSet<(UserId, UserId)>,
    /// What each socket was told last.
    newest: BTreeMap<SocketKey, order::Newest>,
    /// Of whom Redis may say something older than what was last written.
    unclean: BTreeSet<UserId>,
    streams: BTreeMap<UserId, kafka::Stream>,
    /// How many events an outbox may hold.
    pub room: usize,
    /// Who stood among those who would be told, when each hub last wrote that.
    stood: BTreeMap<UserId, (i64, BTreeSet<String>)>,
    /// What happened that no operation names: leases that ended, caps that were met, repeats.
    pub happened: Vec<&'static str>,
}

impl Judge {
    /// Of hubs with these settings.
    pub fn new(config: HubConfig) -> Self {
        let (people, rows, messages) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (refusals, newest) = (BTreeSet::new(), BTreeMap::new());
        let (unclean, streams, stood) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        let (room, happened) = (MOST_EVENTS, Vec::new());
        Self {
            config,
            people,
            rows,
            messages,
            refusals,
            newest,
            unclean,
            streams,
            room,
            stood,
            happened,
        }
    }

    fn person(&mut self, user: &UserId) -> &mut Person {
        self.people.entry(user.clone()).or_insert_with(Person::new)
    }

    /// Holds a turn to the model, and moves the model on.
    pub fn turn(&mut self, seen: &Seen<'_>) -> Check {
        if !seen.wrote.is_empty() {
            self.rows.insert(seen.user.clone(), read_rows(seen.disk));
        }
        let rows = self.rows.get(seen.user).cloned().unwrap_or_default();
        let config = self.config;
        if matches!(seen.outcome, Outcome::Undone) {
            self.forgets(seen.user);
            let person = self.person(seen.user);
            person.trouble = seen.now;
            notices::check_nothing_happened(seen)?;
            return person.check_alarm(seen, &config);
        }
        self.apply_all(seen, &rows)?;
        self.record(seen)?;
        let person = self.person(seen.user);
        person.check_rows(seen, &rows)?;
        person.check_alarm(seen, &config)
    }

    /// No session outlives its deadline by more than one late alarm.
    pub fn overdue(&self, user: &UserId, clock: i64, now: i64, sockets: &[Attached]) -> Check {
        let Some(person) = self.people.get(user) else { return Ok(()) };
        person.check_overdue(user, clock, now, sockets, &self.config)
    }
}

fn read_rows(disk: &Disk) -> Rows {
    let text = |sql: &str| -> Vec<String> {
        let rows = disk.look(sql);
        rows.iter().filter_map(|row| Some(row.first()?.text()?.to_owned())).collect()
    };
    let meta = disk.look("SELECT version, revision FROM meta WHERE id = 1");
    let number = |at: usize| meta.first().and_then(|row| row.get(at)).and_then(Value::integer);
    Rows {
        sessions: text("SELECT id FROM sessions").into_iter().collect(),
        wants: text("SELECT target FROM watching WHERE wanted = 1")
            .iter()
            .filter_map(|id| UserId::parse(id).ok())
            .collect(),
        version: number(0).unwrap_or(0),
        revision: number(1).unwrap_or(0),
    }
}
