//! A hub and everything that can happen to it: clients, other hubs, the platform, in any order.

use arbitrary::{Arbitrary, Unstructured};
use presence::calls::{HubRequest, HubResponse, Message, Page, Parcel, SetStatus, Viewer};
use presence::effects::{Command, NoAnswer};
use presence::errors::{ErrorCode, Refusal};
use presence::ids::{MessageId, SessionId, UserId};
use presence::outbox::Replay;
use presence::state::{Device, DeviceType, EndReason, Presence, Protocol, Scope, Status};
use serde_json::json;

use crate::shell::Shell;

/// The hub's own user first.
const USERS: [&str; 5] = ["ann", "bo", "cy", "9f1b8a3e-0c7d-4a51-9e2b-6d5c4b3a2f10", "dee|~"];
/// So many operations make a history; more of them only take longer.
const MOST: usize = 48;

/// Any history leaves the hub sound after every turn, and at rest when everybody has left.
pub fn hub(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let mut shell = Shell::new(user(0)).set_by(data);
    for _ in 0..MOST {
        if input.is_empty() {
            break;
        }
        let Ok(happens) = Happens::arbitrary(&mut input) else { break };
        happens.to(&mut shell);
        shell.check();
    }
    shell.comes_to_rest();
}

/// One thing that happens. Also used upon rows that an older version left.
#[derive(Arbitrary, Debug)]
pub(crate) enum Happens {
    /// Time passes, in tenths of a second or in tens of seconds.
    Wait {
        tenths: u8,
        long: bool,
    },
    /// The hub's clock is set back by up to two seconds.
    ClockBack(u8),
    Connect {
        protocol: u8,
        resume: Option<u8>,
        token_lasts: Option<u8>,
    },
    Command {
        socket: u8,
        command: Said,
    },
    /// A beat that the platform answered.
    Beat(u8),
    Close {
        socket: u8,
        reason: u8,
    },
    /// No close event comes.
    Vanish(u8),
    Call {
        asked: Asked,
        late: bool,
    },
    Answer {
        call: u8,
        answer: Answered,
    },
    Alarm,
    Timer,
    Hibernate,
    Crash,
    /// Storage refuses writes from now on, or no more.
    Refuse(bool),
}

#[derive(Arbitrary, Debug)]
pub(crate) enum Said {
    Heartbeat(Option<u8>),
    Subscribe(Vec<Name>),
    Unsubscribe(Vec<Name>),
    TopicSubscribe(u8),
    TopicUnsubscribe(u8),
    PresenceReady,
    PresenceDone,
    Send { to: [u8; 2], id: Option<u8> },
    Typing { to: u8, typing: bool },
    Status(Set),
    Ask(Vec<Name>),
    Leave,
}

/// A user id, or a text that is none.
#[derive(Arbitrary, Debug)]
pub(crate) enum Name {
    Of(u8),
    Bad(u8),
}

#[derive(Arbitrary, Debug)]
pub(crate) struct Set {
    status: u8,
    message: Option<bool>,
    device: bool,
    session: Option<u8>,
}

#[derive(Arbitrary, Debug)]
pub(crate) enum Asked {
    Watch { by: u8, generation: u8, since: Option<u8> },
    Unwatch { by: u8, generation: u8 },
    Notify { of: u8, version: u8 },
    Deliver { from: u8, typing: Option<bool> },
    Presence(Option<u8>),
    Sweep,
    Subscribe(Vec<Name>),
    Unsubscribe(Vec<Name>),
    Subscriptions { limit: i8, after: Option<u8> },
    Subscribers { limit: i8, after: Option<u8> },
    SubscribedTo(u8),
    Sessions,
    Session(u8),
    Revoke(u8),
    Status(Set),
}

#[derive(Arbitrary, Debug)]
pub(crate) enum Answered {
    AsUsual,
    Not,
    Watched { generation: u8, watching: bool, presence: Option<u8> },
    Unwatched,
    Notified { watching: bool, awake: bool },
    Delivered(u8),
    Presence(u8),
    Done,
    Full,
    Late,
}

fn user(at: u8) -> UserId {
    UserId::parse(USERS[usize::from(at) % USERS.len()]).expect("these are user ids")
}

fn names(names: &[Name]) -> Vec<String> {
    let text = |name: &Name| match name {
        Name::Of(at) => user(*at).to_string(),
        Name::Bad(byte) => format!("bad id {byte}"),
    };
    names.iter().map(text).collect()
}

fn pick<T: Copy>(all: &[T], at: u8) -> T {
    all[usize::from(at) % all.len()]
}

