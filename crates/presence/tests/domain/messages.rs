//! Rule 14: a message is durable with all that it is owed to, sent once, delivered at least once.

use presence::effects::Command;
use presence::errors::ErrorCode;
use presence::ids::UserId;
use presence::state::Status;

use crate::world::{Fate, WireKind, World, user};

/// The ids of the messages that a client received, in order, repeats included.
fn received(world: &mut World, client: crate::world::ClientId) -> Vec<String> {
    let of = |message: &presence::effects::ServerMessage| match message {
        presence::effects::ServerMessage::Message(m) => Some(m.message_id.0.clone()),
        _ => None,
    };
    world.client(client).inbox.iter().filter_map(|(_, m)| of(m)).collect()
}

#[test]
fn rule_14_a_message_reaches_every_device_of_each_recipient_and_the_senders_others() {
    let mut world = World::new();
    let (ada, ada_2) = (world.connect("ada"), world.connect("ada"));
    let (bob, bob_2, eve) = (world.connect("bob"), world.connect("bob"), world.connect("eve"));
    world.send_text(ada, &["bob", "eve", "bob", "offline"], Some("c1"), "hi").unwrap();
    world.settle();
    for client in [ada_2, bob, bob_2, eve] {
        assert_eq!(world.client(client).messages(), ["hi"]);
    }
    assert!(world.client(ada).messages().is_empty(), "the device that sent it knows");
    let replies = world.sent_replies(ada);
    let expected = vec![("bob".to_owned(), 2), ("eve".to_owned(), 1)];
    assert_eq!(replies.len(), 1);
    let mut delivered = replies[0].1.clone();
    delivered.sort();
    assert_eq!(delivered, expected, "offline users and users without a socket are not named");
}

#[test]
fn rule_14_a_crash_between_commit_and_deliver_then_a_repeat_still_delivers_once() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.network(|wire| if wire.kind == WireKind::Deliver { Fate::Hold } else { Fate::Deliver });
    world.send_text(ada, &["bob"], Some("c1"), "owed").unwrap();
    world.crash("ada");
    world.network(|_| Fate::Deliver);
    assert!(world.resume(ada));
    world.send_text(ada, &["bob"], Some("c1"), "owed").unwrap();
    world.settle();
    assert_eq!(world.client(bob).messages(), ["owed"], "delivered, and once");
    let replies = world.sent_replies(ada);
    assert_eq!(replies.len(), 1);
    assert_eq!(replies[0].1, [("bob".to_owned(), 1)]);
    let events = world.take_events("ada");
    let sent =
        events.iter().filter(|e| matches!(e, presence::events::EventKind::MessageSent { .. }));
    assert_eq!(sent.count(), 1, "one message is one event");
}

#[test]
fn rule_14_a_crash_after_commit_delivers_without_any_repeat() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.network(|wire| if wire.kind == WireKind::Deliver { Fate::Hold } else { Fate::Deliver });
    world.send_text(ada, &["bob"], None, "owed").unwrap();
    world.crash("ada");
    world.network(|_| Fate::Deliver);
    world.run_for(70_000);
    assert_eq!(world.client(bob).messages(), ["owed"], "by the alarm alone");
}

#[test]
fn rule_14_the_same_client_message_id_within_an_hour_is_one_message() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    for _ in 0..3 {
        world.send_text(ada, &["bob"], Some("c1"), "once").unwrap();
        world.settle();
        world.hibernate("ada");
    }
    world.run_for(3_590_000);
    world.send_text(ada, &["bob"], Some("c1"), "once").unwrap();
    world.settle();
    assert_eq!(world.client(bob).messages(), ["once"]);
    let replies = world.sent_replies(ada);
    assert_eq!(replies.len(), 4);
    assert!(replies.iter().all(|reply| *reply == replies[0]), "each answered with its state");
    world.run_for(10_000);
    world.send_text(ada, &["bob"], Some("c1"), "again").unwrap();
    world.settle();
    assert_eq!(world.client(bob).messages(), ["once", "again"], "an hour later it is another");
}

