//! Bugs that the simulator found, each played again in the shortest world that shows it.

use presence::calls::{HubRequest, HubResponse, Page};
use presence::config::HubConfig;
use presence::effects::{Command, ServerMessage};
use presence::errors::ErrorCode;
use presence::state::Status;

use crate::world::{Fate, WireKind, World, user};

/// It lived on until the alarm for its beats, up to a TTL later.
#[test]
fn without_a_grace_a_session_ends_with_its_close() {
    let mut world = World::with(HubConfig { offline_grace: 0, ..HubConfig::default() });
    let ada = world.connect("ada");
    world.run_for(10_000);
    world.close(ada);
    assert_eq!(world.sessions("ada"), Vec::<String>::new());
    assert!(!world.look("ada", "").online);
}

/// The answer's turn had the acknowledgement ready and was undone: nobody was ever told.
#[test]
fn an_acknowledgement_that_storage_undid_is_a_refusal() {
    let mut world = World::new();
    let (ada, _grace) = (world.connect("ada"), world.connect("grace"));
    world.run_for(1_000);
    world.send_text(ada, &["grace"], Some("m1"), "hello").unwrap();
    world.node(&user("ada")).store().refuse_writes(true);
    world.settle();
    assert_eq!(world.client(ada).refusals(), [ErrorCode::Unavailable]);
    world.node(&user("ada")).store().refuse_writes(false);
    world.run_for(400_000);
    world.send_text(ada, &["grace"], Some("m1"), "hello").unwrap();
    world.settle();
    let [(_, reached)] = world.sent_replies(ada).try_into().unwrap();
    assert_eq!(reached, [("grace".to_owned(), 1)]);
}

/// The edge was at one end only: the target's own list was full.
#[test]
fn a_full_audience_leaves_room_for_oneself() {
    let mut world = World::with(HubConfig { max_subscribers: 1, ..HubConfig::default() });
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(bob, &["ada"]);
    world.settle();
    world.subscribe(ada, &["ada"]);
    world.say(ada, Command::SetStatus(crate::world::status(Status::Busy))).unwrap();
    world.settle();
    assert_eq!(world.client(ada).sees("ada"), Some(Status::Busy));
    assert_eq!(world.audience("ada"), ["ada", "bob"]);
    let page = Page { limit: 10, after: None };
    let listed = world.rest("ada", HubRequest::Subscribers { page }).unwrap();
    assert!(matches!(listed, HubResponse::Subscribers { count: 2, .. }));
}

/// What the sockets lacked was known to memory only, and the object hibernated before storage took writes
/// again.
#[test]
fn after_an_undone_turn_a_hub_with_sockets_stays_awake_until_they_were_told() {
    let mut world = World::new();
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.run_for(1_000);
    world.set(grace, Status::Busy);
    world.run_for(50);
    world.set(grace, Status::Away);
    world.run_for(50);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy), "the second one is gathered");
    world.node(&user("ada")).store().refuse_writes(true);
    world.set_device(ada, Status::Away).unwrap_err();
    assert!(!world.hibernate("ada"), "something is pending");
    world.run_for(20_000);
    assert!(!world.hibernate("ada"), "still");
    world.node(&user("ada")).store().refuse_writes(false);
    world.run_for(10_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Away));
    assert!(world.hibernate("ada"), "all is told");
}

/// A target that fails stops nobody behind it.
#[test]
fn a_target_that_fails_fails_alone_wherever_it_stands() {
    use presence::calls::Outcome::{Failed, Refreshed};
    let mut world = World::with(HubConfig { max_subscriptions: 2, ..HubConfig::default() });
    let ada = world.connect("ada");
    world.subscribe(ada, &["not an id!", "grace", "bob", "carl", "eve", "bob"]);
    world.settle();
    assert_eq!(world.watching("ada"), ["bob", "grace"]);
    let targets = ["dora", "bob", "grace"].map(str::to_owned).to_vec();
    let answer = world.rest("ada", HubRequest::Subscribe { targets }).unwrap();
    let HubResponse::Outcomes { results } = answer else { panic!("{answer:?}") };
    let outcomes: Vec<_> = results.iter().map(|result| result.outcome).collect();
    assert_eq!(outcomes, [Failed, Refreshed, Refreshed]);
}

/// "Each target's presence follows", also where the target could not be reached at first and the
/// hub left memory before it asked again.
#[test]
fn a_question_of_a_repeated_subscription_outlives_the_memory_during_its_back_off() {
    let mut world = World::new();
    let (stomp, _grace) = (world.connect_stomp("ada", None), world.connect("grace"));
    world.say(stomp, Command::TopicSubscribe(user("grace"))).unwrap();
    world.settle();
    let heard = world.client(stomp).inbox.len();
    world.node(&user("grace")).reachable = false;
    world.say(stomp, Command::TopicSubscribe(user("grace"))).unwrap();
    world.run_for(20_000);
    while !world.hibernate("ada") {
        world.run_for(1);
    }
    assert_eq!(world.client(stomp).inbox.len(), heard);
    world.node(&user("grace")).reachable = true;
    world.run_for(120_000);
    let told = &world.client(stomp).inbox[heard..];
    let of_grace = |message: &ServerMessage| match message {
        ServerMessage::Presence(presence) => presence.user_id == user("grace"),
        _ => false,
    };
    assert!(told.iter().any(|(_, message)| of_grace(message)), "{told:?}");
}

/// That nobody was owed anything any more was known to memory only: each alarm that found the hub out of
/// it armed another a minute later, for ever.
#[test]
fn an_alarm_arms_none_for_a_watcher_who_was_owed_and_has_left() {
    let mut world = World::new();
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.settle();
    world.network(|wire| if wire.kind == WireKind::Notify { Fate::Lose } else { Fate::Deliver });
    world.set(grace, Status::Busy);
    world.run_for(15_000);
    world.say(ada, Command::Unsubscribe(vec!["grace".into()])).unwrap();
    world.say(grace, Command::Leave).unwrap();
    world.run_for(2_000);
    let fired = |world: &World| world.alarms_fired.get(&user("grace")).copied().unwrap_or(0);
    let before = fired(&world);
    for _ in 0..10 {
        world.hibernate("grace");
        world.run_for(60_000);
    }
    let after = fired(&world) - before;
    assert!(after <= 3, "{after} alarms for somebody who has left and whom nobody watches");
}
