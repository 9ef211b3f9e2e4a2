//! Names of things: users, sessions, messages, sockets. Parsed at the border, never checked again.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A user id: a UUID in lower case, or an opaque id of 1–128 characters from
/// `A–Z a–z 0–9 . _ ~ @ | + -`, but neither `.` nor `..` (contract §1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

/// Why a text is not a [`UserId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidUserId;

impl fmt::Display for InvalidUserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a user id is a UUID, or 1 to 128 characters from A-Z a-z 0-9 . _ ~ @ | + -")
    }
}

impl std::error::Error for InvalidUserId {}

impl UserId {
    /// Parses and canonicalises (a UUID becomes lower case).
    pub fn parse(text: &str) -> Result<Self, InvalidUserId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._~@|+-".contains(&b);
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(allowed);
        if !fits || text == "." || text == ".." {
            return Err(InvalidUserId);
        }
        let canonical = if is_uuid(text) { text.to_ascii_lowercase() } else { text.to_owned() };
        Ok(Self(canonical))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `text` has the 36-character form of a UUID.
fn is_uuid(text: &str) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if dash(at) { b == b'-' } else { b.is_ascii_hexdigit() })
}

impl TryFrom<String> for UserId {
    type Error = InvalidUserId;
    fn try_from(text: String) -> Result<Self, InvalidUserId> {
        Self::parse(&text)
    }
}

impl From<UserId> for String {
    fn from(id: UserId) -> Self {
        id.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A session id: made here, opaque to clients. It names its user, so that a request about a
/// session is routed without a look-up. Not a secret: it grants nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    /// `s1.<user, base64url>.<96 random bits, base64url>`.
    pub fn new(user: &UserId, random: [u8; 16]) -> Self {
        let unique = random.get(..12).unwrap_or_default();
        Self(format!(
            "s1.{}.{}",
            URL_SAFE_NO_PAD.encode(user.as_str()),
            URL_SAFE_NO_PAD.encode(unique)
        ))
    }

    /// Takes any text that names a user; `None` if it cannot be a session id.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(text.to_owned());
        id.user().map(|_| id)
    }

    /// The user whose session this is.
    pub fn user(&self) -> Option<UserId> {
        let mut parts = self.0.split('.');
        let (version, user, unique, end) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next());
        if version != "s1"
            || end.is_some()
            || unique.len() != 16
            || !unique.bytes().all(is_base64url)
        {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(user).ok()?;
        UserId::parse(std::str::from_utf8(&bytes).ok()?).ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_base64url(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The secret that lets a client take up its session again: 128 random bits. Only its hash is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResumeToken(String);

impl ResumeToken {
    /// From 128 random bits.
    pub fn new(random: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }

    /// What a client sent; anything at all, since a wrong one only starts a new session.
    pub fn received(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// SHA-256, which is what is stored.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The text, to give to its client.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hides the secret, so that no log line can show it.
impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeToken(…)")
    }
}

/// A message's id, made by the sender's hub; devices drop repeats by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub String);

impl MessageId {
    /// From 128 random bits.
    pub fn new(random: [u8; 16]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(random))
    }
}

/// Names one accepted socket for as long as it is open; chosen by the shell, unique in its hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SocketKey(pub u64);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_uuid_becomes_lower_case_and_an_opaque_id_stays_as_it_is() {
        let uuid = UserId::parse("9F1B8A3E-0C7D-4A51-9E2B-6D5C4B3A2F10").unwrap();
        assert_eq!(uuid.as_str(), "9f1b8a3e-0c7d-4a51-9e2b-6d5c4b3a2f10");
        assert_eq!(UserId::parse("auth0|5F7c").unwrap().as_str(), "auth0|5F7c");
    }

    #[test]
    fn ids_that_would_make_a_key_or_a_path_ambiguous_are_refused() {
        let long = "x".repeat(129);
        for text in ["", ".", "..", "a:b", "a{b}", "a/b", "a*", "a b", "é", long.as_str(), "a\n"] {
            assert_eq!(UserId::parse(text), Err(InvalidUserId), "{text:?}");
        }
    }

    #[test]
    fn a_session_id_names_its_user() {
        let user = UserId::parse("auth0|5f7c").unwrap();
        let id = SessionId::new(&user, [7; 16]);
        assert_eq!(SessionId::parse(id.as_str()).unwrap().user(), Some(user));
    }

    #[test]
    fn what_is_not_a_session_id_is_refused() {
        for text in [
            "",
            "s1",
            "s1..",
            "s1.YQ.short",
            "s2.YQ.AAAAAAAAAAAAAAAA",
            "s1.YQ.AAAAAAAAAAAAAAA:",
            "s1.Og.AAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(SessionId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_resume_token_never_shows_in_debug_output() {
        let token = ResumeToken::new([9; 16]);
        assert!(!format!("{token:?}").contains(token.as_str()));
    }
}
