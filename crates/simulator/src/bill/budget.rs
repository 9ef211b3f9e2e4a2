//! What the code may do, a user and hour: `bill/budget.toml`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::operations::Operations;

/// By scenario and operation.
pub type Budgets = BTreeMap<String, BTreeMap<String, f64>>;

/// How far above its budget an operation may be.
pub const ABOVE: f64 = 0.02;
/// How far below before the budget should follow.
pub const BELOW: f64 = 0.10;
/// What is rarer than this, a user and hour, is not held: once a user in four months.
const RARE: f64 = 0.000_35;

/// How one operation compares with its budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Of which scenario.
    pub scenario: String,
    /// Which.
    pub operation: String,
    /// What is allowed.
    pub budget: f64,
    /// What it is.
    pub counted: f64,
}

impl Difference {
    /// More than is allowed.
    pub fn is_above(&self) -> bool {
        self.counted > self.budget
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { scenario, operation, budget, counted } = self;
        write!(f, "{scenario}: {operation}: {counted:.4} a user-hour, budget {budget:.4}")?;
        if *budget > 0.0 {
            write!(f, " ({:+.1} %)", (counted / budget - 1.0) * 100.0)?;
        }
        Ok(())
    }
}

/// The section of what Redis adds to a scenario.
pub fn of_redis(scenario: &str) -> String {
    format!("{scenario}-redis")
}

/// The section of what Kafka adds to a scenario.
pub fn of_kafka(scenario: &str) -> String {
    format!("{scenario}-kafka")
}

/// Reads the file.
pub fn parse(text: &str) -> Result<Budgets, String> {
    toml::from_str(text).map_err(|error| format!("bill/budget.toml: {error}"))
}

/// What is above its budget by more than 2 %, or below it by more than 10 %. What has no budget may
/// not happen.
pub fn compare(budgets: &Budgets, scenario: &str, operations: &Operations) -> Vec<Difference> {
    let of_scenario = budgets.get(scenario);
    let difference = |(operation, counted): (&&'static str, &f64)| {
        let budget = of_scenario.and_then(|all| all.get(*operation)).copied().unwrap_or(0.0);
        let (above, below) = (budget * (1.0 + ABOVE), budget * (1.0 - BELOW));
        let differs = *counted > above.max(RARE) || (*counted < below && budget > RARE);
        differs.then(|| Difference {
            scenario: scenario.to_owned(),
            operation: (*operation).to_owned(),
            budget,
            counted: *counted,
        })
    };
    operations.iter().filter_map(difference).collect()
}

/// The file with what was counted now.
pub fn render(all: &[(String, Operations)]) -> String {
    let mut text = String::from(
        "# Operations a user and hour. `cargo test -p simulator --test bill` fails where one is exceeded by 2 %.\n\
         # After an improvement, or a change that is worth its price: `npm run bill -- --write`.\n",
    );
    for (scenario, operations) in all {
        let _ = writeln!(text, "\n[{scenario}]");
        for (name, count) in operations.iter().filter(|(_, count)| **count > RARE) {
            let _ = writeln!(text, "\"{name}\" = {count:.5}");
        }
    }
    text
}
