//! What a flush becomes: each key of the contract, and how many commands a flow is billed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use mirror::{Keys, commands};
use presence::ids::{SessionId, UserId};
use presence::mirror::{Flush, SessionState, Standing, Ttl};
use presence::state::{DeviceType, Session};
use presence::time::Millis;

const ALL: Keys = Keys { deprecated: true };
const NOW: Millis = Millis(1_800_000_000_000);

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn id() -> SessionId {
    SessionId::new(&user("ada"), [7; 16])
}

fn session() -> Session {
    let json = serde_json::json!({
        "sessionId": id().as_str(), "userId": "ada", "protocol": "v12.stomp",
        "device": { "type": "mobile" }, "connectedAt": NOW.to_string(),
        "lastSeenAt": NOW.to_string(), "expiresAt": NOW.to_string(),
        "heartbeatIntervalMs": 25_000, "connected": true,
    });
    serde_json::from_value(json).unwrap()
}

/// Nothing to say of anything.
fn nothing() -> Flush {
    Flush {
        user: user("ada"),
        sessions: Vec::new(),
        session_ids: None,
        standing: None,
        subscription: None,
        subscribers: None,
        watchers: None,
        ttl: Ttl { session: 90, subscription: 3_690, audience: 86_400 },
    }
}

/// Ada comes, visible or not.
fn comes(shown: Option<DeviceType>) -> Flush {
    Flush {
        sessions: vec![SessionState { id: id(), session: Some(session()), shown, kept: false }],
        session_ids: Some(vec![id()]),
        standing: Some(Standing { online: shown.is_some(), last_active: Some(NOW) }),
        ..nothing()
    }
}

fn said(flush: &Flush, kept: Keys) -> Vec<String> {
    let word = |part: &Vec<u8>| {
        let text = String::from_utf8(part.clone()).unwrap();
        if text.starts_with('{') { "{…}".into() } else { text }
    };
    let text = |parts: &[Vec<u8>]| parts.iter().map(word).collect::<Vec<String>>().join(" ");
    commands(flush, kept).iter().map(|command| text(command.parts())).collect()
}

#[test]
fn coming_online_is_at_most_ten_commands() {
    let id = id();
    let id = id.as_str();
    let expected = [
        format!("SET ws:session:{id} {{…}} EX 90"),
        format!("SET presence:user:ada:online:{id} mobile EX 90"),
        "DEL ws:user:sessions:ada".into(),
        format!("SADD ws:user:sessions:ada {id}"),
        "EXPIRE ws:user:sessions:ada 90".into(),
        "SET ws:connections:ada 1 EX 90".into(),
        "SADD presence:online ada".into(),
        "SET presence:user:ada:last_active 1800000000000".into(),
    ];
    assert_eq!(said(&comes(Some(DeviceType::Mobile)), ALL), expected);
    assert!(expected.len() <= 10);
}

#[test]
fn the_deprecated_key_can_be_left_out() {
    let kept = said(&comes(Some(DeviceType::Mobile)), Keys { deprecated: false });
    assert!(kept.iter().all(|command| !command.contains("ws:connections")), "{kept:?}");
}

#[test]
fn of_a_hidden_user_no_key_of_presence_says_that_they_are_here() {
    let all = said(&comes(None), ALL);
    let shown =
        |command: &&String| command.contains("presence:") && !command.contains("last_active");
    for command in all.iter().filter(shown) {
        assert!(command.starts_with("DEL ") || command.starts_with("SREM "), "{command}");
    }
}

#[test]
fn the_last_session_takes_its_keys_with_it_in_six_commands() {
    let flush = Flush {
        sessions: vec![SessionState { id: id(), session: None, shown: None, kept: false }],
        session_ids: Some(Vec::new()),
        standing: Some(Standing { online: false, last_active: Some(NOW) }),
        ..nothing()
    };
    let expected = [
        format!("DEL ws:session:{}", id().as_str()),
        format!("DEL presence:user:ada:online:{}", id().as_str()),
        "DEL ws:user:sessions:ada".into(),
        "DEL ws:connections:ada".into(),
        "SREM presence:online ada".into(),
        "SET presence:user:ada:last_active 1800000000000".into(),
    ];
    assert_eq!(said(&flush, ALL), expected);
}

#[test]
fn a_change_of_status_is_two_commands_and_five_with_the_watchers() {
    let standing = Some(Standing { online: true, last_active: Some(NOW) });
    let change = Flush { standing, ..nothing() };
    assert_eq!(said(&change, ALL).len(), 2);
    let watchers = Flush { watchers: Some(vec![user("bob"), user("cy")]), ..change };
    let expected = [
        "DEL presence:user:ada:watchers",
        "SADD presence:user:ada:watchers bob cy",
        "EXPIRE presence:user:ada:watchers 86400",
    ];
    assert_eq!(said(&watchers, ALL)[2..], expected);
}

#[test]
fn sets_are_rewritten_whole_and_an_empty_one_is_gone() {
    let subscription = Some(vec![user("bob")]);
    let flush = Flush { subscription, subscribers: Some(Vec::new()), ..nothing() };
    let expected = [
        "DEL presence:subscription:ada",
        "SADD presence:subscription:ada bob",
        "EXPIRE presence:subscription:ada 3690",
        "DEL presence:subscribers:ada",
    ];
    assert_eq!(said(&flush, ALL), expected);
}

/// A Cluster has no hash tags to rely on.
#[test]
fn every_command_names_one_key() {
    let everything = Flush {
        subscription: Some(vec![user("bob")]),
        subscribers: Some(vec![user("cy")]),
        watchers: Some(vec![user("cy")]),
        ..comes(Some(DeviceType::Web))
    };
    for command in commands(&everything, ALL) {
        let keys = match command.name().as_str() {
            "DEL" => command.parts().len() - 1,
            "SET" | "SADD" | "SREM" | "EXPIRE" => 1,
            other => panic!("{other}"),
        };
        assert_eq!(keys, 1, "{command:?}");
    }
}
