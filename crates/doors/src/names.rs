//! Names and times: user ids, session ids, resume tokens, points in time, words on the wire.

use presence::ids::{ResumeToken, SessionId, UserId};
use presence::state::{DeviceType, EndReason, Protocol, Status};
use presence::time::Millis;

use crate::pieces::{split, survives_json};

/// What is read is canonical: written and read again it is the same, and each has one form only.
pub fn names(data: &[u8]) {
    let Some((number, _)) = split::<8>(data) else { return };
    time(Millis(i64::from_le_bytes(number)));
    let Ok(text) = std::str::from_utf8(data) else { return };
    user(text);
    session(text);
    token(text);
    words(text);
    if let Some(at) = Millis::parse(text) {
        assert_eq!(at.to_string(), text, "a time has one form");
    }
}

/// Every time that the code can come to can be written and read; sums never leave what SQL can hold.
fn time(at: Millis) {
    let near = Millis(0).plus(at.0);
    assert_eq!(Millis::parse(&near.to_string()), Some(near));
    survives_json(&near);
    let written = at.to_string();
    let read = Millis::parse(&written).unwrap_or_else(|| panic!("{written}"));
    assert_eq!(read.to_string(), written);
    for sum in [at + at.0, at - at.0, Millis(0).plus(Millis(0).since(at)), at.plus(i64::MAX)] {
        assert!(sum.0.unsigned_abs() < 1 << 53, "{sum:?}");
    }
}

fn user(text: &str) {
    let Ok(id) = UserId::parse(text) else { return };
    assert_eq!(UserId::parse(id.as_str()), Ok(id.clone()), "canonical is canonical");
    assert!(id.as_str().eq_ignore_ascii_case(text));
    assert!((1..=128).contains(&id.as_str().len()));
    assert!(!id.as_str().contains([':', '{', '}', '/', '*', ' ', '\0']));
    survives_json(&id);
    let session = SessionId::new(&id, [data_byte(text); 16]);
    assert_eq!(session.user().as_ref(), Some(&id));
    assert_eq!(SessionId::parse(session.as_str()), Some(session.clone()));
    assert!(presence::directory::shard_of(&id) < presence::directory::SHARDS);
    let cursor = edge::paging::cursor(&id);
    let query = edge::query::Query::parse(&format!("cursor={cursor}"));
    assert_eq!(edge::paging::page(&query, 10).unwrap().after, Some(id));
}

fn data_byte(text: &str) -> u8 {
    text.bytes().fold(0, u8::wrapping_add)
}

fn session(text: &str) {
    let Some(id) = SessionId::parse(text) else { return };
    assert_eq!(id.as_str(), text);
    assert!(text.len() < 256 && text.is_ascii());
    assert!(id.user().is_some());
    survives_json(&id);
}

fn token(text: &str) {
    let token = ResumeToken::received(text);
    assert_eq!(token.hash(), ResumeToken::received(token.as_str()).hash());
    assert_eq!(format!("{token:?}"), "ResumeToken(…)");
    survives_json(&token);
}

fn words(text: &str) {
    assert!(Status::parse(text).is_none_or(|word| word.as_str() == text));
    assert!(DeviceType::parse(text).is_none_or(|word| word.as_str() == text));
    assert!(EndReason::parse(text).is_none_or(|word| word.as_str() == text));
    assert!(Protocol::parse(text).is_none_or(|word| word.as_str() == text));
    // The names of the tables are those of the wire.
    let wire = |word: &str| format!("\"{word}\"");
    if let Some(word) = Status::parse(text) {
        assert_eq!(serde_json::to_string(&word).unwrap(), wire(text));
    }
    if let Some(word) = EndReason::parse(text) {
        assert_eq!(serde_json::to_string(&word).unwrap(), wire(text));
    }
}
