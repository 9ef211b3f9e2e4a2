//! Reads the JSON body of a request.

use edge::bodies::check_media_type;
use edge::problem::Problem;

use crate::context::Cx;

/// The body's bytes: 415 if it says that it is no JSON, 413 if it has more than `limit`.
pub(super) async fn json(cx: &Cx, limit: usize) -> Result<Vec<u8>, Problem> {
    check_media_type(cx.incoming.header("content-type").as_deref())?;
    cx.incoming.body(limit).await
}
