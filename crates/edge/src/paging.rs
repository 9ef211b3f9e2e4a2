//! Pages of lists: `limit` and `cursor` in, `nextCursor` out (contract, conventions).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use presence::calls::Page;
use presence::errors::{ErrorCode, Refusal};
use presence::ids::UserId;

use crate::query::Query;

/// The most entries of a page where each comes with a presence: one call each.
pub const MOST_WITH_PRESENCE: i64 = 100;
/// The most entries of any other page.
pub const MOST: i64 = 1000;
/// How many entries a page has if nothing is said.
pub const DEFAULT: i64 = 100;

/// Marks a cursor's form, so that another one can follow; also what makes a made-up cursor fail.
const MARK: &str = "u:";

/// Reads `limit` and `cursor`.
pub fn page(query: &Query, most: i64) -> Result<Page, Refusal> {
    Ok(Page { limit: limit(query, most)?, after: after(query, read)? })
}

/// Reads `limit`.
pub(crate) fn limit(query: &Query, most: i64) -> Result<i64, Refusal> {
    let Some(text) = query.get("limit") else { return Ok(DEFAULT) };
    whole(text)
        .filter(|limit| (1..=most).contains(limit))
        .ok_or_else(|| refuse(format!("limit is a whole number from 1 to {most}")))
}

/// Reads `cursor`, whose form `read` knows.
pub(crate) fn after<T>(
    query: &Query,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let wrong = || refuse("cursor is the nextCursor of the page before".to_owned());
    query.get("cursor").map(|text| read(text).ok_or_else(wrong)).transpose()
}

pub(crate) fn refuse(detail: String) -> Refusal {
    Refusal::new(ErrorCode::InvalidParameter, detail)
}

/// The `nextCursor` of a page that ended with `last`.
pub fn cursor(last: &UserId) -> String {
    URL_SAFE_NO_PAD.encode(format!("{MARK}{last}"))
}

fn read(cursor: &str) -> Option<UserId> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    UserId::parse(std::str::from_utf8(&bytes).ok()?.strip_prefix(MARK)?).ok()
}

/// Digits only: Rust's own parser would take a plus sign.
fn whole(text: &str) -> Option<i64> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn read_page(query: &str) -> Result<Page, ErrorCode> {
        page(&Query::parse(query), 100).map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_page_is_a_hundred_unless_it_is_said() {
        assert_eq!(read_page(""), Ok(Page { limit: 100, after: None }));
        assert_eq!(read_page("limit=1"), Ok(Page { limit: 1, after: None }));
        assert_eq!(page(&Query::parse("limit=1000"), MOST).unwrap().limit, 1000);
    }

    #[test]
    fn a_cursor_leads_to_what_comes_after() {
        for id in ["alice", "auth0|5f7c", "~", "..."] {
            let last = UserId::parse(id).unwrap();
            assert_eq!(read_page(&format!("cursor={}", cursor(&last))).unwrap().after, Some(last));
        }
    }

    #[test]
    fn a_limit_or_cursor_that_is_none_is_refused() {
        for query in [
            "limit=",
            "limit=x",
            "limit=0",
            "limit=-1",
            "limit=1.5",
            "limit=101",
            "limit=%2B5",
            "limit=99999999999999999999",
            "cursor=",
            "cursor=nonsense",
            "cursor=%00%ff",
            "cursor=dTo",
            "cursor=alice",
        ] {
            assert_eq!(read_page(query), Err(ErrorCode::InvalidParameter), "{query}");
        }
    }
}
