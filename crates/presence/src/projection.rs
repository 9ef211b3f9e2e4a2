//! The one projection: every read, notice, answer and list of a user's presence comes from here.
//!
//! Invariant 8: no end user learns of a hidden user anything that an offline user would not show.
//! While hidden, [`Meta::version`](crate::core::Meta) and `public_active` stand still, so that what
//! others get is frozen at the moment when the hiding began (rules, 12).

use crate::calls::Viewer;
use crate::core::{Core, SessionRow};
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
    pub(crate) fn owner(core: &Core) -> Self {
        let online = !core.sessions.is_empty();
        let status =
            core.meta.declared.unwrap_or(if online { derived(core) } else { Status::Offline });
        Self { online, status, message: core.meta.message.clone(), devices: devices(core) }
    }

    /// As everyone else may.
    pub(crate) fn public(core: &Core) -> Self {
        if core.hidden() || core.sessions.is_empty() {
            return Self {
                online: false,
                status: Status::Offline,
                message: None,
                devices: Vec::new(),
            };
        }
        Self::owner(core)
    }
}

/// A user as `viewer` sees them. `active` is the last proof of life of the live sessions.
pub(crate) fn project(
    core: &Core,
    user: &UserId,
    viewer: &Viewer,
    active: Option<Millis>,
    now: Millis,
) -> Presence {
    let owner = matches!(viewer, Viewer::Owner);
    let view = if owner { View::owner(core) } else { View::public(core) };
    let ended = if owner { core.meta.last_active } else { core.meta.public_active };
    Presence {
        user_id: user.clone(),
        online: view.online,
        status: view.status,
        message: view.message,
        devices: view.devices,
        last_active_at: if view.online { active.max(ended) } else { ended },
        version: if owner { core.meta.revision } else { core.meta.version },
        as_of: now,
    }
}

/// Without a status of the user's: away if every session is.
fn derived(core: &Core) -> Status {
    if core.sessions.iter().all(|row| row.away) { Status::Away } else { Status::Online }
}

/// One entry for each distinct kind of device, in a fixed order.
fn devices(core: &Core) -> Vec<DevicePresence> {
    let mut kinds: Vec<_> = core.sessions.iter().map(kind_of).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let status_of = |kind| match core.meta.declared {
        Some(Status::Invisible) | None => {
            let away = core.sessions.iter().filter(|row| kind_of(row) == kind).all(|row| row.away);
            if away { Status::Away } else { Status::Online }
        }
        Some(declared) => declared,
    };
    kinds.into_iter().map(|kind| DevicePresence { kind, status: status_of(kind) }).collect()
}

fn kind_of(row: &SessionRow) -> crate::state::DeviceType {
    row.device.kind.unwrap_or_default()
}
