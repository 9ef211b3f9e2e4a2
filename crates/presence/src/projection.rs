//! The one projection: every read, notice, answer and list of a user's presence comes from here.
//!
//! Invariant 8: no end user learns of a hidden user anything that an offline user would not show.
//! While hidden, [`Meta::version`](crate::core::Meta) and `public_active` stand still, so that what
//! others get is frozen at the moment when the hiding began (rules, 12).

use crate::calls::Viewer;
use crate::core::{Facts, SessionRow};
use crate::ids::UserId;
use crate::state::{DevicePresence, Presence, Status};
use crate::time::Millis;

/// What can change visibly: everything of a presence but its times and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub online: bool,
    pub status: Status,
    pub message: Option<String>,
    pub devices: Vec<DevicePresence>,
}

impl View {
    /// As the user's own devices see it.
    pub(crate) fn owner(facts: Facts<'_>) -> Self {
        let online = !facts.sessions.is_empty();
        let status =
            facts.meta.declared.unwrap_or(if online { derived(facts) } else { Status::Offline });
        Self { online, status, message: facts.meta.message.clone(), devices: devices(facts) }
    }

    /// As everyone else may.
    pub(crate) fn public(facts: Facts<'_>) -> Self {
        if facts.meta.hidden() || facts.sessions.is_empty() {
            return Self {
                online: false,
                status: Status::Offline,
                message: None,
                devices: Vec::new(),
            };
        }
        Self::owner(facts)
    }
}

/// A user as `viewer` sees them. `active` is the last proof of life of the live sessions.
pub(crate) fn project(
    facts: Facts<'_>,
    user: &UserId,
    viewer: &Viewer,
    active: Option<Millis>,
    now: Millis,
) -> Presence {
    let owner = matches!(viewer, Viewer::Owner);
    let view = if owner { View::owner(facts) } else { View::public(facts) };
    let ended = if owner { facts.meta.last_active } else { facts.meta.public_active };
    Presence {
        user_id: user.clone(),
        online: view.online,
        status: view.status,
        message: view.message,
        devices: view.devices,
        last_active_at: if view.online { active.max(ended) } else { ended },
        version: if owner { facts.meta.revision } else { facts.meta.version },
        as_of: now,
    }
}

/// Without a status of the user's: away if every session is.
fn derived(facts: Facts<'_>) -> Status {
    if facts.sessions.iter().all(|row| row.away) { Status::Away } else { Status::Online }
}

/// One entry for each distinct kind of device, in a fixed order.
fn devices(facts: Facts<'_>) -> Vec<DevicePresence> {
    let mut kinds: Vec<_> = facts.sessions.iter().map(kind_of).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let status_of = |kind| match facts.meta.declared {
        Some(Status::Invisible) | None => {
            let away = facts.sessions.iter().filter(|row| kind_of(row) == kind).all(|row| row.away);
            if away { Status::Away } else { Status::Online }
        }
        Some(declared) => declared,
    };
    kinds.into_iter().map(|kind| DevicePresence { kind, status: status_of(kind) }).collect()
}

fn kind_of(row: &SessionRow) -> crate::state::DeviceType {
    row.device.kind.unwrap_or_default()
}