const STATUSES: [Status; 5] =
    [Status::Online, Status::Away, Status::Busy, Status::Invisible, Status::Offline];
const PROTOCOLS: [Protocol; 4] =
    [Protocol::Json, Protocol::Stomp12, Protocol::Stomp11, Protocol::Stomp10];
const REASONS: [EndReason; 4] =
    [EndReason::Closed, EndReason::ProtocolError, EndReason::RateLimited, EndReason::Unauthorized];
const KINDS: [DeviceType; 3] = [DeviceType::Web, DeviceType::Mobile, DeviceType::Other];

impl Happens {
    pub(crate) fn to(self, shell: &mut Shell) {
        match self {
            Self::Wait { tenths, long } => {
                shell.now = shell.now + i64::from(tenths) * if long { 10_000 } else { 100 };
            }
            Self::ClockBack(by) => shell.behind = i64::from(by) * 8,
            Self::Connect { protocol, resume, token_lasts } => {
                let token = resume.and_then(|at| {
                    shell.tokens.get(usize::from(at) % shell.tokens.len().max(1)).cloned()
                });
                let lasts = token_lasts.map(|tenths| i64::from(tenths) * 1000);
                drop(shell.connect(pick(&PROTOCOLS, protocol), token, lasts));
            }
            Self::Command { socket, command } => {
                if let Some(key) = shell.socket(socket) {
                    let command = command.command(shell);
                    shell.command(key, command);
                }
            }
            Self::Beat(socket) => {
                let now = shell.now;
                let key = shell.socket(socket);
                if let Some(socket) = key.and_then(|key| shell.sockets.get_mut(&key)) {
                    socket.last_seen = now;
                }
            }
            Self::Close { socket, reason } => {
                if let Some(key) = shell.socket(socket) {
                    shell.close(key, pick(&REASONS, reason));
                }
            }
            Self::Vanish(socket) => {
                if let Some(key) = shell.socket(socket) {
                    shell.sockets.remove(&key);
                }
            }
            Self::Call { asked, late } => {
                let request = asked.request(shell);
                let not_after = shell.now + if late { -1 } else { 10_000 };
                match request {
                    HubRequest::Replay(_) => shell.replay(request, not_after),
                    _ => drop(shell.call(request, not_after)),
                }
            }
            Self::Answer { call, answer } => {
                let answer = answer.answer(shell);
                shell.answer(call, answer);
            }
            Self::Alarm => shell.alarm(),
            Self::Timer => shell.timer(),
            Self::Hibernate => shell.hibernate(),
            Self::Crash => shell.crash(),
            Self::Refuse(refuse) => {
                shell.disk.refuse_writes(refuse);
                shell.refusing = refuse;
            }
        }
    }
}

impl Said {
    fn command(self, shell: &mut Shell) -> Command {
        match self {
            Self::Heartbeat(kind) => Command::Heartbeat(
                kind.map(|at| Device { kind: Some(pick(&KINDS, at)), ..Device::default() }),
            ),
            Self::Subscribe(targets) => Command::Subscribe(names(&targets)),
            Self::Unsubscribe(targets) => Command::Unsubscribe(names(&targets)),
            Self::TopicSubscribe(at) => Command::TopicSubscribe(user(at)),
            Self::TopicUnsubscribe(at) => Command::TopicUnsubscribe(user(at)),
            Self::PresenceReady => Command::PresenceReady,
            Self::PresenceDone => Command::PresenceDone,
            Self::Send { to: [a, b], id } => Command::SendMessage {
                to: vec![user(a), user(b)],
                client_message_id: id.map(|id| format!("m{}", id % 4)),
                content: json!({ "text": "hello" }),
            },
            Self::Typing { to, typing } => Command::Typing { to: vec![user(to)], typing },
            Self::Status(set) => Command::SetStatus(set.status(shell)),
            Self::Ask(ids) => Command::Ask(names(&ids)),
            Self::Leave => Command::Leave,
        }
    }
}

impl Set {
    fn status(self, shell: &Shell) -> SetStatus {
        SetStatus {
            status: pick(&STATUSES, self.status),
            message: self.message.map(|long| "é".repeat(if long { 256 } else { 1 })),
            scope: if self.device { Scope::Device } else { Scope::User },
            session_id: self.session.map(|at| session(shell, at)),
        }
    }
}

/// A session that a socket has, or one that never was.
fn session(shell: &Shell, at: u8) -> SessionId {
    let known = shell.sockets.values().filter_map(|socket| socket.session.as_ref());
    let known: Vec<_> = known.map(|(id, _)| id.clone()).collect();
    known.get(usize::from(at)).cloned().unwrap_or_else(|| SessionId::new(&user(0), [at; 16]))
}

