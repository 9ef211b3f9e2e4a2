//! Each event matches the change that made it (invariant 7): what the model saw happen in a turn is
//! what the turn's events say, no more and no less.

use presence::calls::{HubRequest, HubResponse, Parcel};
use presence::effects::{Effect, ServerMessage};
use presence::events::{Event, EventKind};
use presence::state::{Presence, Status};

use super::person::{Link, Person, socket_of};
use super::view::View;
use super::{Check, Input, Outcome, Seen, breach};

impl Person {
    /// After the turn was numbered; `before` is how the owner looked as it began.
    pub(super) fn check_events(&mut self, seen: &Seen<'_>, before: &View) -> Check {
        let mut happened = std::mem::take(&mut self.happened);
        let mut said: Vec<String> = seen.events.iter().filter_map(named).collect();
        happened.sort_unstable();
        said.sort_unstable();
        if happened != said {
            return breach(
                "7: events do not match the change",
                format!("{}: {said:?}, not {happened:?}", seen.user),
            );
        }
        if let Some(event) = seen.events.iter().find(|event| event.revision != self.revision) {
            return breach("7: an event of another revision", format!("{}: {event:?}", seen.user));
        }
        let presences: Vec<_> = seen.events.iter().filter_map(|e| presence_of(&e.kind)).collect();
        let after = self.owner();
        let expected = (after != *before).then(|| {
            let online = (after.online != before.online).then_some(after.online);
            (online, after, self.revision, self.declared != Status::Invisible)
        });
        let said = presences.first().map(|(online, presence, visible)| {
            (*online, View::of(presence), presence.version, *visible)
        });
        if presences.len() > 1 || said != expected {
            return breach(
                "7: events do not match the change",
                format!("{}: {presences:?}, not {expected:?}", seen.user),
            );
        }
        Ok(())
    }

    /// A message is written to every open socket of its recipient, and the sender learns to how many,
    /// unless the recipient hides.
    pub(super) fn check_delivery(&self, seen: &Seen<'_>) -> Check {
        let Input::Call(HubRequest::Deliver { parcel: Parcel::Message(message) }) = seen.input
        else {
            return Ok(());
        };
        let Outcome::Answered(HubResponse::Delivered { sessions }) = seen.outcome else {
            return Ok(());
        };
        let sent = |effect: &&Effect| matches!(effect, Effect::Send(_, ServerMessage::Message(sent)) if sent.message_id == message.message_id);
        let sent = seen.effects.iter().filter(sent).count() as i64;
        let open = self.visits.iter().filter(|visit| {
            visit.link == Link::Attached && socket_of(visit, seen.sockets).is_some()
        });
        let open = open.count() as i64;
        let told = if self.declared == Status::Invisible { 0 } else { open };
        if (sent, *sessions) == (open, told) {
            return Ok(());
        }
        let detail = format!("{}: {sent} of {open} sockets, answered {sessions}", seen.user);
        breach("14: a message did not come to every socket", detail)
    }
}

/// The events that the model names, in its words.
fn named(event: &Event) -> Option<String> {
    Some(match &event.kind {
        EventKind::SessionStarted { session, .. } => format!("started {}", session.session_id),
        EventKind::SessionEnded { session, .. } => format!("ended {}", session.session_id),
        EventKind::SubscriptionCreated { target, .. } => format!("subscribed {target}"),
        EventKind::SubscriptionEnded { target, .. } => format!("unsubscribed {target}"),
        _ => return None,
    })
}

/// (came or went, how the owner looks, whether others see it).
fn presence_of(kind: &EventKind) -> Option<(Option<bool>, &Presence, bool)> {
    match kind {
        EventKind::Online { presence, visible } => Some((Some(true), presence, *visible)),
        EventKind::Offline { presence, visible } => Some((Some(false), presence, *visible)),
        EventKind::Changed { presence, visible } => Some((None, presence, *visible)),
        _ => None,
    }
}
