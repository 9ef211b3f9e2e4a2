//! One STOMP connection (contract §3, "STOMP 1.0, 1.1, 1.2"), over the codec of the `stomp` crate.
//!
//! The shell pushes the bytes of each socket frame, then takes [`Action`]s until there are none,
//! carrying out each before it asks for the next: what follows a CONNECT is read by the version
//! that the CONNECT agreed on. What the domain says goes through [`Connection::deliver`], which
//! writes one MESSAGE for each matching subscription.
//!
//! Invariants: what survives hibernation ([`Saved`]) is bounded, whatever the client sends; after
//! an ERROR or DISCONNECT nothing more is read; a RECEIPT is given out only with the action whose
//! effect it confirms; a subscription whose SUBSCRIBE was refused is none.

mod connect;
mod correlation;
mod destination;
mod outbound;
mod saved;
mod send;
mod subscribe;
mod subscriptions;
mod violation;

use ::stomp::{Command as Verb, Event, Frame, HeartBeat, Limits, Parser, Version, encode};
use presence::close::CloseCode;
use presence::effects::Command;
use presence::errors::Refusal;
use presence::ids::{ResumeToken, UserId};
use presence::state::Protocol;
use presence::time::Millis;

pub use destination::Destination;
pub use saved::{MAX_HALF_FRAME, Saved};
pub use subscriptions::{MAX_SUBSCRIPTIONS, MAX_SUBSCRIPTIONS_SIZE};

use subscriptions::Subscriptions;
use violation::Violation;

/// What a frame asks the shell to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Begin or resume the session; the [`Connection::deliver`] of its welcome is CONNECTED.
    Connect {
        /// The version agreed on.
        protocol: Protocol,
        /// From the header `resume-token`.
        resume: Option<ResumeToken>,
    },
    /// Run these commands, in order, until one is refused, which [`Connection::refused`] is told.
    Run {
        /// At least one.
        commands: Vec<Command>,
        /// To be given to the domain with each, and to come back with its answers.
        correlation: Option<String>,
        /// The RECEIPT to send once all were durable, before any close.
        receipt: Option<String>,
    },
    /// Send these text frames; may be empty.
    Send(Vec<String>),
    /// Send this ERROR and close the socket. Its session keeps the grace; if nobody comes back, it
    /// ends as `protocol_error`.
    Fail {
        /// The ERROR frame.
        frame: String,
        /// 4000, or 1009 where something was too large.
        close: CloseCode,
    },
}

/// The state of one connection.
#[derive(Debug)]
pub struct Connection {
    /// The version of the subprotocol, where one was agreed on.
    offered: Option<Version>,
    /// Set by CONNECT.
    version: Option<Version>,
    /// What CONNECT offered; needed for CONNECTED only, which follows in the same turn.
    heart_beat: HeartBeat,
    /// After ERROR or DISCONNECT: nothing more is read.
    ended: bool,
    subscriptions: Subscriptions,
    /// What to go back to if the action given out last, a SUBSCRIBE's, is refused, which is known
    /// within its turn.
    before: Option<Subscriptions>,
    parser: Parser,
    /// Begins every message id, so that ids stay unique when `messages` starts anew.
    epoch: Millis,
    messages: u64,
}

impl Connection {
    /// A connection before its CONNECT; `offered` is the version of the subprotocol, if one was
    /// agreed on, and `epoch` any time that no earlier memory of this socket was given.
    pub fn new(offered: Option<Version>, epoch: Millis) -> Self {
        Self {
            offered,
            version: None,
            heart_beat: HeartBeat::default(),
            ended: false,
            subscriptions: Subscriptions::default(),
            before: None,
            parser: Parser::new(Limits::default()),
            epoch,
            messages: 0,
        }
    }

    /// Takes the bytes of a socket frame, text or binary.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.ended {
            self.parser.push(bytes);
        }
    }

    /// The next thing to do, or `None` until more bytes come. `elsewhere` says whether another
    /// socket of this user is subscribed to this user's topic.
    pub fn advance(&mut self, elsewhere: &dyn Fn(&UserId) -> bool) -> Option<Action> {
        while !self.ended {
            // The parser forgets a frame that it cannot read, and with it the receipt it asked for.
            let head = violation::head(self.parser.pending());
            match self.parser.next() {
                Ok(None) => return None,
                Ok(Some(Event::HeartBeat)) => {}
                Ok(Some(Event::Frame(frame))) => return Some(self.take(&frame, elsewhere)),
                Err(error) => {
                    let version = self.version.unwrap_or(Version::V12);
                    return Some(self.fail(&Violation::unreadable(&error, &head, version)));
                }
            }
        }
        None
    }

    /// Ends a connection whose first frame is neither STOMP's nor that of another protocol: nothing
    /// is gained by waiting for the rest of it.
    pub fn reject(&mut self) -> Action {
        self.fail(&Violation::protocol("begin with CONNECT, STOMP or a JSON object"))
    }

    /// The ERROR that answers a CONNECT whose session the domain refused. It is not the client's fault:
    /// the socket is closed with a code that says to come back.
    pub fn turn_away(&mut self, refusal: &Refusal) -> String {
        self.ended = true;
        self.text(&Violation::new(refusal.code, refusal.detail.clone()).frame())
    }

    /// A command of the last [`Action::Run`] was refused: what its SUBSCRIBE began is undone, so that
    /// its repeat, with the same id too, is a first one, and asks for everything again.
    pub fn refused(&mut self) {
        if let Some(before) = self.before.take() {
            self.subscriptions = before;
        }
    }

    /// Whether this socket is subscribed to the topic of `user`.
    pub fn has_topic(&self, user: &UserId) -> bool {
        !self.ended && self.subscriptions.has_topic(user)
    }

    fn take(&mut self, frame: &Frame, elsewhere: &dyn Fn(&UserId) -> bool) -> Action {
        self.before = None;
        let handled = match (frame.command, self.version) {
            (Verb::Connect | Verb::Stomp, None) => self.connect(frame),
            (Verb::Connect | Verb::Stomp, Some(_)) => Err(Violation::protocol("already connected")),
            (_, None) => Err(Violation::protocol("the first frame must be CONNECT or STOMP")),
            (Verb::Send, _) => self.send(frame),
            (Verb::Subscribe, _) => self.subscribe(frame),
            (Verb::Unsubscribe, _) => self.unsubscribe(frame, elsewhere),
            (Verb::Disconnect, _) => Ok(self.disconnect(frame)),
            (verb, _) => Err(Violation::unsupported(verb)),
        };
        handled.unwrap_or_else(|violation| self.fail(&violation.of(frame)))
    }

    fn disconnect(&mut self, frame: &Frame) -> Action {
        self.ended = true;
        Action::Run {
            commands: vec![Command::Leave],
            correlation: None,
            receipt: self.receipt(frame),
        }
    }

    /// The RECEIPT that the frame asks for.
    fn receipt(&self, frame: &Frame) -> Option<String> {
        let id = frame.header("receipt")?;
        Some(self.text(&Frame::new(Verb::Receipt).with_header("receipt-id", id)))
    }

    fn fail(&mut self, violation: &Violation) -> Action {
        self.ended = true;
        Action::Fail { frame: self.text(&violation.frame()), close: violation.close() }
    }

    /// A frame as a text message. All that is written here is UTF-8.
    fn text(&self, frame: &Frame) -> String {
        let version = self.version.or(self.offered).unwrap_or(Version::V12);
        String::from_utf8(encode(frame, version)).unwrap_or_default()
    }
}
