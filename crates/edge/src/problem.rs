//! Problem details (RFC 9457): the one form in which anything is refused over HTTP.

use presence::errors::{ErrorCode, Refusal};

/// One place of a body that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// A JSON Pointer as a URI fragment: `#/targetUserIds/3`; `#` is the whole body.
    pub pointer: String,
    /// What should be there.
    pub detail: String,
}

/// A refusal on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which refusal, and what was wrong this time.
    pub refusal: Refusal,
    /// Where a body is wrong.
    pub errors: Vec<FieldError>,
    /// For 405: the methods that the path has.
    pub allow: Option<String>,
}

/// The members of RFC 9457, and two of our own: `code` and `errors`.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Body<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: ErrorCode,
    instance: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
}

/// `application/problem+json`.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// Seconds after which a refusal for want of an answer may be tried again.
const RETRY_SOON: &str = "1";
/// Seconds after which somebody may have mended the settings.
const RETRY_LATER: &str = "60";

impl Problem {
    /// A problem with its detail.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Refusal::new(code, detail).into()
    }

    /// A body of the wrong shape, and where.
    pub fn invalid_body(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => format!("{}: {}", one.pointer, one.detail),
            _ => format!("{} fields are wrong", errors.len()),
        };
        Self { errors, ..Self::new(ErrorCode::InvalidBody, detail) }
    }

    /// The path exists, with other methods.
    pub fn method_not_allowed(allow: &str) -> Self {
        let problem = Self::new(ErrorCode::MethodNotAllowed, format!("this path takes {allow}"));
        Self { allow: Some(allow.to_owned()), ..problem }
    }

    /// No such path, or none in this environment.
    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "there is nothing at this path")
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.refusal.code.status()
    }

    /// The body. `instance` is the request's path, without its query, which may hold a token.
    pub fn body<'a>(&'a self, instance: &'a str) -> Body<'a> {
        let code = self.refusal.code;
        Body {
            kind: format!("/docs#{}", code.code()),
            title: code.title(),
            status: code.status(),
            detail: &self.refusal.detail,
            code,
            instance,
            errors: &self.errors,
        }
    }

    /// The headers that this refusal must carry.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let one = |name, value: &str| vec![(name, value.to_owned())];
        match self.refusal.code {
            ErrorCode::Unauthorized => one("www-authenticate", "Bearer realm=\"rollcall\""),
            ErrorCode::MethodNotAllowed => {
                self.allow.iter().map(|allow| ("allow", allow.clone())).collect()
            }
            ErrorCode::UpgradeRequired => one("upgrade", "websocket"),
            ErrorCode::Misconfigured => one("retry-after", RETRY_LATER),
            code if code.status() == 503 => one("retry-after", RETRY_SOON),
            _ => Vec::new(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, errors: Vec::new(), allow: None }
    }
}

impl From<crate::token::TokenError> for Problem {
    fn from(error: crate::token::TokenError) -> Self {
        Self::new(ErrorCode::Unauthorized, error.detail())
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "a test stops at the first surprise"
    )]
    use serde_json::json;

    use super::*;

    #[test]
    fn every_code_has_all_members() {
        for code in ErrorCode::ALL {
            let body = json!(Problem::new(*code, "because").body("/api/x"));
            for member in ["type", "title", "detail", "code", "instance"] {
                assert!(!body[member].as_str().unwrap().is_empty(), "{member} of {}", code.code());
            }
            assert_eq!(body["status"], code.status());
            assert!(body.get("errors").is_none());
        }
    }

    #[test]
    fn a_wrong_body_says_where() {
        let error = FieldError { pointer: "#/a/0".to_owned(), detail: "a text".to_owned() };
        let problem = Problem::invalid_body(vec![error]);
        assert_eq!(problem.refusal.detail, "#/a/0: a text");
        assert_eq!(
            json!(problem.body("/x"))["errors"],
            json!([{ "pointer": "#/a/0", "detail": "a text" }])
        );
    }

    #[test]
    fn refusals_carry_their_headers() {
        let names =
            |problem: Problem| problem.headers().iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let of = |code| names(Problem::new(code, "x"));
        assert_eq!(of(ErrorCode::Unauthorized), ["www-authenticate"]);
        assert_eq!(of(ErrorCode::UpgradeRequired), ["upgrade"]);
        for code in ErrorCode::ALL.iter().filter(|code| code.status() == 503) {
            assert_eq!(of(*code), ["retry-after"]);
        }
        assert_eq!(of(ErrorCode::Forbidden), Vec::<&str>::new());
        assert_eq!(
            Problem::method_not_allowed("GET, HEAD").headers(),
            [("allow", "GET, HEAD".to_owned())]
        );
    }
}
