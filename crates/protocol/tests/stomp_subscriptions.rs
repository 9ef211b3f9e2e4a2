//! STOMP subscriptions: what they receive, what they ask of the domain, and how many there may be.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod common;

use common::{Client, NOW, body, presence, user, welcome};
use presence::effects::{Command, ServerMessage};
use presence::errors::{ErrorCode, Refusal};
use presence::time::Millis;
use protocol::stomp::{Action, Connection, MAX_SUBSCRIPTIONS};
use stomp::Version;

fn commands(action: Action) -> Vec<Command> {
    match action {
        Action::Run { commands, .. } => commands,
        Action::Send(_) => Vec::new(),
        other => panic!("{other:?}"),
    }
}

fn topic(of: &str) -> String {
    format!("/topic/presence.{of}")
}

#[test]
fn each_queue_receives_its_own_kind() {
    let mut client = Client::connected();
    for queue in ["presence", "messages", "typing", "sessions", "replies", "errors"] {
        client.subscribe(queue, &format!("/user/queue/{queue}"));
    }
    let told = client.deliver(&ServerMessage::Typing { from: user("bo"), typing: true });
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].header("subscription"), Some("typing"));
    assert_eq!(told[0].header("destination"), Some("/user/queue/typing"));
    assert_eq!(told[0].header("content-type"), Some("application/json"));
    assert_eq!(body(&told[0])["expiresInMs"], 5000);
    let told = client.deliver(&ServerMessage::Presence(presence("bo", 2)));
    assert_eq!((told.len(), told[0].header("subscription")), (1, Some("presence")));
    assert_eq!(body(&told[0])["type"], "presence");
    let refused = ServerMessage::SubscriptionRefused {
        target: user("bo"),
        refusal: Refusal::new(ErrorCode::TooManySubscribers, "full"),
    };
    let told = client.deliver(&refused);
    assert_eq!((told.len(), &body(&told[0])["targetUserId"]), (1, &"bo".into()));
}

#[test]
fn each_matching_subscription_has_a_message_of_its_own() {
    let mut client = Client::connected();
    client.subscribe("one", &topic("bo"));
    client.subscribe("two", &topic("bo"));
    client.subscribe("other", &topic("cy"));
    client.subscribe("all", "/user/queue/presence");
    let told = client.deliver(&ServerMessage::Presence(presence("bo", 2)));
    let mut subscriptions: Vec<_> =
        told.iter().map(|f| f.header("subscription").unwrap()).collect();
    subscriptions.sort_unstable();
    assert_eq!(subscriptions, ["all", "one", "two"]);
    let mut ids: Vec<_> = told.iter().map(|f| f.header("message-id").unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "message ids are unique");
}

#[test]
fn several_presences_come_together_in_the_queue_and_each_by_itself_on_a_topic() {
    let mut client = Client::connected();
    client.subscribe("all", "/user/queue/presence");
    client.subscribe("bo", &topic("bo"));
    let told =
        client.deliver(&ServerMessage::Presences(vec![presence("bo", 2), presence("cy", 1)]));
    assert_eq!(told.len(), 2);
    assert_eq!(body(&told[0])["presences"][1]["userId"], "cy");
    assert_eq!(
        (&body(&told[1])["type"], &body(&told[1])["userId"]),
        (&"presence".into(), &"bo".into())
    );
}

#[test]
fn without_a_subscription_nothing_is_sent() {
    let mut client = Client::connected();
    assert!(client.deliver(&ServerMessage::Presence(presence("bo", 2))).is_empty());
}

/// A topic that asked for all would leave the queue without those whom its client never heard of.
#[test]
fn each_queue_asks_for_all_and_a_topic_for_its_user_only() {
    let mut client = Client::connected();
    client.subscribe("m", "/user/queue/messages");
    for name in ["bo", "cy"] {
        let asked = commands(client.subscribe(name, &topic(name)));
        assert_eq!(asked, [Command::TopicSubscribe(user(name))]);
    }
    for id in ["q", "r"] {
        let asked = commands(client.subscribe(id, "/user/queue/presence"));
        assert_eq!(asked, [Command::PresenceReady]);
    }
}

