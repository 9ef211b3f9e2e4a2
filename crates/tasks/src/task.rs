//! The table of tasks.

use serde::{Deserialize, Serialize};

const MINUTE: i64 = 60_000;

/// What is done on schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// C1: leases end, and both ends of every edge agree.
    Subscriptions,
    /// C2: dead sessions end, and Redis knows the others.
    Sessions,
    /// C3: Redis knows who is online.
    Presence,
    /// C4: a report.
    Health,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Subscriptions, Self::Sessions, Self::Presence, Self::Health];

    /// Its name in the table, in answers and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subscriptions => "subscriptions",
            Self::Sessions => "sessions",
            Self::Presence => "presence",
            Self::Health => "health",
        }
    }

    /// The task of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }

    /// Milliseconds from the beginning of one pass to that of the next.
    pub fn every(self) -> i64 {
        MINUTE
            * match self {
                Self::Subscriptions => 30,
                Self::Sessions => 15,
                Self::Presence => 10,
                Self::Health => 60,
            }
    }
}
