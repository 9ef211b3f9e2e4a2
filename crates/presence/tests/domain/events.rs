//! Every change yields its typed event in its own turn; events of one turn share a revision.

use presence::calls::HubRequest;
use presence::config::HubConfig;
use presence::effects::Command;
use presence::events::{EventKind, SubscriptionEnd};
use presence::state::{EndReason, Status};

use crate::world::{World, status, user};

/// An event in a few words.
fn name(kind: &EventKind) -> String {
    match kind {
        EventKind::Online { visible, .. } => format!("online visible={visible}"),
        EventKind::Offline { visible, .. } => format!("offline visible={visible}"),
        EventKind::Changed { visible, .. } => format!("changed visible={visible}"),
        EventKind::SessionStarted { .. } => "session started".into(),
        EventKind::SessionEnded { reason, .. } => format!("session ended {}", reason.as_str()),
        EventKind::SubscriptionCreated { target, .. } => format!("created {target}"),
        EventKind::SubscriptionEnded { target, reason, .. } => format!("ended {target} {reason:?}"),
        EventKind::MessageSent { .. } => "sent".into(),
    }
}

fn names(world: &mut World, id: &str) -> Vec<String> {
    world.take_events(id).iter().map(name).collect()
}

#[test]
fn coming_changing_hiding_showing_and_going_each_have_their_event() {
    let mut world = World::new();
    let ada = world.connect("ada");
    assert_eq!(names(&mut world, "ada"), ["session started", "online visible=true"]);
    let second = world.connect("ada");
    assert_eq!(names(&mut world, "ada"), ["session started"], "nothing of the presence changed");
    world.set(ada, Status::Busy);
    assert_eq!(names(&mut world, "ada"), ["changed visible=true"]);
    world.set(ada, Status::Busy);
    assert!(names(&mut world, "ada").is_empty(), "the same again is no change");
    world.set(ada, Status::Invisible);
    assert_eq!(names(&mut world, "ada"), ["changed visible=false"]);
    world.say(second, Command::Leave).unwrap();
    assert_eq!(names(&mut world, "ada"), ["session ended left"]);
    world.say(ada, Command::Leave).unwrap();
    assert_eq!(names(&mut world, "ada"), ["session ended left", "offline visible=false"]);
    world.rest("ada", HubRequest::SetStatus(status(Status::Online))).unwrap();
    assert_eq!(names(&mut world, "ada"), ["changed visible=true"]);
}

/// Only events of the presence did; a consumer of sessions showed when a hidden user came and went.
#[test]
fn every_event_of_a_hidden_user_says_that_nobody_sees_them() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.set(ada, Status::Invisible);
    names(&mut world, "ada");
    let second = world.connect("ada");
    world.subscribe(ada, &["bob", "eve"]);
    world.say(ada, Command::Unsubscribe(vec!["bob".into()])).unwrap();
    world.send_text(ada, &["bob"], None, "hello").unwrap();
    world.say(second, Command::Leave).unwrap();
    world.say(ada, Command::Leave).unwrap();
    world.run_for(3_700_000);
    let kinds = world.take_events("ada");
    assert_eq!(kinds.len(), 9, "{kinds:?}");
    for kind in kinds {
        let event = serde_json::to_value(&kind).unwrap();
        assert_eq!(event["data"]["visible"], false, "{event}");
    }
    world.connect("eve");
    let event = serde_json::to_value(&world.take_events("eve")[0]).unwrap();
    assert_eq!(event["data"]["visible"], true, "{event}");
}

#[test]
fn a_resume_within_the_grace_is_no_event() {
    let mut world = World::new();
    let ada = world.connect("ada");
    names(&mut world, "ada");
    world.close(ada);
    world.run_for(5_000);
    assert!(world.resume(ada));
    world.run_for(60_000);
    assert!(names(&mut world, "ada").is_empty());
}

