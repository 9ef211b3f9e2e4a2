//! Storage that refuses a write undoes the turn as a whole; afterwards everything is right.

use presence::calls::HubRequest;
use presence::effects::Command;
use presence::errors::ErrorCode;
use presence::state::Status;

use crate::world::{ClientId, World, status, user};

fn refuse(world: &mut World, id: &str, refuse: bool) {
    world.node(&user(id)).store().refuse_writes(refuse);
}

fn pair() -> (World, ClientId, ClientId) {
    let mut world = World::new();
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.run_for(5_000);
    (world, ada, grace)
}

#[test]
fn a_refused_command_tells_the_client_and_changes_nothing() {
    let (mut world, ada, grace) = pair();
    refuse(&mut world, "grace", true);
    let wanted = Command::SetStatus(status(Status::Busy));
    let refusal = world.say(grace, wanted.clone()).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::Unavailable);
    assert_eq!(world.client(grace).refusals(), [ErrorCode::Unavailable]);
    assert_eq!(world.look("grace", "").status, Status::Online);
    refuse(&mut world, "grace", false);
    world.run_for(2_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Online));
    world.say(grace, wanted).unwrap();
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy));
}

#[test]
fn a_refused_connect_leaves_no_session() {
    let mut world = World::new();
    refuse(&mut world, "ada", true);
    assert_eq!(world.try_connect("ada").unwrap_err().code, ErrorCode::Unavailable);
    refuse(&mut world, "ada", false);
    assert!(world.sessions("ada").is_empty());
    assert!(world.events.is_empty());
    world.connect("ada");
    assert!(world.look("ada", "").online);
}

#[test]
fn a_refused_subscribe_writes_at_neither_end() {
    let (mut world, ada, _) = pair();
    refuse(&mut world, "ada", true);
    let subscribe = Command::Subscribe(vec!["bob".into(), "eve".into()]);
    assert!(world.say(ada, subscribe).is_err());
    refuse(&mut world, "ada", false);
    world.run_for(120_000);
    assert_eq!(world.watching("ada"), ["grace"]);
    assert!(world.audience("bob").is_empty() && world.audience("eve").is_empty());
}

#[test]
fn an_alarm_that_storage_refused_comes_again_soon() {
    let (mut world, ada, grace) = pair();
    world.close(grace);
    world.run_for(9_000);
    refuse(&mut world, "grace", true);
    world.run_for(30_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Online), "it could not be written");
    refuse(&mut world, "grace", false);
    world.run_for(6_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Offline));
}

#[test]
fn an_alarm_of_a_hub_without_sessions_is_not_lost_to_a_refusal() {
    let mut world = World::new();
    world.rest("ada", HubRequest::Subscribe { targets: vec!["grace".into()] }).unwrap();
    world.run_for(5_000);
    world.node(&user("grace")).reachable = false;
    world.rest("ada", HubRequest::Unsubscribe { targets: vec!["grace".into()] }).unwrap();
    world.run_for(30_000);
    refuse(&mut world, "ada", true);
    world.node(&user("grace")).reachable = true;
    world.run_for(100_000);
    refuse(&mut world, "ada", false);
    world.run_for(400_000);
    assert!(world.audience("grace").is_empty());
    assert!(world.node(&user("ada")).rows("SELECT * FROM watching").is_empty());
}

#[test]
fn a_target_that_cannot_write_is_asked_again() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.settle();
    refuse(&mut world, "grace", true);
    world.subscribe(ada, &["grace"]);
    world.run_for(20_000);
    assert_eq!(world.client(ada).sees("grace"), None);
    refuse(&mut world, "grace", false);
    world.run_for(60_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Offline));
    assert_eq!(world.audience("grace"), ["ada"]);
}

#[test]
fn a_refusal_in_the_middle_of_a_pass_leaves_nobody_untold() {
    for after in 0..14 {
        let (mut world, ada, grace) = pair();
        let bob = world.connect("bob");
        world.subscribe(bob, &["grace"]);
        world.run_for(5_000);
        world.set(grace, Status::Busy);
        world.run_for(after);
        refuse(&mut world, "grace", true);
        world.run_for(20_000);
        refuse(&mut world, "grace", false);
        world.run_for(70_000);
        for watcher in [ada, bob] {
            assert_eq!(world.client(watcher).sees("grace"), Some(Status::Busy), "after {after} ms");
        }
    }
}

#[test]
fn what_was_gathered_for_a_socket_when_storage_refused_is_asked_anew() {
    let (mut world, ada, grace) = pair();
    world.set(grace, Status::Busy);
    world.run_for(20);
    world.set(grace, Status::Away);
    world.run_for(20);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy), "the second waits its window");
    refuse(&mut world, "ada", true);
    assert!(world.say(ada, Command::Subscribe(vec!["bob".into()])).is_err());
    refuse(&mut world, "ada", false);
    world.run_for(70_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Away));
}
