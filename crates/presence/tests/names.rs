//! User ids, session ids and resume tokens, whatever text they are read from.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use presence::ids::{ResumeToken, SessionId, UserId};
use proptest::prelude::*;

/// Ids as people have them, and text that is nearly one.
fn nearly_an_id() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9._~@|+-]{1,128}",
        "[A-Za-z0-9._~@|+-]{120,136}",
        "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        "[0-9a-fA-FgG]{8}-[0-9a-fA-F]{3,5}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        "[a-z.]{0,3}",
        "[ -~]{0,12}",
        "\\PC{0,8}",
    ]
}

fn an_id() -> impl Strategy<Value = UserId> {
    "[A-Za-z0-9_~@|+-]{1,128}".prop_map(|text| UserId::parse(&text).unwrap())
}

/// The contract's words (§1), written down a second time.
fn is_an_id(text: &str) -> bool {
    let allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~@|+-";
    !text.is_empty()
        && text.len() <= 128
        && text.chars().all(|c| allowed.contains(c))
        && text != "."
        && text != ".."
}

fn is_a_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.concat().chars().all(|c| c.is_ascii_hexdigit())
}

proptest! {
    #[test]
    fn a_user_id_is_what_the_contract_says_and_has_one_form(text in nearly_an_id()) {
        let read = UserId::parse(&text);
        prop_assert_eq!(read.is_ok(), is_an_id(&text));
        if let Ok(id) = read {
            let form = if is_a_uuid(&text) { text.to_lowercase() } else { text };
            prop_assert_eq!(id.as_str(), &form);
            prop_assert_eq!(&UserId::parse(id.as_str()).unwrap(), &id);
            let json = serde_json::to_string(&id).unwrap();
            prop_assert_eq!(serde_json::from_str::<UserId>(&json).unwrap(), id);
        }
    }

    #[test]
    fn a_session_id_names_its_user_and_no_other_session(
        user in an_id(), other in an_id(), a in any::<[u8; 16]>(), b in any::<[u8; 16]>()
    ) {
        let id = SessionId::new(&user, a);
        prop_assert_eq!(id.user(), Some(user.clone()));
        prop_assert_eq!(SessionId::parse(id.as_str()), Some(id.clone()));
        prop_assert!(id.as_str().len() < 256);
        let same = user == other && a[..12] == b[..12];
        prop_assert_eq!(SessionId::new(&other, b) == id, same);
    }

    /// An id that was changed on its way is refused, or names some user all the same: nothing panics, and
    /// nothing but the text itself is remembered.
    #[test]
    fn a_garbled_session_id_is_none_or_stays_as_it_is(
        user in an_id(), at in any::<prop::sample::Index>(), with in any::<char>(), cut in any::<bool>()
    ) {
        let whole = SessionId::new(&user, [7; 16]);
        let mut letters: Vec<char> = whole.as_str().chars().collect();
        let at = at.index(letters.len());
        if cut { letters.truncate(at) } else { letters[at] = with }
        let text: String = letters.into_iter().collect();
        if let Some(id) = SessionId::parse(&text) {
            prop_assert_eq!(id.as_str(), &text);
            prop_assert!(is_an_id(id.user().unwrap().as_str()));
            prop_assert!(!cut, "{text} is no whole id");
        }
    }

    #[test]
    fn any_text_is_a_session_id_that_names_a_user_or_none(text in "(s1\\.)?\\PC{0,40}") {
        let id = SessionId::parse(&text);
        prop_assert!(id.is_none_or(|id| id.as_str() == text && id.user().is_some()));
    }

    #[test]
    fn a_resume_token_is_known_by_its_hash_and_never_shown(bits in any::<[u8; 16]>(), text in "\\PC{0,64}") {
        let made = ResumeToken::new(bits);
        prop_assert_eq!(made.as_str().len(), 22);
        prop_assert_eq!(ResumeToken::received(made.as_str()).hash(), made.hash());
        let received = ResumeToken::received(&text);
        prop_assert_eq!(received.hash() == made.hash(), text == made.as_str());
        prop_assert_eq!(format!("{made:?}{received:?}"), "ResumeToken(…)ResumeToken(…)");
        let json = serde_json::to_string(&received).unwrap();
        prop_assert_eq!(serde_json::from_str::<ResumeToken>(&json).unwrap(), received);
    }
}
