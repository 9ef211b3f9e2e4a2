//! Each event matches the change that made it (invariant 7): what the model saw happen in a turn is
//! what the turn's events say, no more and no less.

use presence::config::HubConfig;
use presence::events::{Event, EventKind};
use presence::state::{Presence, Status};

use super::deeds::Deed;
use super::person::Person;
use super::view::View;
use super::{Check, Seen, breach};

impl Person {
    /// After the turn was numbered; `before` is how the owner looked as it began.
    pub(super) fn check_events(
        &self,
        seen: &Seen<'_>,
        before: &View,
        deeds: &[Deed],
        config: &HubConfig,
    ) -> Check {
        let mut said: Vec<&Event> = seen.events.iter().filter(|event| is_named(event)).collect();
        for deed in deeds {
            match said.iter().position(|event| deed.is(seen.user, &event.kind, config)) {
                Some(at) => {
                    said.remove(at);
                }
                None => return self.no_match(seen, deeds),
            }
        }
        if !said.is_empty() {
            return self.no_match(seen, deeds);
        }
        let turned = self.owner().status != before.status;
        let shown = Some(self.declared != Status::Invisible);
        let wrong = |event: &&Event| visible(event).is_some_and(|said| Some(said) != shown);
        if let Some(event) = seen.events.iter().find(wrong).filter(|_| !turned) {
            return breach(
                "7: an event of another visibility",
                format!("{}: {event:?}", seen.user),
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

    fn no_match(&self, seen: &Seen<'_>, deeds: &[Deed]) -> Check {
        let said: Vec<_> = seen.events.iter().filter(|event| is_named(event)).collect();
        breach(
            "7: events do not match the change",
            format!("{} at {}: {said:?}, not {deeds:?}", seen.user, self.revision),
        )
    }
}

/// Whether the model says of this event that it must be there, and all that is in it.
fn is_named(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::SessionStarted { .. }
            | EventKind::SessionEnded { .. }
            | EventKind::SubscriptionCreated { .. }
            | EventKind::SubscriptionEnded { .. }
    )
}

/// Of what says more than how the user looks; that is held by itself.
fn visible(event: &Event) -> Option<bool> {
    match event.kind {
        EventKind::SessionStarted { visible, .. }
        | EventKind::SessionEnded { visible, .. }
        | EventKind::SubscriptionCreated { visible, .. }
        | EventKind::SubscriptionEnded { visible, .. }
        | EventKind::MessageSent { visible, .. } => Some(visible),
        _ => None,
    }
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
