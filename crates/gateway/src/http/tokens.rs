//! Tokens, compared in a time that does not tell how much of a guess is right.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

use crate::redis::Access;

/// As digests, which are of one length, whatever the tokens' are.
pub(super) struct Tokens {
    full: Vec<[u8; 32]>,
    read_only: Vec<[u8; 32]>,
}

impl Tokens {
    pub(super) fn new(full: &[String], read_only: &[String]) -> Self {
        let digests = |tokens: &[String]| tokens.iter().map(|token| digest(token)).collect();
        Self { full: digests(full), read_only: digests(read_only) }
    }

    /// What a token may do; `None` if it is not known. A token that is on both lists may do everything.
    pub(super) fn access(&self, token: &str) -> Option<Access> {
        let offered = digest(token);
        let (full, read_only) = (among(&self.full, &offered), among(&self.read_only, &offered));
        if bool::from(full) {
            return Some(Access::Full);
        }
        bool::from(read_only).then_some(Access::ReadOnly)
    }

    /// What an `Authorization` may do: `Bearer` and a token, or `Basic` with any name and a token for a
    /// password.
    pub(super) fn by_header(&self, authorization: &str) -> Option<Access> {
        let (scheme, offered) = authorization.split_once(' ')?;
        let offered = offered.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return self.access(offered);
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let pair = String::from_utf8(STANDARD.decode(offered).ok()?).ok()?;
        self.access(pair.split_once(':')?.1)
    }
}

/// Looks at all of them, wherever the right one is.
fn among(known: &[[u8; 32]], offered: &[u8; 32]) -> Choice {
    known.iter().fold(Choice::from(0), |found, each| found | each.ct_eq(offered))
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::{Access, Tokens};

    #[test]
    fn each_token_opens_what_it_should() {
        let list = |tokens: &[&str]| tokens.iter().map(ToString::to_string).collect::<Vec<_>>();
        let tokens = Tokens::new(&list(&["a", "b"]), &list(&["b", "c"]));
        assert_eq!(tokens.access("a"), Some(Access::Full));
        assert_eq!(tokens.access("b"), Some(Access::Full));
        assert_eq!(tokens.access("c"), Some(Access::ReadOnly));
        for wrong in ["", "A", "a ", "ab", "d"] {
            assert_eq!(tokens.access(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_token_is_a_bearer_or_a_password_of_anybody() {
        let tokens = Tokens::new(&["to:ken".to_owned()], &["look".to_owned()]);
        // me:to:ken, :look, me:no, and none with a colon.
        for (header, access) in [
            ("Bearer to:ken", Some(Access::Full)),
            ("bearer look", Some(Access::ReadOnly)),
            ("Basic bWU6dG86a2Vu", Some(Access::Full)),
            ("basic Omxvb2s=", Some(Access::ReadOnly)),
            ("Basic bWU6bm8=", None),
            ("Basic bWU=", None),
            ("Basic ***", None),
            ("Bearer", None),
            ("Digest to:ken", None),
            ("", None),
        ] {
            assert_eq!(tokens.by_header(header), access, "{header}");
        }
    }
}
