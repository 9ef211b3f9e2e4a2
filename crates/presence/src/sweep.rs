//! The sweep that every input begins with (rules, 4): what is over ends first, so that a late alarm
//! lets no dead session be resumed and no ended lease revive.
//!
//! Invariants 1 and 2: a session ends at its deadline and only then; a user is online exactly while
//! a session row exists.

use crate::close::CloseCode;
use crate::config::FIRST_FRAME;
use crate::core::{Link, SessionRow};
use crate::effects::{Attached, LogEntry, ServerMessage};
use crate::events::EventKind;
use crate::ids::SessionId;
use crate::scope::{Scope, Sql};
use crate::state::EndReason;
use crate::store::Store;

impl<S: Store> Scope<'_, S> {
    /// Ends what is over. `leases`: how many ended leases to take in this turn.
    pub(crate) fn sweep(&mut self, leases: i64) -> Sql<()> {
        self.close_stray_sockets();
        self.notice_vanished_sockets();
        self.expire_tokens();
        self.end_dead_sessions();
        self.end_leases(leases)
    }

    /// Closes sockets without a first frame, and those of sessions that ended or moved on (rules, 3).
    fn close_stray_sockets(&mut self) {
        let verdict = |socket: &Attached| match &socket.session {
            None => {
                (self.now >= socket.opened_at + FIRST_FRAME).then_some(CloseCode::ProtocolError)
            }
            Some((id, number)) => match self.core.session(id) {
                None => Some(CloseCode::Expired),
                Some(row) => (*number < row.connection).then_some(CloseCode::Replaced),
            },
        };
        let strays: Vec<_> =
            self.sockets.iter().filter_map(|s| verdict(s).map(|code| (s.key, code))).collect();
        for (key, code) in strays {
            self.close(key, code);
        }
    }

    /// An attached session whose socket is missing has vanished: one TTL from this discovery (rules, 1).
    fn notice_vanished_sockets(&mut self) {
        let gone: Vec<SessionId> = self
            .core
            .sessions
            .iter()
            .filter(|row| self.has_vanished(row))
            .map(|row| row.id.clone())
            .collect();
        let until = self.now + self.config.session_ttl;
        for id in gone {
            self.work.storm = true;
            if let Some(row) = self.core.session_mut(&id) {
                row.link = Link::Vanished { until };
            }
        }
    }

    /// Attached by its row, but its socket is not there.
    pub(crate) fn has_vanished(&self, row: &SessionRow) -> bool {
        row.link == Link::Attached && self.live(row).is_none()
    }

    fn expire_tokens(&mut self) {
        let over = |s: &Attached| s.token_expires_at.is_some_and(|at| at <= self.now);
        let expired: Vec<Attached> = self.sockets.iter().filter(|s| over(s)).cloned().collect();
        for socket in expired {
            self.detach(&socket, EndReason::Unauthorized);
            self.close(socket.key, CloseCode::Unauthorized);
        }
    }

    fn end_dead_sessions(&mut self) {
        let dead = |row: &&SessionRow| self.deadline(row) <= self.now;
        let dead: Vec<SessionId> =
            self.core.sessions.iter().filter(dead).map(|row| row.id.clone()).collect();
        for id in dead {
            let reason = match self.core.session(&id).map(|row| row.link) {
                Some(Link::Closed { reason, .. }) => reason,
                _ => EndReason::Expired,
            };
            self.end_session(&id, reason, CloseCode::Expired);
        }
    }

    /// The socket is gone: the session may be resumed within the grace. An older socket's close
    /// changes nothing (rules, 3).
    pub(crate) fn detach(&mut self, socket: &Attached, reason: EndReason) {
        let Some((id, number)) = &socket.session else { return };
        let (now, seen) = (self.now, socket.last_seen);
        if let Some(row) = self.core.session_mut(id)
            && row.connection == *number
            && row.link == Link::Attached
        {
            let seen = seen.max(row.attached_at).min(now);
            row.link = Link::Closed { at: now, seen, reason };
        }
    }

    /// Ends a session, once: its row goes, its socket is closed, its owner's other devices are told.
    pub(crate) fn end_session(&mut self, id: &SessionId, reason: EndReason, code: CloseCode) {
        let Some(row) = self.core.session(id).cloned() else { return };
        let session = self.session_view(&row);
        let late_ms = self.now.since(session.expires_at).max(0);
        if let Some(live) = self.live(&row) {
            self.close(live.key, code);
        }
        self.core.sessions.retain(|other| other.id != *id);
        self.core.meta.last_active = self.core.meta.last_active.max(Some(session.last_seen_at));
        if self.core.sessions.is_empty() {
            // Not the moment when a late alarm finds it: leases run from the end itself (rules, 4).
            self.core.meta.ended_at = self.now.min(session.expires_at);
            self.work.lease_due = None;
        }
        let (user_id, session_id) = (self.user.clone(), id.clone());
        self.log(LogEntry::SessionEnded { user_id, session_id, reason, late_ms });
        self.tell_sockets(&ServerMessage::Session {
            session: session.clone(),
            ended: Some(reason),
        });
        self.event(EventKind::SessionEnded { session, reason });
    }

    /// Writes to every socket of the user.
    pub(crate) fn tell_sockets(&mut self, message: &ServerMessage) {
        for key in self.open_sockets() {
            self.send(key, message.clone());
        }
    }
}