#[test]
fn the_last_unsubscribe_of_the_queue_is_told_and_an_earlier_one_is_not() {
    let mut client = Client::connected();
    client.subscribe("q", "/user/queue/presence");
    client.subscribe("r", "/user/queue/presence");
    assert!(commands(client.one("UNSUBSCRIBE\nid:q\n\n\0")).is_empty());
    let last = commands(client.one("UNSUBSCRIBE\nid:r\n\n\0"));
    assert_eq!(last, [Command::PresenceDone]);
}

#[test]
fn the_last_unsubscribe_of_a_topic_ends_it_and_an_earlier_one_does_not() {
    let mut client = Client::connected();
    client.subscribe("one", &topic("bo"));
    client.subscribe("two", &topic("bo"));
    assert!(commands(client.one("UNSUBSCRIBE\nid:one\n\n\0")).is_empty());
    let last = commands(client.one("UNSUBSCRIBE\nid:two\n\n\0"));
    assert_eq!(last, [Command::TopicUnsubscribe(user("bo"))]);
}

#[test]
fn a_topic_that_another_socket_holds_is_not_ended() {
    let mut client = Client::connected();
    client.elsewhere = true;
    client.subscribe("one", &topic("bo"));
    assert!(client.connection.has_topic(&user("bo")));
    assert!(commands(client.one("UNSUBSCRIBE\nid:one\n\n\0")).is_empty());
    assert!(!client.connection.has_topic(&user("bo")));
}

#[test]
fn an_unknown_destination_is_refused_and_the_connection_stays() {
    let mut client = Client::connected();
    client.subscribe("e", "/user/queue/errors");
    for destination in [
        "/topic/nothing",
        "/topic/presence.",
        "/topic/presence.not valid",
        "/user/queue/nothing",
        "x",
    ] {
        let frames =
            client.sent(&format!("SUBSCRIBE\nid:s\ndestination:{destination}\nreceipt:r\n\n\0"));
        assert_eq!(body(&frames[0])["code"], "unknown_destination", "{destination}");
    }
}

#[test]
fn the_same_subscription_twice_is_one_and_an_id_for_two_destinations_is_a_violation() {
    let mut client = Client::connected();
    client.subscribe("a", "/user/queue/typing");
    let again = client.sent("SUBSCRIBE\nid:a\ndestination:/user/queue/typing\nreceipt:r\n\n\0");
    assert_eq!(again[0].header("receipt-id"), Some("r"));
    assert_eq!(client.deliver(&ServerMessage::Typing { from: user("bo"), typing: true }).len(), 1);
    assert!(matches!(client.subscribe("a", "/user/queue/errors"), Action::Fail { .. }));
}

/// The lease may have been refused, or have ended since: a receipt without asking would lie.
#[test]
fn a_topic_subscribed_again_asks_for_its_lease_again() {
    let mut client = Client::connected();
    client.subscribe("a", &topic("bo"));
    let again =
        client.one(&format!("SUBSCRIBE\nid:a\ndestination:{}\nreceipt:r\n\n\0", topic("bo")));
    assert!(matches!(&again, Action::Run { receipt: Some(_), .. }), "{again:?}");
    assert_eq!(commands(again), [Command::TopicSubscribe(user("bo"))]);
}

/// It takes no place, receives nothing, and its repeat is a first one.
#[test]
fn a_refused_subscribe_leaves_nothing_behind() {
    let first = |client: &mut Client| commands(client.subscribe("a", &topic("bo")));
    let mut client = Client::connected();
    let asked = first(&mut client);
    assert_eq!(asked, [Command::TopicSubscribe(user("bo"))]);
    client.connection.refused();
    assert!(!client.connection.has_topic(&user("bo")));
    assert!(client.deliver(&ServerMessage::Presence(presence("bo", 1))).is_empty());
    assert_eq!(first(&mut client), asked);
    client.connection.refused();
    let queue = commands(client.subscribe("a", "/user/queue/presence"));
    assert_eq!(queue, [Command::PresenceReady], "the id is free for another destination");
    client.connection.refused();
    assert_eq!(commands(client.subscribe("a", "/user/queue/presence")), [Command::PresenceReady]);
}

