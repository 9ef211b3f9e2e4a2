//! What arrives on sockets: each frame through its protocol into turns of the domain.

use std::rc::Rc;

use presence::close::CloseCode;
use presence::effects::{Command, Effect};
use presence::errors::Refusal;
use presence::ids::{ResumeToken, SocketKey};
use presence::state::{EndReason, Protocol};
use protocol::attachment::Speaks;
use protocol::first::{First, sniff};
use protocol::json::{self, Received};
use protocol::stomp::{Action, Connection};
use worker::{WebSocket, WebSocketIncomingMessage};

use super::shell::Shell;
use crate::platform::{clock, log, sockets};

/// The bytes of a frame, and whether it was text.
#[derive(Clone, Copy)]
enum Frame<'a> {
    Text(&'a str),
    Binary(&'a [u8]),
}

impl Frame<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) => bytes,
        }
    }
}

impl Shell {
    /// A frame came.
    pub(super) fn frame(self: &Rc<Self>, socket: &WebSocket, message: &WebSocketIncomingMessage) {
        self.stats.frames.count();
        *self.request_id.borrow_mut() = None;
        self.bury_lost();
        let Some(key) = sockets::load(socket).map(|attachment| attachment.key) else { return };
        let frame = match message {
            WebSocketIncomingMessage::String(text) => Frame::Text(text),
            WebSocketIncomingMessage::Binary(bytes) => Frame::Binary(bytes),
        };
        // What comes on a socket that the server has closed is not read.
        if let Some(speaks) = self.hear(key, frame) {
            match speaks {
                Speaks::Json => self.json_frame(key, frame),
                Speaks::Stomp => self.stomp_frame(key, frame),
            }
        }
        self.sockets.borrow().save(key);
    }

    /// Notes that the socket lives, and which protocol it speaks; `None` if there is nothing to do.
    fn hear(self: &Rc<Self>, key: SocketKey, frame: Frame<'_>) -> Option<Speaks> {
        let mut sockets = self.sockets.borrow_mut();
        let open = sockets.get(key)?;
        open.attachment.last_frame_at = clock::now();
        if open.attachment.speaks.is_some() {
            return open.attachment.speaks;
        }
        match sniff(frame.bytes()) {
            First::Nothing => None,
            First::Json => {
                open.speak(Speaks::Json, None);
                drop(sockets);
                self.begin(key, Protocol::Json, None).then_some(Speaks::Json)
            }
            First::Stomp => {
                open.speak(Speaks::Stomp, Some(Connection::new(None, self.woken_at)));
                Some(Speaks::Stomp)
            }
            First::Unknown => {
                // Answered as STOMP, which has a frame for it.
                let rejected = Connection::new(None, self.woken_at).reject();
                drop(sockets);
                self.act(key, rejected);
                None
            }
        }
    }

    fn json_frame(self: &Rc<Self>, key: SocketKey, frame: Frame<'_>) {
        let received = match frame {
            Frame::Text(text) => json::receive(text),
            Frame::Binary(bytes) => json::receive_binary(bytes),
        };
        match received {
            Received::Command { id, command } => drop(self.obey(key, id, command, None)),
            Received::Refused(answer) => self.sockets.borrow_mut().say(key, &answer),
            Received::TooLarge => self.fail(key, None, CloseCode::TooBig),
        }
    }

    fn stomp_frame(self: &Rc<Self>, key: SocketKey, frame: Frame<'_>) {
        if let Some(connection) = self.sockets.borrow_mut().get(key).and_then(|o| o.stomp.as_mut())
        {
            connection.push(frame.bytes());
        }
        loop {
            let action = self.sockets.borrow_mut().advance(key);
            let Some(action) = action else { return };
            self.act(key, action);
        }
    }

    fn act(self: &Rc<Self>, key: SocketKey, action: Action) {
        match action {
            Action::Connect { protocol, resume } => {
                self.begin(key, protocol, resume);
            }
            Action::Run { commands, correlation, receipt } => {
                self.obey_all(key, commands, correlation.as_ref(), receipt);
            }
            Action::Send(frames) => {
                let mut sockets = self.sockets.borrow_mut();
                for frame in frames {
                    sockets.send(key, &frame);
                }
            }
            Action::Fail { frame, close } => self.fail(key, Some(&frame), close),
        }
    }

    /// Runs commands until one is refused, which their connection is told; the receipt belongs to the
    /// last.
    fn obey_all(
        self: &Rc<Self>,
        key: SocketKey,
        commands: Vec<Command>,
        correlation: Option<&String>,
        mut receipt: Option<String>,
    ) {
        let last = commands.len().saturating_sub(1);
        for (at, command) in commands.into_iter().enumerate() {
            let receipt = if at == last { receipt.take() } else { None };
            if self.obey(key, correlation.cloned(), command, receipt).is_err() {
                return self.sockets.borrow_mut().refused(key);
            }
        }
    }

    /// One command. Its receipt goes out once the turn was durable, after what else it brought but
    /// before its socket is closed; not, however, if something else than a goodbye closes it, such
    /// as the end of its session: then the command was not taken.
    fn obey(
        self: &Rc<Self>,
        key: SocketKey,
        correlation: Option<String>,
        command: Command,
        receipt: Option<String>,
    ) -> Result<(), Refusal> {
        let leaves = command == Command::Leave;
        let step = self.turn(|hub, turn| hub.command(turn, key, correlation, command));
        let mut effects = step.effects;
        let closes = |effect: &Effect| matches!(effect, Effect::Close(of, _) if *of == key);
        let at = effects.iter().position(closes).unwrap_or(effects.len());
        let after = effects.split_off(at);
        let taken = step.result.is_ok() && (leaves || after.is_empty());
        self.carry_out(effects);
        if let Some(receipt) = receipt.filter(|_| taken) {
            self.sockets.borrow_mut().send(key, &receipt);
        }
        self.carry_out(after);
        step.result
    }

    /// Begins or resumes the session of a socket; false if that was refused.
    pub(super) fn begin(
        self: &Rc<Self>,
        key: SocketKey,
        protocol: Protocol,
        resume: Option<ResumeToken>,
    ) -> bool {
        let Some(connect) = self.sockets.borrow_mut().connect(key, protocol, resume) else {
            return false;
        };
        let step = self.turn(|hub, turn| hub.connect(turn, &connect));
        if let Ok(connected) = &step.result {
            self.sockets.borrow_mut().bind(key, connected);
        }
        self.carry_out(step.effects);
        if let Err(refusal) = &step.result {
            log::fault("connect.refused", &refusal.to_string());
            self.sockets.borrow_mut().turn_away(key, refusal);
        }
        step.result.is_ok()
    }

    /// The client broke the protocol: it is told and its socket is closed. Its session keeps the
    /// grace.
    fn fail(self: &Rc<Self>, key: SocketKey, frame: Option<&str>, close: CloseCode) {
        if let Some(frame) = frame {
            self.sockets.borrow_mut().send(key, frame);
        }
        self.sockets.borrow_mut().begin_close(key, close);
        self.end(key, EndReason::ProtocolError);
    }
}
