//! A socket begins a session or takes one up again (contract §3, Resume; rules, 1–4 and 9).

use crate::close::CloseCode;
use crate::config::SINCE_SLACK;
use crate::core::{Link, SessionRow};
use crate::effects::{Attached, Connect, Connected, Effect, LogEntry, ServerMessage, Welcome};
use crate::errors::{ErrorCode, Refusal};
use crate::events::EventKind;
use crate::hub::Answer;
use crate::ids::{ResumeToken, SessionId, SocketKey};
use crate::inputs::no_room;
use crate::scope::{Scope, Sql};
use crate::state::{Device, EndReason};
use crate::store::Store;
use crate::time::Millis;

/// After a storm, how far the questions of the returning sockets are spread.
const SPREAD: i64 = 3_000;

impl<S: Store> Scope<'_, S> {
    /// Answers with the session, its connection number and its token. Refuses a socket that this
    /// turn's sweep has closed (its time for the first frame, or its token's, was over), and a new
    /// session while the outbox is full.
    pub(crate) fn connect(&mut self, connect: &Connect) -> Answer<Connected> {
        let of_it =
            |effect: &Effect| matches!(effect, Effect::Close(key, _) if *key == connect.socket);
        if self.effects.iter().any(of_it) {
            return Ok(Err(Refusal::new(ErrorCode::Unauthorized, "the socket's time was over")));
        }
        let connected = match self.resumable(connect.resume.as_ref()) {
            Some((id, token)) => self.resume(connect, id, token),
            None if self.outbox_is_full()? => return Ok(Err(no_room())),
            None => self.begin(connect),
        };
        let welcome = Welcome {
            session: connected.session.clone(),
            user: self.user.clone(),
            session_ttl_ms: self.config.session_ttl,
            heartbeat_ms: self.config.heartbeat,
            resume_token: connected.resume_token.clone(),
            resumed: connected.resumed,
            server_time: self.now,
        };
        self.send(connect.socket, ServerMessage::Welcome(welcome));
        self.announce(&connected);
        if connect.wants_presence {
            self.open_window(connect.socket, true);
            self.ask_what_was_missed(connect.socket)?;
        }
        Ok(Ok(connected))
    }

    /// The session that `token` takes up, if it is one of this user's that still lives.
    fn resumable(&self, token: Option<&ResumeToken>) -> Option<(SessionId, ResumeToken)> {
        let token = token?;
        let hash = token.hash();
        let row = self.core.sessions.iter().find(|row| row.resume_hash == hash)?;
        Some((row.id.clone(), token.clone()))
    }

    fn resume(
        &mut self,
        connect: &Connect,
        session: SessionId,
        resume_token: ResumeToken,
    ) -> Connected {
        let row = self.core.session(&session).cloned();
        let lacks = row.as_ref().map(|row| self.lacks(row));
        if let Some(live) = row.as_ref().and_then(|row| self.live(row)) {
            self.close(live.key, CloseCode::Replaced);
        }
        self.work.storm |= matches!(row.map(|row| row.link), Some(Link::Vanished { .. }));
        let now = self.now;
        let mut connection = 0;
        if let Some(row) = self.core.session_mut(&session) {
            row.connection += 1;
            connection = row.connection;
            row.attached_at = now;
            row.link = Link::Attached;
            row.unasked = lacks;
            row.protocol = connect.protocol;
            row.device.merge(&connect.device);
        }
        self.attach(connect.socket, &session, connection);
        Connected { session, connection, resume_token, resumed: true }
    }

    /// Since when the client of a session may lack something (rules, 9): its last proof of life, if
    /// that came after everything that its last socket had asked for was sent; else everything.
    fn lacks(&self, row: &SessionRow) -> Millis {
        let proven = self.last_seen(row) - SINCE_SLACK;
        let heard = proven >= self.core.meta.woken_at.max(row.attached_at);
        row.unasked.unwrap_or(if heard { proven } else { Millis(0) })
    }

    /// The question of a new socket.
    fn ask_what_was_missed(&mut self, socket: SocketKey) -> Sql<()> {
        let session = self.sockets.iter().find(|s| s.key == socket).and_then(|s| s.session.clone());
        let row = session.and_then(|(id, _)| self.core.session_mut(&id));
        let since = row.and_then(|row| row.unasked.take());
        self.wake(socket, since.filter(|since| *since > Millis(0)))
    }

    fn begin(&mut self, connect: &Connect) -> Connected {
        self.make_room();
        let session = SessionId::new(self.user, self.entropy.bits());
        let resume_token = ResumeToken::new(self.entropy.bits());
        let row = SessionRow {
            id: session.clone(),
            connection: 1,
            protocol: connect.protocol,
            device: connect.device.clone(),
            user_agent: connect.user_agent.clone(),
            country: connect.country.clone(),
            colo: connect.colo.clone(),
            connected_at: self.now,
            attached_at: self.now,
            heartbeat: self.config.heartbeat,
            resume_hash: resume_token.hash().to_vec(),
            away: false,
            unasked: Some(Millis(0)),
            link: Link::Attached,
        };
        self.core.sessions.push(row);
        self.attach(connect.socket, &session, 1);
        Connected { session, connection: 1, resume_token, resumed: false }
    }

    /// From here on in this turn the new socket counts as open.
    fn attach(&mut self, key: SocketKey, session: &SessionId, connection: u32) {
        let known = self.sockets.iter().position(|socket| socket.key == key);
        let token_expires_at =
            known.and_then(|at| self.sockets.get(at)).and_then(|s| s.token_expires_at);
        self.sockets.retain(|socket| socket.key != key);
        self.sockets.push(Attached {
            key,
            session: Some((session.clone(), connection)),
            opened_at: self.now,
            last_seen: self.now,
            token_expires_at,
        });
    }

    /// Over the cap the oldest session goes (dead ones went with the sweep).
    fn make_room(&mut self) {
        while self.core.sessions.len() >= self.config.max_sessions.max(1) {
            let oldest = self.core.sessions.iter().min_by_key(|row| row.connected_at);
            let Some(oldest) = oldest.map(|row| row.id.clone()) else { return };
            self.end_session(&oldest, EndReason::Evicted, CloseCode::TooManySessions);
        }
    }

    fn announce(&mut self, connected: &Connected) {
        let (user_id, session_id) = (self.user.clone(), connected.session.clone());
        if connected.resumed {
            self.log(LogEntry::SessionResumed { user_id, session_id });
            return;
        }
        let Some(row) = self.core.session(&session_id).cloned() else { return };
        self.log(LogEntry::SessionStarted { user_id, session_id, protocol: row.protocol });
        let session = self.session_view(&row);
        let own = self.live(&row).map(|live| live.key);
        let message = ServerMessage::Session { session: session.clone(), ended: None };
        for key in self.open_sockets().into_iter().filter(|key| Some(*key) != own) {
            self.send(key, message.clone());
        }
        let visible = !self.core.meta.hidden();
        self.event(EventKind::SessionStarted { session, visible });
    }

    /// STOMP: a socket subscribed to the queue of all who are watched. The first time it is told
    /// what its client missed; after that everything, since that subscription got nothing yet.
    pub(crate) fn presence_ready(&mut self, socket: SocketKey) -> Sql<()> {
        self.open_window(socket, false);
        self.ask_what_was_missed(socket)
    }

    /// STOMP: from here on its client hears nothing in the queue, however long it lives, so what it
    /// lacks when it subscribes again is not known, whichever socket that is.
    pub(crate) fn presence_done(&mut self, session: &SessionId) {
        if let Some(row) = self.core.session_mut(session) {
            row.unasked = Some(Millis(0));
        }
    }

    /// How long a returning socket's questions wait: nothing, or, after a storm, a random while.
    pub(crate) fn spread(&mut self) -> Millis {
        let late =
            if std::mem::take(&mut self.work.storm) { self.entropy.up_to(SPREAD) } else { 0 };
        self.now + late
    }

    /// `heartbeat`: the frame itself was the proof of life; what it says of the device is kept.
    pub(crate) fn heartbeat(
        &mut self,
        session: &SessionId,
        device: Option<&Device>,
    ) -> crate::effects::Reply {
        if let (Some(patch), Some(row)) = (device, self.core.session_mut(session)) {
            row.device.merge(patch);
        }
        crate::effects::Reply::Ok
    }
}
