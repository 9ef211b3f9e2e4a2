//! What is charged: `bill/prices.toml` and `bill/designs.toml`.

use serde::{Deserialize, Serialize};

/// The price of one kind of operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    dollars: f64,
    per: f64,
    /// Where it is published.
    pub source: String,
}

impl Price {
    /// Of one.
    pub fn of_one(&self) -> f64 {
        self.dollars / self.per
    }
}

/// All of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each is named as in the file, which says what it is")]
pub struct Prices {
    /// The day on which they were compared with what is published.
    pub checked: String,
    pub month_hours: f64,
    pub worker_request: Price,
    pub worker_cpu_ms: Price,
    pub object_request: Price,
    pub object_gb_s: Price,
    pub row_read: Price,
    pub row_written: Price,
    pub stored_gb_month: Price,
    pub redis_command: Price,
    pub kafka_request: Price,
    pub model: Model,
}

/// How duration is reckoned.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each is named as in the file, which says what it is")]
pub struct Model {
    pub memory_gb: f64,
    pub handler_ms: f64,
    pub wake_ms: f64,
    pub round_trip_ms: f64,
    pub worker_cpu_ms: f64,
}

/// What another design would have cost.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// What it was.
    pub name: String,
    /// A month of `always-on`.
    pub dollars: f64,
}

#[derive(Deserialize)]
struct Designs {
    design: Vec<Design>,
}

impl Prices {
    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("bill/prices.toml: {error}"))
    }
}

/// Reads `bill/designs.toml`.
pub fn designs(text: &str) -> Result<Vec<Design>, String> {
    let file: Designs =
        toml::from_str(text).map_err(|error| format!("bill/designs.toml: {error}"))?;
    Ok(file.design)
}
