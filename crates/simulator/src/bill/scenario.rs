//! What is played for the bill: files in `bill/scenarios/`.

use serde::Deserialize;

/// One file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name.
    #[serde(skip)]
    pub name: String,
    /// In one line.
    pub about: String,
    /// The most that a month of a million users may cost.
    pub limit: Option<f64>,
    /// What is simulated.
    pub size: Size,
    /// What a user does.
    pub day: Day,
    /// Tests play fewer people, where that makes a difference.
    pub small: Option<Small>,
}

/// What tests play instead.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Small {
    /// How many people.
    pub users: usize,
    /// Watchers of the first user.
    pub star: Option<usize>,
    /// From when until when they are there.
    pub hours: Option<[f64; 2]>,
    /// Changes of the status, a user.
    pub changes: Option<f64>,
    /// Messages, a user.
    pub messages: Option<f64>,
}

/// What is simulated.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// How many people.
    pub users: usize,
    /// Played first and not counted.
    pub warm_up_hours: f64,
    /// Counted.
    pub hours: f64,
}

/// What a user does in a day.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// Devices a user, on average.
    pub sessions: f64,
    /// Watchers of each user, who are others at random.
    pub watchers: usize,
    /// Watchers of the first user.
    #[serde(default)]
    pub star: usize,
    /// The share of the users who are connected at all; the first user is.
    #[serde(default = "one")]
    pub online: f64,
    /// Sockets lost, a device, all with a close event.
    pub losses: f64,
    /// The share of them that come back after the grace.
    pub late: f64,
    /// For how long those are away.
    #[serde(default = "one")]
    pub away_minutes: f64,
    /// Changes of the status, a user.
    pub changes: f64,
    /// Of the first user, if it differs.
    pub star_changes: Option<f64>,
    /// Messages to one recipient, a user.
    #[serde(default)]
    pub messages: f64,
    /// From when until when they are there; always, if nothing is said.
    pub hours: Option<[f64; 2]>,
}

const fn one() -> f64 {
    1.0
}

impl Scenario {
    /// Reads a file.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let mut scenario: Self =
            toml::from_str(text).map_err(|error| format!("bill/scenarios/{name}.toml: {error}"))?;
        name.clone_into(&mut scenario.name);
        Ok(scenario)
    }

    /// As tests play it: quickly, also without optimisation. It has a budget of its own.
    #[must_use]
    pub fn small(mut self) -> Self {
        if let Some(small) = self.small {
            self.size.users = small.users;
            self.day.star = small.star.unwrap_or(self.day.star);
            self.day.hours = small.hours.or(self.day.hours);
            self.day.changes = small.changes.unwrap_or(self.day.changes);
            self.day.messages = small.messages.unwrap_or(self.day.messages);
            self.name.push_str("-small");
        }
        self
    }

    /// People times counted hours.
    pub fn user_hours(&self) -> f64 {
        self.size.users as f64 * self.size.hours
    }
}
