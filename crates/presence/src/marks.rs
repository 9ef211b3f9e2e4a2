//! The mirror's position: what Redis has not confirmed yet. A part of the user's row, so that a mark
//! is set in the transaction of the change that it stands for, for no row more.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::SessionId;
use crate::time::Millis;

/// So many sessions are remembered one by one while Redis is away. Beyond that all that live are
/// written, and the keys of some that ended meanwhile go at their own time.
const MOST_SESSIONS: usize = 256;

/// Parts of the projection that are to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(clippy::struct_excessive_bools, reason = "each part is marked by itself")]
pub(crate) struct Marks {
    /// Everything, as if Redis were empty.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// How others see the user.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub standing: bool,
    /// Whom the user watches.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub watching: bool,
    /// Who watches the user.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub audience: bool,
    /// Which sessions there are.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ids: bool,
    /// Whether others see the sessions.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub turned: bool,
    /// Sessions that began, changed, or ended.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sessions: BTreeSet<SessionId>,
}

/// All that is durable of the mirror. Absent in rows of older versions: nothing is marked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Mirror {
    /// What Redis has not confirmed.
    pub marks: Marks,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Millis>,
    /// What a provisional flush wrote, to be written once more (rules, 18).
    #[serde(skip_serializing_if = "Marks::is_empty")]
    pub again: Marks,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_at: Option<Millis>,
    /// The count of changes of who would be told now (`follower.naps`) that Redis knows of.
    pub naps: i64,
    /// When everything was last written.
    pub full_at: Millis,
    /// When the sets about who watches were; of who is here, where each look writes them, not known.
    pub audience_at: Millis,
}

impl Mirror {
    /// As it stands in the user's row: nothing where there is nothing to say.
    pub(crate) fn to_column(&self) -> Option<String> {
        if *self == Self::default() { None } else { serde_json::to_string(self).ok() }
    }

    /// What cannot be read was written by no version of this code: everything is marked.
    pub(crate) fn from_column(text: Option<&str>) -> Self {
        let unreadable = || Self { marks: Marks::everything(), ..Self::default() };
        text.map_or_else(Self::default, |text| {
            serde_json::from_str(text).unwrap_or_else(|_| unreadable())
        })
    }
}

impl Marks {
    /// Everything.
    pub(crate) fn everything() -> Self {
        Self { all: true, ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Both.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.all |= other.all;
        self.standing |= other.standing;
        self.watching |= other.watching;
        self.audience |= other.audience;
        self.ids |= other.ids;
        self.turned |= other.turned;
        self.sessions.extend(other.sessions.iter().cloned());
        while self.sessions.len() > MOST_SESSIONS {
            self.sessions.pop_first();
            self.all = true;
        }
    }
}