#[test]
fn a_refusal_undoes_its_own_subscribe_only() {
    let mut client = Client::connected();
    client.subscribe("a", &topic("bo"));
    client.subscribe("b", &topic("cy"));
    client.connection.refused();
    assert!(client.connection.has_topic(&user("bo")));
    assert!(!client.connection.has_topic(&user("cy")));
    client.subscribe("a", &topic("bo"));
    client.connection.refused();
    assert!(client.connection.has_topic(&user("bo")), "a repeat that is refused ends nothing");
    client.subscribe("b", &topic("cy"));
    client.one("SEND\ndestination:/app/heartbeat\n\n\0");
    client.connection.refused();
    assert!(client.connection.has_topic(&user("cy")), "another command was refused");
}

#[test]
fn unsubscribing_what_was_not_subscribed_is_acknowledged() {
    let frames = Client::connected().sent("UNSUBSCRIBE\nid:never\nreceipt:u\n\n\0");
    assert_eq!(frames[0].header("receipt-id"), Some("u"));
}

#[test]
fn a_socket_holds_64_subscriptions_and_refuses_the_next() {
    let mut client = Client::connected();
    client.subscribe("e", "/user/queue/errors");
    for n in 1..MAX_SUBSCRIPTIONS {
        assert!(matches!(
            client.subscribe(&format!("s{n}"), &topic(&format!("u{n}"))),
            Action::Run { .. }
        ));
    }
    let frames = client.sent(&format!("SUBSCRIBE\nid:x\ndestination:{}\n\n\0", topic("one-more")));
    assert_eq!(body(&frames[0])["code"], "too_many_destinations");
}

#[test]
fn subscriptions_that_are_too_large_together_are_refused() {
    let mut client = Client::connected();
    client.subscribe("e", "/user/queue/errors");
    let long = "i".repeat(3000);
    client.subscribe(&long, &topic("bo"));
    let frames = client.sent(&format!("SUBSCRIBE\nid:{long}x\ndestination:{}\n\n\0", topic("bo")));
    assert_eq!(body(&frames[0])["code"], "too_many_destinations");
}

#[test]
fn message_ids_stay_unique_when_the_memory_was_lost() {
    let mut client = Client::connected();
    client.subscribe("p", "/user/queue/presence");
    let told = ServerMessage::Presence(presence("bo", 2));
    let before = client.deliver(&told).remove(0);
    let (saved, half) = client.connection.save();
    let half = half.to_vec();
    client.connection = Connection::restore(saved, &half, Millis(NOW.0 + 1)).unwrap();
    let after = client.deliver(&told).remove(0);
    assert_ne!(before.header("message-id"), after.header("message-id"));
}

#[test]
fn a_connection_survives_hibernation_between_any_two_frames() {
    let mut client = Client::new(Version::V11);
    let mut seen = Vec::new();
    let frames = [
        "CONNECT\naccept-version:1.1\nhost:x\n\n\0",
        "SUBSCRIBE\nid:q\ndestination:/user/queue/presence\n\n\0",
        "SUBSCRIBE\nid:t\ndestination:/topic/presence.bo\n\n\0",
        "SEND\ndestination:/app/heartbeat\ncorrelation-id:a\\cb\n\n\0",
        "UNSUBSCRIBE\nid:t\n\n\0",
    ];
    for text in frames {
        let action = client.one(text);
        if matches!(action, Action::Connect { .. }) {
            client.connection.deliver(&welcome());
        } else {
            seen.extend(commands(action));
        }
        let (saved, half) = client.connection.save();
        let json = serde_json::to_string(&saved).unwrap();
        let half = half.to_vec();
        client.connection =
            Connection::restore(serde_json::from_str(&json).unwrap(), &half, NOW).unwrap();
    }
    let expected = [
        Command::PresenceReady,
        Command::TopicSubscribe(user("bo")),
        Command::Heartbeat(None),
        Command::TopicUnsubscribe(user("bo")),
    ];
    assert_eq!(seen, expected);
}
