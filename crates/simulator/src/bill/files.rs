//! The files of `bill/`, read when they are needed.

use std::fs;
use std::path::{Path, PathBuf};

use super::budget::{self, Budgets};
use super::prices::{self, Design, Prices};
use super::scenario::Scenario;
use super::script::Script;

/// The scenarios in the order of the report.
pub const SCENARIOS: [&str; 4] = ["always-on", "office-day", "mobile-flaky", "celebrity"];

/// Where they lie.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bill")
}

fn read(name: &str) -> Result<String, String> {
    fs::read_to_string(folder().join(name)).map_err(|error| format!("bill/{name}: {error}"))
}

/// A scenario by its name.
pub fn scenario(name: &str) -> Result<Scenario, String> {
    Scenario::parse(name, &read(&format!("scenarios/{name}.toml"))?)
}

/// What is charged.
pub fn prices() -> Result<Prices, String> {
    Prices::parse(&read("prices.toml")?)
}

/// What other designs would have cost.
pub fn designs() -> Result<Vec<Design>, String> {
    prices::designs(&read("designs.toml")?)
}

/// What is allowed.
pub fn budgets() -> Result<Budgets, String> {
    budget::parse(&read("budget.toml")?)
}

/// What is played on the real server too.
pub fn script() -> Result<Script, String> {
    serde_json::from_str(&read("script.json")?)
        .map_err(|error| format!("bill/script.json: {error}"))
}
