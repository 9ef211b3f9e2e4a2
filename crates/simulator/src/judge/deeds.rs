//! What a turn does that somebody else must hear of: events and session notices say just this.

use presence::config::HubConfig;
use presence::events::{EventKind, SubscriptionEnd};
use presence::ids::UserId;
use presence::state::{Device, DeviceType, EndReason, Protocol, Session};

use super::person::Visit;
use super::span::Span;

/// Something that happened in a turn, by the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Started(Sheet),
    Ended(Sheet, EndReason),
    Subscribed(UserId),
    Unsubscribed(UserId, SubscriptionEnd),
}

/// What must be said of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sheet {
    pub id: String,
    kind: DeviceType,
    stomp: bool,
    connected: Span,
    /// Its deadline, where the contract says which it is: not of one that ended before it was due.
    expires: Option<Span>,
}

impl Sheet {
    pub(super) fn of(visit: &Visit, expires: Option<Span>) -> Self {
        let (id, connected) = (visit.id.clone(), visit.connected);
        Self { id, kind: visit.kind, stomp: visit.stomp, connected, expires }
    }

    /// Whether `session` says this.
    pub(super) fn is(&self, user: &UserId, session: &Session, config: &HubConfig) -> bool {
        let protocol = if self.stomp { Protocol::Stomp12 } else { Protocol::Json };
        // Nobody says more of a device than its type.
        let device = Device { kind: Some(self.kind), ..Device::default() };
        session.session_id.as_str() == self.id
            && session.user_id == *user
            && session.protocol == protocol
            && session.device == device
            && session.heartbeat_interval_ms == config.heartbeat
            && self.connected.holds(session.connected_at)
            && self.connected.lo <= session.last_seen_at.0
            && self.expires.is_none_or(|due| due.holds(session.expires_at))
    }
}

impl Deed {
    /// Whether this event says it.
    pub(super) fn is(&self, user: &UserId, kind: &EventKind, config: &HubConfig) -> bool {
        match (self, kind) {
            (Self::Started(sheet), EventKind::SessionStarted { session, .. }) => {
                sheet.is(user, session, config) && session.connected
            }
            (Self::Ended(sheet, why), EventKind::SessionEnded { session, reason, .. }) => {
                sheet.is(user, session, config) && why == reason
            }
            (Self::Subscribed(whom), EventKind::SubscriptionCreated { target, .. }) => {
                whom == target
            }
            (
                Self::Unsubscribed(whom, why),
                EventKind::SubscriptionEnded { target, reason, .. },
            ) => (whom, why) == (target, reason),
            _ => false,
        }
    }

    /// Of a session: which, and why it ended if it did.
    pub(super) fn of_session(&self) -> Option<(&Sheet, Option<EndReason>)> {
        match self {
            Self::Started(sheet) => Some((sheet, None)),
            Self::Ended(sheet, reason) => Some((sheet, Some(*reason))),
            Self::Subscribed(_) | Self::Unsubscribed(..) => None,
        }
    }
}
