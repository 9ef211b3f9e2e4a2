//! Inputs from sockets and the effects that a turn asks the shell to carry out. Values only.

use serde::Serialize;

use crate::calls::{HubRequest, Message, SetStatus, TargetOutcome};
use crate::close::CloseCode;
use crate::errors::Refusal;
use crate::events::Event;
use crate::ids::{MessageId, ResumeToken, SessionId, SocketKey, UserId};
use crate::mirror::Flush;
use crate::outbox::Batch;
use crate::state::{Device, EndReason, Presence, Protocol, Session};
use crate::time::Millis;

pub use crate::log_entry::LogEntry;

/// A command from an attached socket (contract §3). Fields are parsed; lists of ids are raw, since
/// a bad one in a list fails alone.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `heartbeat`: refreshes the session, updates the device.
    Heartbeat(Option<Device>),
    /// `presence.subscribe`.
    Subscribe(Vec<String>),
    /// `presence.unsubscribe`.
    Unsubscribe(Vec<String>),
    /// STOMP SUBSCRIBE to `/topic/presence.{userId}`.
    TopicSubscribe(UserId),
    /// STOMP UNSUBSCRIBE from the user's last subscription to that topic: ends the lease only if a
    /// SUBSCRIBE made it.
    TopicUnsubscribe(UserId),
    /// STOMP SUBSCRIBE to `/user/queue/presence`.
    PresenceReady,
    /// STOMP UNSUBSCRIBE from the socket's last subscription to `/user/queue/presence`.
    PresenceDone,
    /// `message.send`.
    SendMessage {
        /// 1–50 recipients.
        to: Vec<UserId>,
        /// Remembered for an hour: twice is one message.
        client_message_id: Option<String>,
        /// At most 16 KiB.
        content: serde_json::Value,
    },
    /// `typing`.
    Typing {
        /// 1–50 recipients.
        to: Vec<UserId>,
        /// Began or stopped.
        typing: bool,
    },
    /// `online-status` with a status.
    SetStatus(SetStatus),
    /// `online-status` with user ids: asks for their presence.
    Ask(Vec<String>),
    /// `DISCONNECT`, `leave`.
    Leave,
}

/// A socket that wants to begin or resume a session.
#[derive(Clone, Debug)]
pub struct Connect {
    /// The socket's key, chosen by the shell.
    pub socket: SocketKey,
    /// What it speaks.
    pub protocol: Protocol,
    /// A resume token, if one was sent.
    pub resume: Option<ResumeToken>,
    /// What the client said of its device.
    pub device: Device,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// Country by the edge.
    pub country: Option<String>,
    /// Data centre by the edge.
    pub colo: Option<String>,
    /// True: tell it at once about the people watched (JSON). False: at [`Command::PresenceReady`].
    pub wants_presence: bool,
}

/// What a connect came to; the shell writes `session` and `connection` into the attachment, then
/// carries out the effects.
#[derive(Clone, Debug)]
pub struct Connected {
    /// Begun or resumed.
    pub session: SessionId,
    /// The number of this attach (rules, 3).
    pub connection: u32,
    /// For the client to resume with.
    pub resume_token: ResumeToken,
    /// Whether the session was taken up again.
    pub resumed: bool,
}

/// An open socket as the shell finds it, at the start of every turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name.
    pub key: SocketKey,
    /// Its session and connection number; `None` before CONNECT.
    pub session: Option<(SessionId, u32)>,
    /// When it was accepted.
    pub opened_at: Millis,
    /// The later of its last frame and the platform's last automatic answer.
    pub last_seen: Millis,
    /// When its token ends.
    pub token_expires_at: Option<Millis>,
}

/// What the shell brings to every turn.
pub struct Turn<'a> {
    /// The wall clock.
    pub clock: Millis,
    /// All open sockets of this hub.
    pub sockets: Vec<Attached>,
    /// When the alarm stands, if it does.
    pub alarm: Option<Millis>,
    /// Ids, tokens and jitter come from here.
    pub entropy: &'a mut dyn Entropy,
}

/// A source of random bits.
pub trait Entropy {
    /// 128 random bits.
    fn bits(&mut self) -> [u8; 16];

    /// A random number in `0..=limit`.
    fn up_to(&mut self, limit: i64) -> i64 {
        let [a, b, c, d, ..] = self.bits();
        let random = i64::from(u32::from_le_bytes([a, b, c, d]));
        if limit <= 0 { 0 } else { random % (limit + 1) }
    }
}

