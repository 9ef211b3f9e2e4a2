//! How a user has looked by the model, for whoever compares it with what others saw.

use std::collections::BTreeMap;

use presence::ids::UserId;
use serde::Serialize;

use super::Judge;
use super::view::View;

/// Everything of a presence but its times and its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    /// Whether.
    pub online: bool,
    /// Its name on the wire.
    pub status: &'static str,
    /// What was written beside it.
    pub message: Option<String>,
    /// Type and status of each kind of device.
    pub devices: Vec<(&'static str, &'static str)>,
}

/// All looks of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Looks {
    /// What others see, by version.
    pub public: BTreeMap<i64, Look>,
    /// What the own devices see, by revision.
    pub own: BTreeMap<i64, Look>,
}

impl From<&View> for Look {
    fn from(view: &View) -> Self {
        let device = |(kind, status): &(presence::state::DeviceType, presence::state::Status)| {
            (kind.as_str(), status.as_str())
        };
        Self {
            online: view.online,
            status: view.status.as_str(),
            message: view.message.clone(),
            devices: view.devices.iter().map(device).collect(),
        }
    }
}

impl Judge {
    /// Every look that this user has had; nobody has had none.
    pub fn looks(&self, user: &UserId) -> Looks {
        let Some(person) = self.people.get(user) else { return Looks::default() };
        let public = person.shown.iter().map(|(version, shown)| (*version, (&shown.view).into()));
        let own = person.own.iter().map(|(revision, view)| (*revision, view.into()));
        Looks { public: public.collect(), own: own.collect() }
    }
}
