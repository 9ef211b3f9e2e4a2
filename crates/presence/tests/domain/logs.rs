//! The log lines of a turn: what happened, to whom, how many; and none where nothing did.

use presence::config::HubConfig;
use presence::effects::{Attached, Command, Connect, Connected, Effect, LogEntry, Step, Turn};
use presence::errors::ErrorCode;
use presence::events::SubscriptionEnd;
use presence::hub::Hub;
use presence::ids::{ResumeToken, SocketKey};
use presence::sqlite::SqliteStore;
use presence::state::{Device, EndReason, Protocol, Status};
use presence::time::Millis;

use crate::world::{Seed, status, user};

/// One hub, its one socket, and a clock.
struct Alone {
    hub: Hub<SqliteStore>,
    seed: Seed,
    now: Millis,
    socket: Option<Attached>,
}

const SOCKET: SocketKey = SocketKey(7);

impl Alone {
    fn new() -> Self {
        let store = SqliteStore::in_memory().unwrap();
        let hub = Hub::new(store, user("ada"), HubConfig::default());
        Self { hub, seed: Seed(1), now: Millis(1_800_000_000_000), socket: None }
    }

    fn turn<T>(
        &mut self,
        input: impl FnOnce(&mut Hub<SqliteStore>, Turn<'_>) -> Step<T>,
    ) -> (Step<T>, Vec<LogEntry>) {
        let sockets = self.socket.clone().into_iter().collect();
        let turn = Turn { clock: self.now, sockets, alarm: None, entropy: &mut self.seed };
        let step = input(&mut self.hub, turn);
        let lines = step.effects.iter().filter_map(|effect| match effect {
            Effect::Log(entry) => Some(entry.clone()),
            _ => None,
        });
        let lines = lines.collect();
        (step, lines)
    }

    fn connect(&mut self, resume: Option<ResumeToken>) -> (Connected, Vec<LogEntry>) {
        let connect = Connect {
            socket: SOCKET,
            protocol: Protocol::Json,
            resume,
            device: Device::default(),
            user_agent: None,
            country: None,
            colo: None,
            wants_presence: true,
        };
        let (step, lines) = self.turn(|hub, turn| hub.connect(turn, &connect));
        let connected = step.result.unwrap();
        self.socket = Some(Attached {
            key: SOCKET,
            session: Some((connected.session.clone(), connected.connection)),
            opened_at: self.now,
            last_seen: self.now,
            token_expires_at: None,
        });
        (connected, lines)
    }

    fn say(&mut self, command: Command) -> Vec<LogEntry> {
        self.turn(|hub, turn| hub.command(turn, SOCKET, None, command)).1
    }

    fn names(&mut self, targets: &[&str], command: fn(Vec<String>) -> Command) -> Vec<LogEntry> {
        self.say(command(targets.iter().map(ToString::to_string).collect()))
    }
}

fn changed(status: Status, visible: bool, revision: i64, version: i64) -> LogEntry {
    let online = status != Status::Offline;
    LogEntry::PresenceChanged { user_id: user("ada"), status, online, visible, revision, version }
}

#[test]
fn a_session_is_logged_when_it_begins_and_when_it_is_taken_up_again() {
    let mut alone = Alone::new();
    let (connected, lines) = alone.connect(None);
    let (user_id, session_id) = (user("ada"), connected.session);
    let started = LogEntry::SessionStarted {
        user_id: user_id.clone(),
        session_id: session_id.clone(),
        protocol: Protocol::Json,
    };
    assert_eq!(lines, [started, changed(Status::Online, true, 1, 1)]);
    let (_, lines) = alone.connect(Some(connected.resume_token));
    assert_eq!(lines, [LogEntry::SessionResumed { user_id, session_id }]);
}

#[test]
fn a_session_that_ended_says_why_and_how_late_that_was_noticed() {
    let mut alone = Alone::new();
    let (connected, _) = alone.connect(None);
    alone.now = alone.now + 60_000 + 1_234;
    let (_, lines) = alone.turn(Hub::alarm);
    let ended = |reason, late_ms| LogEntry::SessionEnded {
        user_id: user("ada"),
        session_id: connected.session.clone(),
        reason,
        late_ms,
    };
    assert_eq!(lines, [ended(EndReason::Expired, 1_234), changed(Status::Offline, true, 2, 2)]);
    alone.socket = None;
    let (connected, _) = alone.connect(None);
    let lines = alone.say(Command::Leave);
    let LogEntry::SessionEnded { session_id, reason, late_ms, .. } = &lines[0] else {
        panic!("{lines:?}")
    };
    assert_eq!((session_id, *reason, *late_ms), (&connected.session, EndReason::Left, 0));
}

#[test]
fn what_only_the_owner_sees_is_logged_as_not_visible() {
    let mut alone = Alone::new();
    alone.connect(None);
    let lines = alone.say(Command::SetStatus(status(Status::Invisible)));
    assert_eq!(lines, [changed(Status::Invisible, false, 2, 2)]);
    assert_eq!(alone.say(Command::SetStatus(status(Status::Invisible))), [], "no change");
}

#[test]
fn subscriptions_are_logged_with_their_number_and_only_if_there_are_any() {
    let mut alone = Alone::new();
    alone.connect(None);
    let user_id = user("ada");
    let lines = alone.names(&["bob", "eve", "not an id"], Command::Subscribe);
    assert_eq!(lines, [LogEntry::SubscriptionCreated { user_id: user_id.clone(), count: 2 }]);
    assert_eq!(alone.names(&["bob"], Command::Subscribe), [], "it was there");
    let lines = alone.names(&["bob", "eve", "zoe"], Command::Unsubscribe);
    let reason = SubscriptionEnd::Unsubscribed;
    assert_eq!(lines, [LogEntry::SubscriptionEnded { user_id, count: 2, reason }]);
    assert_eq!(alone.names(&["bob"], Command::Unsubscribe), [], "it was gone");
}

#[test]
fn leases_that_ended_are_logged_with_their_number() {
    let mut alone = Alone::new();
    alone.connect(None);
    alone.names(&["bob", "eve"], Command::Subscribe);
    alone.say(Command::Leave);
    alone.socket = None;
    alone.now = alone.now + 3_600_000;
    let (_, lines) = alone.turn(Hub::alarm);
    let (user_id, reason) = (user("ada"), SubscriptionEnd::Expired);
    assert_eq!(lines, [LogEntry::SubscriptionEnded { user_id, count: 2, reason }]);
}

#[test]
fn a_refused_command_and_an_undone_turn_are_logged() {
    let mut alone = Alone::new();
    alone.connect(None);
    let lines = alone.say(Command::SetStatus(status(Status::Offline)));
    let code = ErrorCode::InvalidStatus;
    assert_eq!(lines, [LogEntry::Refused { user_id: user("ada"), code }]);
    alone.hub.store().refuse_writes(true);
    let lines = alone.say(Command::SetStatus(status(Status::Busy)));
    let detail = lines.iter().find_map(|line| match line {
        LogEntry::TurnUndone { detail, .. } => Some(detail.as_str()),
        _ => None,
    });
    assert!(detail.is_some_and(|detail| detail.contains("the disk refuses")), "{lines:?}");
}
