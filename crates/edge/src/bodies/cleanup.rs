//! The body of `POST /api/subscriptions/cleanup`.

use super::fields::Fields;
use crate::problem::Problem;

/// What is run unless something else is said, in this order.
pub const CLEANUP_TASKS: [&str; 3] = ["subscriptions", "sessions", "presence"];
/// What can be asked for beside.
pub const MORE_TASKS: [&str; 1] = ["health"];

/// Which tasks shall run now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleanupBody {
    /// Each once, in the order of the table.
    pub tasks: Vec<&'static str>,
    /// Change nothing, and say what would be changed.
    pub dry_run: bool,
}

impl CleanupBody {
    /// Reads `{tasks?, dryRun?}`.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let mut fields = Fields::parse(body)?;
        let known: Vec<&'static str> = CLEANUP_TASKS.into_iter().chain(MORE_TASKS).collect();
        let tasks = fields.choices("tasks", &known);
        let dry_run = fields.flag("dryRun").unwrap_or_default();
        fields.finish()?;
        Ok(Self { tasks: tasks.unwrap_or_else(|| CLEANUP_TASKS.to_vec()), dry_run })
    }
}
