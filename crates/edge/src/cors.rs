//! What a browser is told of cross-origin requests.

use crate::config::Origins;

/// What a page may send beside the simple headers.
const REQUEST_HEADERS: &str = "authorization, content-type, x-request-id";
/// What a page may read beside the simple headers.
const RESPONSE_HEADERS: &str = "x-request-id, retry-after, allow, www-authenticate";
/// How long a browser may remember a preflight: its own bounds are two hours or less.
const PREFLIGHT_SECONDS: &str = "7200";

/// The headers of any answer to a page of `origin`. `Vary` stands wherever the answer depends on it.
pub fn headers(origins: &Origins, origin: Option<&str>, own: &str) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    if *origins != Origins::Any {
        headers.push(("vary", "Origin".to_owned()));
    }
    if let Some(allowed) = origin.and_then(|origin| origins.header_for(origin, own)) {
        headers.push(("access-control-allow-origin", allowed));
        headers.push(("access-control-expose-headers", RESPONSE_HEADERS.to_owned()));
    }
    headers
}

/// What the answer to a preflight has besides, where the origin is allowed.
pub fn preflight(allow: &str) -> [(&'static str, String); 3] {
    [
        ("access-control-allow-methods", allow.to_owned()),
        ("access-control-allow-headers", REQUEST_HEADERS.to_owned()),
        ("access-control-max-age", PREFLIGHT_SECONDS.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "https://rollcall.example";

    fn allowed(origins: &Origins, origin: &str) -> Option<String> {
        let found = headers(origins, Some(origin), OWN);
        found
            .into_iter()
            .find(|(name, _)| *name == "access-control-allow-origin")
            .map(|(_, value)| value)
    }

    #[test]
    fn an_allowed_origin_may_read_the_answer_and_another_may_not() {
        let listed = Origins::Listed(vec!["https://app.example".to_owned()]);
        assert_eq!(allowed(&listed, "https://app.example").as_deref(), Some("https://app.example"));
        assert_eq!(allowed(&listed, "https://evil.example"), None);
        assert_eq!(allowed(&Origins::Any, "https://evil.example").as_deref(), Some("*"));
        assert_eq!(allowed(&Origins::Same, "https://evil.example"), None);
    }

    #[test]
    fn an_answer_that_depends_on_the_origin_says_so() {
        let varies =
            |origins: &Origins| headers(origins, None, OWN).iter().any(|(name, _)| *name == "vary");
        assert!(varies(&Origins::Same));
        assert!(!varies(&Origins::Any));
    }
}
