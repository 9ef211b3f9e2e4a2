//! The body of subscribe and unsubscribe.

use presence::errors::ErrorCode;
use presence::ids::UserId;

use super::MOST_TARGETS;
use super::fields::{Fields, user_id};
use crate::problem::Problem;

/// Who shall watch whom, or no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// `subscriberId`; the token's user where it is absent.
    pub subscriber: Option<UserId>,
    /// As received: in a list a bad id fails alone.
    pub targets: Vec<String>,
}

impl Targets {
    /// Reads `{subscriberId?, targetUserId}` or `{subscriberId?, targetUserIds}`.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let mut fields = Fields::parse(body)?;
        if fields.get("filter").is_some() {
            let detail = "subscribe without a filter, and pick from what arrives";
            return Err(Problem::new(ErrorCode::UnsupportedFilter, detail));
        }
        let subscriber = fields.text("subscriberId");
        let one = fields.text("targetUserId");
        let many = fields.texts("targetUserIds", MOST_TARGETS)?;
        match (fields.get("targetUserId").is_some(), fields.get("targetUserIds").is_some()) {
            (true, true) => fields.wrong("targetUserIds", "left out where targetUserId is given"),
            (false, false) => fields.wrong("targetUserId", "required, or targetUserIds"),
            _ => {}
        }
        fields.finish()?;
        let one = one.map(|id| user_id(&id)).transpose()?;
        Ok(Self {
            subscriber: subscriber.map(|id| user_id(&id)).transpose()?,
            targets: one.map(|id| vec![id.into()]).or(many).unwrap_or_default(),
        })
    }
}
