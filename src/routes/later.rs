//! Parts of the contract that are not built yet.

use edge::problem::Problem;
use presence::errors::ErrorCode;

use crate::reply::Answer;

/// 501, after whoever may not call was turned away.
pub(super) fn not_yet() -> Answer {
    Err(Problem::new(
        ErrorCode::NotYet,
        "this part of the interface is described but not built yet",
    ))
}
