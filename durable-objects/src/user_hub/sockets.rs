//! The open sockets of a hub, with what their attachments hold.
//!
//! A socket that the server has closed is none any more: its client may take its time to answer, or
//! never do, and until then the platform lists it.

use presence::close::CloseCode;
use presence::effects::{Attached, Connected, ServerMessage};
use presence::errors::Refusal;
use presence::ids::{ResumeToken, SocketKey, UserId};
use presence::state::Protocol;
use presence::time::Millis;
use protocol::attachment::{Attachment, Speaks};
use protocol::json;
use protocol::stomp::{Action, Connection};
use worker::{State, WebSocket};

use crate::platform::sockets as platform;

/// One open socket.
pub(super) struct Open {
    pub(super) socket: WebSocket,
    pub(super) attachment: Attachment,
    /// Its connection, if it speaks STOMP.
    pub(super) stomp: Option<Connection>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Sockets {
    open: Vec<Open>,
}

impl Open {
    /// A socket that was found after hibernation; `Lost` if a large unfinished frame was.
    fn found(
        socket: WebSocket,
        mut attachment: Attachment,
        epoch: Millis,
    ) -> Result<Self, Box<Lost>> {
        let half = std::mem::take(&mut attachment.half);
        let stomp = match attachment.stomp.take() {
            None => None,
            Some(saved) => match Connection::restore(saved, &half, epoch) {
                Some(connection) => Some(connection),
                None => return Err(Box::new(Lost { socket, attachment })),
            },
        };
        Ok(Self { socket, attachment, stomp })
    }

    fn save(&self) {
        let mut attachment = self.attachment.clone();
        if let Some(stomp) = &self.stomp {
            let (saved, half) = stomp.save();
            attachment.stomp = Some(saved);
            attachment.half = half.to_vec();
        }
        platform::save(&self.socket, &attachment);
    }

    /// Begins to speak a protocol.
    pub(super) fn speak(&mut self, speaks: Speaks, connection: Option<Connection>) {
        self.attachment.speaks = Some(speaks);
        self.stomp = connection;
    }

    fn attached(&self, state: &State) -> Attached {
        self.attachment.attached(platform::answered_at(state, &self.socket))
    }

    fn say(&mut self, message: &ServerMessage) {
        match (&self.attachment.speaks, &mut self.stomp) {
            (Some(Speaks::Json), _) => platform::send(&self.socket, &json::encode(message)),
            (Some(Speaks::Stomp), Some(connection)) => {
                for frame in connection.deliver(message) {
                    platform::send(&self.socket, &frame);
                }
            }
            _ => {}
        }
    }
}

/// A socket that cannot go on after hibernation.
pub(super) struct Lost {
    socket: WebSocket,
    attachment: Attachment,
}

impl Sockets {
    /// Takes up what the platform lists, closing with 1012 what cannot go on; those are returned.
    pub(super) fn find(state: &State, epoch: Millis) -> (Self, Vec<Attached>) {
        let (mut open, mut lost) = (Vec::new(), Vec::new());
        for socket in platform::all(state) {
            match platform::load(&socket).map(|attachment| (attachment.closing, attachment)) {
                Some((false, attachment)) => match Open::found(socket, attachment, epoch) {
                    Ok(found) => open.push(found),
                    Err(gone) => lost.push(gone.close()),
                },
                Some((true, _)) => {}
                None => platform::close(&socket, CloseCode::Restart),
            }
        }
        (Self { open }, lost)
    }

    /// Forgets those that the platform no longer lists, should a close event have been lost.
    pub(super) fn reconcile(&mut self, state: &State) {
        let listed: Vec<_> =
            platform::all(state).iter().filter_map(platform::load).map(|a| a.key).collect();
        self.open.retain(|open| listed.contains(&open.attachment.key));
    }

    /// Whose hub this is, as the sockets have it.
    pub(super) fn user(&self) -> Option<UserId> {
        self.open.first().map(|open| open.attachment.user.clone())
    }

