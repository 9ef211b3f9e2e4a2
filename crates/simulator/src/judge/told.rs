//! What clients may be told: each version of a user is one state, whoever hears of it and when
//! (invariants 3 and 8).

use presence::effects::{LogEntry, Reply, ServerMessage};
use presence::ids::UserId;
use presence::state::Presence;

use super::view::View;
use super::{Check, Judge, breach};

/// Longer than typing may travel.
const TYPING_TRAVELS: i64 = 30_000;

impl Judge {
    /// A socket of `viewer` is told something.
    pub fn told(&mut self, viewer: &UserId, now: i64, message: &ServerMessage) -> Check {
        match message {
            ServerMessage::Presence(presence) => self.shown(Some(viewer), presence),
            ServerMessage::Presences(several)
            | ServerMessage::Reply { reply: Reply::Presences { presences: several, .. }, .. } => {
                several.iter().try_for_each(|presence| self.shown(Some(viewer), presence))
            }
            ServerMessage::Reply { reply: Reply::Presence(presence), .. } => {
                self.shown(Some(viewer), presence)
            }
            ServerMessage::Reply {
                reply: Reply::Sent { message_id, delivered_to, .. }, ..
            } => {
                let Some(letter) = self.messages.get(message_id) else {
                    return breach("14: an acknowledgement of no message", format!("to {viewer}"));
                };
                let sent = letter.sent;
                let others = delivered_to.iter().filter(|entry| entry.user_id != *viewer);
                for entry in others {
                    self.was_visible(&entry.user_id, sent - 5_000, "named in deliveredTo")?;
                }
                Ok(())
            }
            ServerMessage::Typing { from, .. } => {
                self.was_visible(from, now - TYPING_TRAVELS, "seen typing")
            }
            ServerMessage::Message(message) => match self.messages.get(&message.message_id) {
                Some(letter)
                    if letter.content == message.content
                        && letter.from == message.from
                        && (letter.to.contains(viewer)
                            || message.to.contains(viewer)
                            || letter.from == *viewer) =>
                {
                    Ok(())
                }
                _ => breach("14: a message that nobody sent", format!("{message:?} to {viewer}")),
            },
            _ => Ok(()),
        }
    }

    fn was_visible(&self, user: &UserId, since: i64, how: &str) -> Check {
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
