//! What clients may be told: each version of a user is one state, whoever hears of it and when
//! (invariants 3 and 8).

use presence::effects::{LogEntry, Reply, ServerMessage};
use presence::ids::{SocketKey, UserId};
use presence::state::Presence;

use super::view::View;
use super::{Check, Judge, breach};

/// Longer than typing may travel.
const TYPING_TRAVELS: i64 = 30_000;

impl Judge {
    /// A socket of `viewer` is told something.
    pub fn told(
        &mut self,
        viewer: &UserId,
        socket: SocketKey,
        now: i64,
        message: &ServerMessage,
    ) -> Check {
        match message {
            ServerMessage::Presence(presence) => self.news(viewer, socket, now, presence),
            ServerMessage::Presences(several) => {
                several.iter().try_for_each(|one| self.news(viewer, socket, now, one))
            }
            ServerMessage::Reply { reply: Reply::Presences { presences: several, .. }, .. } => {
                several.iter().try_for_each(|presence| self.shown(Some(viewer), presence))
            }
            ServerMessage::Reply { reply: Reply::Presence(presence), .. } => {
                self.shown(Some(viewer), presence)
            }
            ServerMessage::Reply {
                reply: Reply::Sent { message_id, delivered_to, .. }, ..
            } => self.told_sent(viewer, message_id, delivered_to),
            ServerMessage::Typing { from, .. } => {
                self.was_visible(from, now - TYPING_TRAVELS, "seen typing")
            }
            ServerMessage::Message(message) => self.told_message(viewer, message),
            // Of sessions, and of how a subscribe went, the turn itself is judged.
            ServerMessage::Session { .. }
            | ServerMessage::Welcome(_)
            | ServerMessage::SubscriptionRefused { .. }
            | ServerMessage::Refused { .. }
            | ServerMessage::Reply { reply: Reply::Ok | Reply::Outcomes(_), .. } => Ok(()),
        }
    }

    /// What a socket hears without having asked.
    fn news(&mut self, viewer: &UserId, socket: SocketKey, now: i64, presence: &Presence) -> Check {
        self.shown(Some(viewer), presence)?;
        self.in_order(viewer, socket, now, presence)
    }

    pub(super) fn was_visible(&self, user: &UserId, since: i64, how: &str) -> Check {
        match self.people.get(user).and_then(|person| person.hidden_since) {
            Some(hidden) if hidden < since => {
                breach("8: a hidden user showed", format!("{user} hid at {hidden} and was {how}"))
            }
            _ => Ok(()),
        }
    }

    /// `viewer`, or a back end, is shown a presence.
    pub fn shown(&mut self, viewer: Option<&UserId>, presence: &Presence) -> Check {
        let (user, version) = (&presence.user_id, presence.version);
        let view = View::of(presence);
        let person = self.person(user);
        if viewer == Some(user) {
            return match person.own.get(&version) {
                Some(own) if *own == view => Ok(()),
                own => breach(
                    "3: one version, two states",
                    format!("own {version} of {user}: {view:?}, not {own:?}"),
                ),
            };
        }
        let hidden = person.hidden_since.is_some();
        let Some(shown) = person.shown.get_mut(&version) else {
            return breach("3: a version that never was", format!("{version} of {user}: {view:?}"));
        };
        if shown.view != view {
            let detail =
                format!("{version} of {user} to {viewer:?}: {view:?}, not {:?}", shown.view);
            return breach(
                if hidden { "8: a hidden user showed" } else { "3: one version, two states" },
                detail,
            );
        }
        if view.online {
            return Ok(());
        }
        let first = *shown.active.get_or_insert(presence.last_active_at);
        let late = presence.last_active_at.is_some_and(|at| at.0 > shown.since);
        if first != presence.last_active_at || late {
            let detail = format!(
                "{user}, offline at {version}: last active {first:?}, then {:?}; since {}",
                presence.last_active_at, shown.since
            );
            return breach("8: activity of somebody who is offline", detail);
        }
        Ok(())
    }

    /// A log line says how late an end was noticed.
    pub fn log(&mut self, user: &UserId, entry: &LogEntry) -> Check {
        match entry {
            LogEntry::SessionEnded { late_ms, .. } if *late_ms < 0 => {
                breach("1: a session ended before its time", format!("{user}: {late_ms} ms late"))
            }
            _ => Ok(()),
        }
    }
}
