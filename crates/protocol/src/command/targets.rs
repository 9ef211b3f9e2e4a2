//! `presence.subscribe` and `presence.unsubscribe`: `{targetUserId}` or `{targetUserIds: […≤500]}`.

use presence::errors::{ErrorCode, Refusal};

use super::MAX_IDS;
use super::fields::{Fields, invalid, user_id};

/// The targets as received: in a list a bad one fails alone, alone it refuses the command.
pub(super) fn parse(fields: Fields<'_>) -> Result<Vec<String>, Refusal> {
    if fields.get("filter").is_some() {
        let detail = "conditional subscriptions do not exist yet; leave `filter` out";
        return Err(Refusal::new(ErrorCode::UnsupportedFilter, detail));
    }
    match (fields.text("targetUserId")?, fields.texts("targetUserIds", MAX_IDS)?) {
        (Some(one), None) => Ok(vec![user_id(one)?.as_str().to_owned()]),
        (None, Some(list)) => Ok(list.into_iter().map(str::to_owned).collect()),
        (None, None) => Err(invalid("targetUserIds", "there, or `targetUserId`")),
        (Some(_), Some(_)) => Err(invalid("targetUserIds", "absent beside `targetUserId`")),
    }
}
