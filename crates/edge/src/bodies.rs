//! Request bodies: what is asked, or the precise reason why nothing is (contract §2, errors).
//!
//! 400 `malformed_json` is what is no JSON; 422 is JSON of the wrong shape, with a JSON Pointer to each
//! wrong place; 400 `invalid_user_id` is a bad id that stands alone (in a list it fails alone, later).
//! Unknown fields are ignored.

mod cleanup;
mod dev_token;
mod fields;
mod query;
mod set_status;
mod targets;

use presence::errors::ErrorCode;

pub use cleanup::{CLEANUP_TASKS, CleanupBody, MORE_TASKS};
pub use dev_token::DevToken;
pub use fields::Fields;
pub(crate) use fields::user_id;
pub use query::QueryBody;
pub use set_status::set_status;
pub use targets::Targets;

use crate::problem::Problem;

/// Bytes of a body, unless it may hold a list of ids.
pub const LIMIT: usize = 64 * 1024;
/// Bytes of a body that may hold a list of ids.
pub const LIMIT_WITH_IDS: usize = 256 * 1024;
/// Targets of one subscribe or unsubscribe.
pub const MOST_TARGETS: usize = 500;
/// Users of one query.
pub const MOST_QUERIED: usize = 1000;

/// Whether the `Content-Type` is JSON, perhaps with parameters.
pub fn check_media_type(content_type: Option<&str>) -> Result<(), Problem> {
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(ErrorCode::UnsupportedMediaType, "the body must be application/json"))
}

/// Refuses a body over `limit` bytes.
pub fn check_size(bytes: usize, limit: usize) -> Result<(), Problem> {
    if bytes <= limit {
        return Ok(());
    }
    let detail = format!("a body may have {} KiB here", limit / 1024);
    Err(Problem::new(ErrorCode::PayloadTooLarge, detail))
}

#[cfg(test)]
mod tests;
