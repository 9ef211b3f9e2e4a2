//! The body of a query for several presences.

use super::MOST_QUERIED;
use super::fields::Fields;
use crate::problem::Problem;

/// Whose presence is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryBody {
    /// As received: a bad id fails alone.
    pub users: Vec<String>,
    /// Nothing but the hubs will do.
    pub strong: bool,
}

impl QueryBody {
    /// Reads `{userIds, consistency?}`.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let mut fields = Fields::parse(body)?;
        let users = fields.texts("userIds", MOST_QUERIED)?;
        if fields.get("userIds").is_none() {
            fields.wrong("userIds", "required");
        }
        let consistency = fields.text("consistency");
        if consistency.as_ref().is_some_and(|text| text != "strong") {
            fields.wrong("consistency", "\"strong\", or left out");
        }
        fields.finish()?;
        Ok(Self { users: users.unwrap_or_default(), strong: consistency.is_some() })
    }
}
