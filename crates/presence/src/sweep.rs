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
use crate::state::{EndReason, Session};
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

    pub(crate) fn end_dead_sessions(&mut self) {
        let dead = |row: &&SessionRow| self.deadline(row) <= self.now;
        let reason = |row: &SessionRow| match row.link {
            Link::Closed { reason, .. } => reason,
            _ => EndReason::Expired,
        };
        let dead: Vec<(SessionId, EndReason)> = self
            .core
            .sessions
            .iter()
            .filter(dead)
            .map(|row| (row.id.clone(), reason(row)))
            .collect();
        self.end_sessions(&dead, CloseCode::Expired);
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
        self.end_sessions(&[(id.clone(), reason)], code);
    }

    /// The same for several. Their sockets are closed first: none is told of the others' end.
    fn end_sessions(&mut self, ended: &[(SessionId, EndReason)], code: CloseCode) {
        let view = |(id, reason): &(SessionId, EndReason)| {
            self.core.session(id).map(|row| (self.session_view(row), *reason))
        };
        let views: Vec<(Session, EndReason)> = ended.iter().filter_map(view).collect();
        let live = |(session, _): &(Session, EndReason)| {
            self.core.session(&session.session_id).and_then(|row| self.live(row))
        };
        let sockets: Vec<_> = views.iter().filter_map(live).map(|live| live.key).collect();
        for key in sockets {
            self.close(key, code);
        }
        for (session, reason) in views {
            self.forget_session(session, reason);
        }
    }

    fn forget_session(&mut self, session: Session, reason: EndReason) {
        let late_ms = self.now.since(session.expires_at).max(0);
        self.core.sessions.retain(|other| other.id != session.session_id);
        let meta = &mut self.core.meta;
        meta.last_active = meta.last_active.max(Some(session.last_seen_at));
        // Not the moment when a late alarm finds it: leases run from the last end (rules, 4).
        meta.ended_at = meta.ended_at.max(self.now.min(session.expires_at));
        if self.core.sessions.is_empty() {
            self.work.lease_due = None;
        }
        let (user_id, session_id) = (self.user.clone(), session.session_id.clone());
        self.log(LogEntry::SessionEnded { user_id, session_id, reason, late_ms });
        let ended = Some(reason);
        self.tell_sockets(&ServerMessage::Session { session: session.clone(), ended });
        let visible = !self.core.meta.hidden();
        self.event(EventKind::SessionEnded { session, reason, visible });
    }

    /// Writes to every socket of the user.
    pub(crate) fn tell_sockets(&mut self, message: &ServerMessage) {
        for key in self.open_sockets() {
            self.send(key, message.clone());
        }
    }
}
