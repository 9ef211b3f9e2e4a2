//! The bearer token of a request: in its header, or in its query for those who cannot set one.

use std::borrow::Cow;

use super::{Request, path};

/// The query's name for it.
pub(super) const PARAMETER: &str = "_token";

/// The token that a request offers, if any. The header wins.
pub(super) fn offered<'a>(request: &Request<'a>) -> Option<Cow<'a, str>> {
    let header = request.authorization.and_then(bearer).map(Cow::Borrowed);
    header.or_else(|| in_query(request.query?).map(Cow::Owned))
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn in_query(query: &str) -> Option<String> {
    let (_, token) = path::pairs(query).find(|(name, _)| name == PARAMETER.as_bytes())?;
    String::from_utf8(token?).ok()
}