#[test]
fn sessions_end_with_their_reason() {
    let mut world = World::with(HubConfig { max_sessions: 2, ..HubConfig::default() });
    let [left, closed, silent, revoked] =
        ["left", "closed", "silent", "revoked"].map(|id| world.connect(id));
    world.say(left, Command::Leave).unwrap();
    world.close(closed);
    world.go_silent(silent);
    let session = world.session_of(revoked);
    world.rest("revoked", HubRequest::Revoke { session }).unwrap();
    let evicted = world.connect("evicted");
    world.connect("evicted");
    world.run_for(1);
    world.connect("evicted");
    let token = world.connect("token");
    let (now, socket) = (world.now, world.socket_of(token));
    world.node(&user("token")).sockets.get_mut(&socket).unwrap().token_expires_at =
        Some(now + 1_000);
    for (id, reason) in [("protocol", EndReason::ProtocolError), ("rate", EndReason::RateLimited)] {
        let client = world.connect(id);
        let (user, (key, socket)) = world.vanish(client);
        world.node(&user).sockets.insert(key, socket);
        let now = world.now;
        let attached = world.node(&user).attached(now).remove(0);
        let _ = world.input(&user, |hub, turn| hub.closed(turn, &attached, reason));
        world.node(&user).sockets.remove(&key);
    }
    // A hub is woken by its alarm for the token's end only if it knew of it: any input will do.
    world.run_for(2_000);
    world.rest("token", HubRequest::Sweep).unwrap();
    world.run_for(120_000);
    let expected = [
        ("left", EndReason::Left),
        ("closed", EndReason::Closed),
        ("silent", EndReason::Expired),
        ("revoked", EndReason::Revoked),
        ("evicted", EndReason::Evicted),
        ("token", EndReason::Unauthorized),
        ("protocol", EndReason::ProtocolError),
        ("rate", EndReason::RateLimited),
    ];
    for (id, reason) in expected {
        let ended: Vec<String> =
            names(&mut world, id).into_iter().filter(|n| n.starts_with("session ended")).collect();
        assert_eq!(ended, [format!("session ended {}", reason.as_str())], "{id}");
    }
    let told = world.client(evicted).closed.unwrap();
    assert_eq!(told, presence::close::CloseCode::TooManySessions);
}

#[test]
fn subscriptions_are_created_once_and_end_with_their_reason() {
    let mut world = World::with(HubConfig { max_subscribers: 1, ..HubConfig::default() });
    let other = world.connect("other");
    world.subscribe(other, &["full"]);
    world.settle();
    let ada = world.connect("ada");
    world.settle();
    names(&mut world, "ada");
    world.subscribe(ada, &["bob", "eve", "bob", "full"]);
    assert_eq!(names(&mut world, "ada"), ["created bob", "created eve", "created full"]);
    world.settle();
    assert_eq!(names(&mut world, "ada"), ["ended full Denied"]);
    world.subscribe(ada, &["bob"]);
    world.say(ada, Command::Unsubscribe(vec!["bob".into(), "zoe".into()])).unwrap();
    assert_eq!(names(&mut world, "ada"), ["ended bob Unsubscribed"]);
    world.say(ada, Command::Leave).unwrap();
    names(&mut world, "ada");
    world.run_for(3_700_000);
    assert_eq!(names(&mut world, "ada"), [format!("ended eve {:?}", SubscriptionEnd::Expired)]);
}

#[test]
fn a_message_is_one_event_that_holds_what_a_consumer_needs() {
    let mut world = World::new();
    let ada = world.connect("ada");
    names(&mut world, "ada");
    world.send_text(ada, &["bob", "eve"], Some("c1"), "hello").unwrap();
    world.send_text(ada, &["bob", "eve"], Some("c1"), "hello").unwrap();
    let events = world.take_events("ada");
    let [EventKind::MessageSent { client_message_id, to, content, .. }] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!(client_message_id.as_deref(), Some("c1"));
    assert_eq!((to.len(), content), (2, &serde_json::json!("hello")));
}

#[test]
fn events_of_one_turn_share_a_revision_and_later_ones_are_greater() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.connect("ada");
    world.set(ada, Status::Away);
    world.say(ada, Command::Leave).unwrap();
    let revisions: Vec<i64> = world.events.iter().map(|e| e.revision).collect();
    assert_eq!(revisions, [1, 1, 2, 3, 4]);
    let presence = |e: &presence::events::Event| match &e.kind {
        EventKind::Online { presence, .. } | EventKind::Changed { presence, .. } => {
            Some((presence.version, e.revision))
        }
        _ => None,
    };
    for (version, revision) in world.events.iter().filter_map(presence) {
        assert_eq!(version, revision, "the presence in it carries the same number");
    }
}

#[test]
fn a_turn_that_storage_undid_has_no_event() {
    let mut world = World::new();
    let ada = world.connect("ada");
    names(&mut world, "ada");
    world.node(&user("ada")).store().refuse_writes(true);
    assert!(world.say(ada, Command::SetStatus(status(Status::Busy))).is_err());
    assert!(names(&mut world, "ada").is_empty());
}

#[test]
fn an_event_reads_back_as_it_was_written() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.send_text(ada, &["bob"], None, "x").unwrap();
    world.say(ada, Command::Leave).unwrap();
    for event in &world.events {
        let json = serde_json::to_string(event).unwrap();
        let read: presence::events::Event = serde_json::from_str(&json).unwrap();
        assert_eq!(read, *event);
        assert!(json.contains("\"type\":\"rollcall."), "{json}");
    }
}