#[test]
fn rule_14_a_repeat_while_a_recipient_is_unreachable_is_answered_at_once_with_its_state() {
    let mut world = World::new();
    let (ada, _bob) = (world.connect("ada"), world.connect("bob"));
    world.node(&user("eve")).reachable = false;
    world.send_text(ada, &["bob", "eve"], Some("c1"), "x").unwrap();
    world.run_for(60_000);
    let before = world.sent_replies(ada).len();
    world.send_text(ada, &["bob", "eve"], Some("c1"), "x").unwrap();
    world.run_for(50);
    let replies = world.sent_replies(ada);
    assert_eq!(replies.len(), before + 1);
    assert_eq!(replies.last().unwrap().1, [("bob".to_owned(), 1)]);
}

#[test]
fn rule_14_an_unreachable_recipient_gets_it_later_once_per_device() {
    let mut world = World::new();
    let (ada, eve) = (world.connect("ada"), world.connect("eve"));
    world.node(&user("eve")).reachable = false;
    world.send_text(ada, &["eve"], Some("c1"), "later").unwrap();
    world.settle();
    assert_eq!(world.sent_replies(ada)[0].1, [], "acknowledged, and honest");
    world.run_for(600_000);
    world.hibernate("ada");
    world.crash("ada");
    world.node(&user("eve")).reachable = true;
    world.run_for(600_000);
    assert_eq!(world.client(eve).messages(), ["later"]);
    assert_eq!(world.number("ada", "SELECT count(*) FROM messages WHERE owed IS NOT NULL"), 0);
}

#[test]
fn rule_14_a_message_is_given_up_after_an_hour() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.node(&user("eve")).reachable = false;
    world.send_text(ada, &["eve"], None, "lost").unwrap();
    world.run_for(3_600_000 + 400_000);
    assert_eq!(world.number("ada", "SELECT count(*) FROM messages WHERE owed IS NOT NULL"), 0);
    let calls = world.calls("ada", WireKind::Deliver);
    world.run_for(3_600_000);
    assert_eq!(world.calls("ada", WireKind::Deliver), calls, "nobody is called any more");
}

#[test]
fn rule_14_a_new_message_under_an_old_name_is_not_settled_by_the_old_ones_answer() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.node(&user("bob")).reachable = false;
    world.send_text(ada, &["bob"], Some("c1"), "old").unwrap();
    world.run_for(3_595_000);
    // The last call of the old one is under way when the hour is over.
    world.node(&user("bob")).reachable = true;
    world.network(|wire| if wire.kind == WireKind::Deliver { Fate::Hold } else { Fate::Deliver });
    for _ in 0..700 {
        if world.held(WireKind::Deliver) > 0 {
            break;
        }
        world.run_for(1000);
    }
    assert_eq!(world.held(WireKind::Deliver), 1);
    // The new one's own call is lost; then the old one's is answered.
    world.network(|wire| if wire.kind == WireKind::Deliver { Fate::Lose } else { Fate::Deliver });
    world.send_text(ada, &["bob"], Some("c1"), "new").unwrap();
    world.release(|_| true);
    world.run_for(100);
    world.network(|_| Fate::Deliver);
    world.run_for(600_000);
    assert!(world.client(bob).messages().contains(&"new".into()));
}

#[test]
fn rule_14_a_lost_answer_delivers_again_under_the_same_message_id() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    let mut lose = true;
    world.network(move |wire| {
        let answers = wire.answers == Some(WireKind::Deliver);
        if answers && std::mem::take(&mut lose) { Fate::Lose } else { Fate::Deliver }
    });
    world.send_text(ada, &["bob"], None, "twice").unwrap();
    world.run_for(120_000);
    let ids = received(&mut world, bob);
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1], "devices drop the second by it");
}