    pub(super) fn add(
        &mut self,
        socket: WebSocket,
        attachment: Attachment,
        stomp: Option<Connection>,
    ) {
        let open = Open { socket, attachment, stomp };
        open.save();
        self.open.push(open);
    }

    pub(super) fn get(&mut self, key: SocketKey) -> Option<&mut Open> {
        self.open.iter_mut().find(|open| open.attachment.key == key)
    }

    /// All, as the domain sees them.
    pub(super) fn attached(&self, state: &State) -> Vec<Attached> {
        self.open.iter().map(|open| open.attached(state)).collect()
    }

    /// Writes the attachment of a socket that is still open.
    pub(super) fn save(&self, key: SocketKey) {
        if let Some(open) = self.open.iter().find(|open| open.attachment.key == key) {
            open.save();
        }
    }

    /// The session of this socket began.
    pub(super) fn bind(&mut self, key: SocketKey, connected: &Connected) {
        let Some(open) = self.get(key) else { return };
        open.attachment.bound = Some((connected.session.clone(), connected.connection));
        open.save();
    }

    /// What the connect of this socket says; taken once.
    pub(super) fn connect(
        &mut self,
        key: SocketKey,
        protocol: Protocol,
        resume: Option<ResumeToken>,
    ) -> Option<presence::effects::Connect> {
        let pending = self.get(key)?.attachment.pending.take()?;
        Some(pending.connect(key, protocol, resume))
    }

    /// The next thing that the frames of a STOMP socket ask for.
    pub(super) fn advance(&mut self, key: SocketKey) -> Option<Action> {
        let mut connection = self.get(key)?.stomp.take()?;
        let topic =
            |open: &Open, user: &UserId| open.stomp.as_ref().is_some_and(|c| c.has_topic(user));
        // Its own connection is not among the others: it was taken out.
        let action = connection.advance(&|user| self.open.iter().any(|open| topic(open, user)));
        self.get(key)?.stomp = Some(connection);
        action
    }

    /// What the last action of a STOMP socket asked for was refused.
    pub(super) fn refused(&mut self, key: SocketKey) {
        if let Some(connection) = self.get(key).and_then(|open| open.stomp.as_mut()) {
            connection.refused();
        }
    }

    pub(super) fn say(&mut self, key: SocketKey, message: &ServerMessage) {
        if let Some(open) = self.get(key) {
            open.say(message);
        }
    }

    /// Tells a socket why it gets no session, and closes it.
    pub(super) fn turn_away(&mut self, key: SocketKey, refusal: &Refusal) {
        let error = json::turn_away(refusal);
        let stomp = self.get(key).and_then(|open| open.stomp.as_mut());
        let error = stomp.map_or(error, |connection| connection.turn_away(refusal));
        self.send(key, &error);
        self.close(key, CloseCode::Restart);
    }

    pub(super) fn send(&mut self, key: SocketKey, frame: &str) {
        if let Some(open) = self.get(key) {
            platform::send(&open.socket, frame);
        }
    }

    /// Closes a socket; from now on it is none of the hub's.
    pub(super) fn close(&mut self, key: SocketKey, code: CloseCode) {
        self.begin_close(key, code);
        self.remove(key);
    }

    /// Closes a socket that the hub still has to be told of.
    pub(super) fn begin_close(&mut self, key: SocketKey, code: CloseCode) {
        if let Some(open) = self.get(key) {
            open.attachment.closing = true;
            open.save();
            platform::close(&open.socket, code);
        }
    }

    /// Forgets a socket.
    pub(super) fn remove(&mut self, key: SocketKey) {
        self.open.retain(|open| open.attachment.key != key);
    }
}

impl Lost {
    fn close(mut self) -> Attached {
        self.attachment.closing = true;
        platform::save(&self.socket, &self.attachment);
        platform::close(&self.socket, CloseCode::Restart);
        self.attachment.attached(None)
    }
}
