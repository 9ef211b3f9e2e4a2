//! How a user ought to look, by the contract's words (§2).

use presence::state::{DeviceType, Presence, Status};

use super::person::Visit;

/// Everything of a presence but its times and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub online: bool,
    pub status: Status,
    pub message: Option<String>,
    pub devices: Vec<(DeviceType, Status)>,
}

impl View {
    /// Without a session, and nothing was ever said.
    pub(super) fn offline() -> Self {
        Self { online: false, status: Status::Offline, message: None, devices: Vec::new() }
    }

    /// "What others see: OFFLINE without a session or when invisible; else what the user set; else
    /// AWAY if every session is away; else ONLINE."
    pub(super) fn public(declared: Status, message: Option<&String>, visits: &[Visit]) -> Self {
        if visits.is_empty() || declared == Status::Invisible {
            return Self::offline();
        }
        Self::own(declared, message, visits)
    }

    /// The user's own devices see what they set, and themselves.
    pub(super) fn own(declared: Status, message: Option<&String>, visits: &[Visit]) -> Self {
        let away = |kind: Option<DeviceType>| {
            visits.iter().filter(|v| kind.is_none_or(|kind| kind == v.kind)).all(|v| v.away)
        };
        let or_away = |away: bool| if away { Status::Away } else { Status::Online };
        let status = match declared {
            Status::Online if visits.is_empty() => Status::Offline,
            Status::Online => or_away(away(None)),
            set => set,
        };
        let mut kinds: Vec<DeviceType> = visits.iter().map(|visit| visit.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let of_kind = |kind| match declared {
            Status::Online | Status::Invisible => or_away(away(Some(kind))),
            set => set,
        };
        Self {
            online: !visits.is_empty(),
            status,
            message: message.cloned(),
            devices: kinds.into_iter().map(|kind| (kind, of_kind(kind))).collect(),
        }
    }

    /// What a client was shown.
    pub(super) fn of(presence: &Presence) -> Self {
        Self {
            online: presence.online,
            status: presence.status,
            message: presence.message.clone(),
            devices: presence.devices.iter().map(|device| (device.kind, device.status)).collect(),
        }
    }
}