#[test]
fn rule_14_a_message_to_oneself_goes_to_the_other_devices_and_is_acknowledged_at_once() {
    let mut world = World::new();
    let (ada, other) = (world.connect("ada"), world.connect("ada"));
    world.send_text(ada, &["ada"], Some("note"), "remember").unwrap();
    assert_eq!(world.sent_replies(ada)[0].1, [("ada".to_owned(), 1)]);
    assert_eq!(world.client(other).messages(), ["remember"]);
    world.settle();
    assert_eq!(world.calls("ada", WireKind::Deliver), 0, "no call to oneself");
    world.send_text(ada, &["ada"], Some("note"), "remember").unwrap();
    assert_eq!(world.client(other).messages().len(), 1);
    world.say(other, Command::Leave).unwrap();
    world.send_text(ada, &["ada"], None, "alone").unwrap();
    assert_eq!(world.sent_replies(ada)[2].1, [], "there is no other device");
}

#[test]
fn rule_14_fifty_recipients_are_one_message_and_fifty_one_are_refused() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let names: Vec<String> = (0..51).map(|n| format!("u{n:02}")).collect();
    let clients: Vec<_> = names[..50].iter().map(|name| world.connect(name)).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(world.send_text(ada, &all, None, "x").unwrap_err().code, ErrorCode::InvalidBody);
    assert_eq!(world.send_text(ada, &[], None, "x").unwrap_err().code, ErrorCode::InvalidBody);
    world.send_text(ada, &all[..50], None, "x").unwrap();
    world.settle();
    assert_eq!(world.sent_replies(ada)[0].1.len(), 50);
    for client in clients {
        assert_eq!(world.client(client).messages(), ["x"]);
    }
    assert_eq!(world.number("ada", "SELECT count(*) FROM messages"), 1);
}

#[test]
fn rule_14_content_is_any_json_of_at_most_16_kib() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    let longest = "x".repeat(16 * 1024 - 2);
    world.send_text(ada, &["bob"], None, &longest).unwrap();
    let refused = world.send_text(ada, &["bob"], None, &format!("{longest}x")).unwrap_err();
    assert_eq!(refused.code, ErrorCode::ContentTooLarge);
    for content in [serde_json::Value::Null, serde_json::json!({"a": [1, null]})] {
        let to = vec![user("bob")];
        world.say(ada, Command::SendMessage { to, client_message_id: None, content }).unwrap();
    }
    world.settle();
    assert_eq!(world.client(bob).messages().len(), 3);
}

#[test]
fn rule_14_nothing_is_kept_for_a_detached_session() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.close(bob);
    world.send_text(ada, &["bob"], None, "missed").unwrap();
    world.settle();
    assert_eq!(world.sent_replies(ada)[0].1, []);
    assert!(world.resume(bob));
    world.send_text(ada, &["bob"], None, "marker").unwrap();
    world.settle();
    assert_eq!(world.client(bob).messages(), ["marker"]);
}

#[test]
fn typing_is_never_stored_never_repeated_and_no_event() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.node(&user("eve")).reachable = false;
    world.settle();
    world.take_events("ada");
    let _ = (world.rows_written("ada"), world.rows_written("bob"));
    let to: Vec<UserId> = vec![user("bob"), user("eve"), user("ada")];
    world.say(ada, Command::Typing { to, typing: true }).unwrap();
    world.run_for(10_000);
    assert_eq!((world.rows_written("ada"), world.rows_written("bob")), (0, 0));
    assert_eq!(world.calls("ada", WireKind::Deliver), 2, "once to each, and not to oneself");
    assert!(world.take_events("ada").is_empty());
    let typing = |m: &presence::effects::ServerMessage| {
        matches!(m, presence::effects::ServerMessage::Typing { typing: true, .. })
    };
    assert_eq!(world.client(bob).inbox.iter().filter(|(_, m)| typing(m)).count(), 1);
}

#[test]
fn a_message_from_a_hidden_user_is_delivered_as_any_other() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.set(ada, Status::Invisible);
    world.send_text(ada, &["bob"], None, "psst").unwrap();
    world.settle();
    assert_eq!(world.client(bob).messages(), ["psst"]);
}
