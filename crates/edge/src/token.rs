//! Tokens (contract §1): JSON Web Tokens in compact form.
//!
//! A check has three steps, since only the platform checks signatures (WebCrypto at the edge, `RustCrypto`
//! in tests): [`Unverified::parse`] splits the token and holds its header to the *key's* algorithm; the
//! platform verifies [`Unverified::signing_input`] against [`Unverified::signature`]; then
//! [`Unverified::claims`] reads and checks the claims. No claim can be read before the signature holds.

mod claims;
mod unverified;

pub use claims::{Checks, Claims, LEEWAY, Scopes};
pub use unverified::{Signed, Unsigned, Unverified};

/// Why a token is not taken. A caller learns it in words; it never holds a part of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// There is none.
    Missing,
    /// Not three parts of base64url with JSON in two of them, or too long.
    Malformed,
    /// Its header names another algorithm than the key's.
    WrongAlgorithm,
    /// It asks for an extension that must be understood (RFC 7515, 4.1.11).
    Critical,
    /// The signature does not hold.
    BadSignature,
    /// `exp` is missing, or it or another claim has the wrong type.
    BadClaims,
    /// `sub` is missing or no user id.
    BadSubject,
    /// `exp` has passed.
    Expired,
    /// `nbf` has not come.
    NotYetValid,
    /// `iss` is not the one that is configured.
    WrongIssuer,
    /// `aud` does not hold the one that is configured.
    WrongAudience,
}

impl TokenError {
    /// For the caller to read.
    pub fn detail(self) -> &'static str {
        match self {
            Self::Missing => "send a token: Authorization: Bearer <jwt>",
            Self::Malformed => "this is not a JSON Web Token",
            Self::WrongAlgorithm => "the token's algorithm is not the key's",
            Self::Critical => "the token asks for an extension that is not known here",
            Self::BadSignature => "the token's signature does not hold",
            Self::BadClaims => {
                "the token's claims are incomplete or have the wrong type; exp is required"
            }
            Self::BadSubject => "the token's sub is not a user id",
            Self::Expired => "the token has expired",
            Self::NotYetValid => "the token is not valid yet",
            Self::WrongIssuer => "the token's iss is not accepted here",
            Self::WrongAudience => "the token's aud is not accepted here",
        }
    }
}

/// The token of an `Authorization` header; the scheme's case does not matter (RFC 9110, 11.1).
pub fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests;