/// Numbers as two hubs with clocks that differ make them: small ones meet each other.
fn generation(shell: &Shell, at: u8) -> i64 {
    if at < 8 { i64::from(at) } else { shell.now.0 + i64::from(at) - 128 }
}

fn presence(shell: &Shell, of: u8, version: u8) -> Presence {
    Presence {
        user_id: user(of),
        online: version.is_multiple_of(2),
        status: pick(&STATUSES, version),
        message: None,
        devices: Vec::new(),
        last_active_at: Some(shell.now),
        version: i64::from(version),
        as_of: shell.now,
    }
}

impl Asked {
    fn request(self, shell: &Shell) -> HubRequest {
        let page =
            |limit: i8, after: Option<u8>| Page { limit: i64::from(limit), after: after.map(user) };
        match self {
            Self::Watch { by, generation: at, since } => HubRequest::Watch {
                subscriber: user(by),
                generation: generation(shell, at),
                since: since.map(|tenths| shell.now - i64::from(tenths) * 1000),
                // Those who came back; the others hide.
                shows: since.is_some() || by % 2 == 0,
            },
            Self::Unwatch { by, generation: at } => {
                HubRequest::Unwatch { subscriber: user(by), generation: generation(shell, at) }
            }
            Self::Notify { of, version } => {
                HubRequest::Notify { generation: 1, presence: presence(shell, of, version) }
            }
            Self::Deliver { from, typing } => {
                HubRequest::Deliver { parcel: parcel(shell, from, typing) }
            }
            Self::Presence(viewer) => {
                let viewer = viewer.map_or(Viewer::Service, |at| Viewer::User(user(at)));
                HubRequest::Presence { viewer }
            }
            Self::Sweep => HubRequest::Sweep,
            Self::Subscribe(targets) => HubRequest::Subscribe { targets: names(&targets) },
            Self::Unsubscribe(targets) => HubRequest::Unsubscribe { targets: names(&targets) },
            Self::Subscriptions { limit, after } => {
                HubRequest::Subscriptions { page: page(limit, after) }
            }
            Self::Subscribers { limit, after } => {
                HubRequest::Subscribers { page: page(limit, after) }
            }
            Self::SubscribedTo(at) => HubRequest::SubscribedTo { target: user(at) },
            Self::Sessions => HubRequest::Sessions,
            // Instead of sessions that never were: another variant would change what every input means.
            Self::Session(252) => HubRequest::Outbox,
            Self::Session(253) => HubRequest::DeadLetters,
            Self::Session(at @ 254..) => {
                HubRequest::Replay(Replay { dry_run: at == 254, ..Replay::default() })
            }
            Self::Session(at) => HubRequest::Session { session: session(shell, at) },
            Self::Revoke(at) => HubRequest::Revoke { session: session(shell, at) },
            Self::Status(set) => HubRequest::SetStatus(set.status(shell)),
        }
    }
}

fn parcel(shell: &Shell, from: u8, typing: Option<bool>) -> Parcel {
    match typing {
        Some(typing) => Parcel::Typing { from: user(from), typing },
        None => Parcel::Message(Message {
            message_id: MessageId::new([from; 16]),
            client_message_id: None,
            from: user(from),
            to: vec![user(0)],
            content: json!(1.5),
            sent_at: shell.now,
        }),
    }
}

impl Answered {
    fn answer(self, shell: &Shell) -> Option<Result<presence::calls::HubAnswer, NoAnswer>> {
        let response = match self {
            Self::AsUsual => return None,
            Self::Not => return Some(Err(NoAnswer)),
            Self::Full => return refused(ErrorCode::TooManySubscribers),
            Self::Late => return refused(ErrorCode::TooLate),
            Self::Watched { generation: at, watching, presence: of } => HubResponse::Watched {
                generation: generation(shell, at),
                watching,
                presence: of.map(|of| presence(shell, of, at)),
            },
            Self::Unwatched => HubResponse::Unwatched,
            Self::Notified { watching, awake } => {
                HubResponse::Notified { watching, awake, shows: awake && watching }
            }
            Self::Delivered(sessions) => HubResponse::Delivered { sessions: i64::from(sessions) },
            Self::Presence(of) => HubResponse::Presence(presence(shell, of, 3)),
            Self::Done => HubResponse::Done,
        };
        Some(Ok(Ok(response)))
    }
}

#[allow(clippy::unnecessary_wraps, reason = "it stands beside the other answers")]
fn refused(code: ErrorCode) -> Option<Result<presence::calls::HubAnswer, NoAnswer>> {
    Some(Ok(Err(Refusal::new(code, "because"))))
}