/// Names a call under way, for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

/// What a turn asks the shell to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Arm the alarm (it is earlier than the one that stands).
    SetAlarm(Millis),
    /// Keep one timer in memory, replacing the last; `None` drops it. It fires `Hub::timer`.
    SetTimer(Option<Millis>),
    /// Write to a socket.
    Send(SocketKey, ServerMessage),
    /// Close a socket.
    Close(SocketKey, CloseCode),
    /// Call another hub and bring the answer (or that there was none) to `Hub::answer`.
    Call {
        /// For the answer.
        id: CallId,
        /// Whose hub.
        to: UserId,
        /// Give up then.
        not_after: Millis,
        /// What to ask.
        request: HubRequest,
    },
    /// Enter this user in the directory, and bring `Done` or a failure to `Hub::answer`.
    Register(CallId),
    /// Make Redis say this, and bring how it went to `Hub::mirrored`.
    Mirror {
        /// For the answer.
        id: CallId,
        /// Give up then.
        not_after: Millis,
        /// What to say.
        flush: Flush,
    },
    /// Publish these, and bring how it went to `Hub::published`.
    Publish {
        /// For the answer.
        id: CallId,
        /// Give up then.
        not_after: Millis,
        /// What, and where to.
        batch: Batch,
    },
    /// Write one structured log line.
    Log(LogEntry),
}

/// A call had no answer; whether it took effect is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer;

/// What a socket is told.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerMessage {
    /// The session began or goes on.
    Welcome(Welcome),
    /// One user's presence.
    Presence(Presence),
    /// Several at once, newest state of each.
    Presences(Vec<Presence>),
    /// A message.
    Message(Message),
    /// Somebody types; to be shown for `expiresInMs` (5000) at most.
    Typing {
        /// Who.
        from: UserId,
        /// Began or stopped.
        typing: bool,
    },
    /// Another session of this user began or ended.
    Session {
        /// Which.
        session: Session,
        /// `None`: it began.
        ended: Option<EndReason>,
    },
    /// A subscription was ended by the target's refusal.
    SubscriptionRefused {
        /// Whom.
        target: UserId,
        /// Why.
        refusal: Refusal,
    },
    /// A command's answer.
    Reply {
        /// The client's own mark of the command.
        correlation: Option<String>,
        /// The answer.
        reply: Reply,
    },
    /// A refused command; the connection stays open.
    Refused {
        /// The client's own mark of the command.
        correlation: Option<String>,
        /// Why.
        refusal: Refusal,
    },
}

/// What a socket learns when its session begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Welcome {
    /// The session.
    pub session: SessionId,
    /// Whose.
    pub user: UserId,
    /// `SESSION_TTL`.
    pub session_ttl_ms: i64,
    /// `HEARTBEAT_INTERVAL`.
    pub heartbeat_ms: i64,
    /// For coming back.
    pub resume_token: ResumeToken,
    /// Whether the session was taken up again.
    pub resumed: bool,
    /// The hub's clock.
    pub server_time: Millis,
}

/// Answers to commands.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Done, nothing more to say.
    Ok,
    /// To subscribe and unsubscribe.
    Outcomes(Vec<TargetOutcome>),
    /// To `message.send`, once each recipient answered or failed once.
    Sent {
        /// The message's id.
        message_id: MessageId,
        /// The sender's own.
        client_message_id: Option<String>,
        /// Whom it reached, as far as the sender may know.
        delivered_to: Vec<DeliveredTo>,
    },
    /// To a status set: as the owner sees it.
    Presence(Presence),
    /// To a question for several.
    Presences {
        /// Those who answered.
        presences: Vec<Presence>,
        /// Those whose hub did not answer.
        unavailable: Vec<UserId>,
        /// What was not a user id.
        invalid: Vec<String>,
    },
}

/// A recipient that a message reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveredTo {
    /// Who.
    pub user_id: UserId,
    /// On how many open sockets.
    pub sessions: i64,
}

/// The outcome of a turn: what to do, what happened, and what the caller gets.
#[derive(Debug)]
pub struct Step<T> {
    /// To carry out, in order, also when the result is a refusal.
    pub effects: Vec<Effect>,
    /// What happened in this turn's transaction.
    pub events: Vec<Event>,
    /// The answer.
    pub result: Result<T, Refusal>,
}
