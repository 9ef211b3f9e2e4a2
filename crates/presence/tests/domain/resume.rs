//! A dropped socket that returns: rules 3 and 9, and whose token takes up what.

use presence::close::CloseCode;
use presence::effects::Command;
use presence::ids::ResumeToken;
use presence::state::{DeviceType, Status};

use crate::world::{ClientId, Fate, WireKind, World, status, user};

/// Ada watches Grace and has heard everything.
fn pair() -> (World, ClientId, ClientId) {
    let mut world = World::new();
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.run_for(100_000);
    (world, ada, grace)
}

#[test]
fn a_wrong_token_begins_a_new_session_without_an_error() {
    let mut world = World::new();
    let first = world.connect("ada");
    world.close(first);
    let guess = ResumeToken::new([7; 16]);
    let second = world.connect_as("ada", DeviceType::Web, Some(guess));
    assert!(!world.client(second).resumed);
    assert_ne!(world.session_of(first), world.session_of(second));
}

#[test]
fn the_token_of_another_user_takes_up_nothing() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let token = world.client(ada).token.clone();
    let grace = world.connect_as("grace", DeviceType::Web, Some(token));
    assert!(!world.client(grace).resumed);
    assert_eq!(world.client(ada).closed, None);
    let own = world.client(ada).token.clone();
    assert_ne!(world.client(grace).token, own);
}

#[test]
fn a_token_of_a_session_that_ended_takes_up_nothing() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let before = world.session_of(ada);
    world.say(ada, Command::Leave).unwrap();
    assert!(!world.resume(ada));
    assert_ne!(world.session_of(ada), before);
}

#[test]
fn the_token_stays_the_same_for_the_sessions_life() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let token = world.client(ada).token.clone();
    for _ in 0..3 {
        world.close(ada);
        world.run_for(1_000);
        assert!(world.resume(ada));
        assert_eq!(world.client(ada).token, token);
    }
}

#[test]
fn rule_03_the_late_close_of_an_older_connection_does_not_end_a_beating_session() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.run_for(1_000);
    let (id, first) = world.vanish(ada);
    world.run_for(1_000);
    assert!(world.resume(ada));
    world.close_event(&id, &first);
    world.run_for(300_000);
    assert!(world.look("ada", "").online);
    assert!(world.client(ada).socket.is_some());
}

#[test]
fn rule_03_a_resume_closes_the_older_socket_with_4002_and_ignores_its_frames() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.run_for(1_000);
    let (id, old) = world.vanish(ada);
    assert!(world.resume(ada));
    // The old socket was alive after all, and speaks.
    let key = old.0;
    world.node(&id).sockets.insert(key, old.1);
    let leave = world.input(&id, |hub, turn| hub.command(turn, key, None, Command::Leave));
    assert!(leave.is_ok());
    assert!(world.look("ada", "").online, "an older connection says nothing");
    assert!(!world.node(&id).sockets.contains_key(&key), "it was closed");
    assert_eq!(world.sessions("ada").len(), 1);
}

#[test]
fn rule_03_a_resume_over_a_live_socket_replaces_it() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let token = world.client(ada).token.clone();
    let second = world.connect_as("ada", DeviceType::Mobile, Some(token));
    assert!(world.client(second).resumed);
    assert_eq!(world.client(ada).closed, Some(CloseCode::Replaced));
    assert_eq!(world.sessions("ada").len(), 1);
}

#[test]
fn rule_09_a_resume_brings_what_changed_into_a_half_open_socket() {
    let (mut world, ada, grace) = pair();
    world.half_open(ada);
    world.set(grace, Status::Busy);
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Online), "sent into nowhere");
    world.run_for(20_000);
    assert!(world.resume(ada));
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy));
}

#[test]
fn rule_09_a_resume_after_missing_nothing_is_told_nothing() {
    let (mut world, ada, _) = pair();
    let before = world.client(ada).told_about("grace").len();
    world.close(ada);
    world.run_for(2_000);
    assert!(world.resume(ada));
    world.settle();
    assert_eq!(world.client(ada).told_about("grace").len(), before);
}

#[test]
fn rule_09_the_first_list_that_met_a_dead_socket_is_brought_again() {
    let (mut world, ada, _) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.run_for(100_000);
    world.resume(ada);
    world.client(ada).view.clear();
    world.half_open(ada);
    world.run_for(3_000);
    assert!(world.resume(ada));
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Online), "no change, but never told");
}

#[test]
fn rule_09_a_subscription_whose_state_met_a_dead_socket_is_told_at_the_resume() {
    let mut world = World::new();
    let (ada, _) = (world.connect("ada"), world.connect("grace"));
    world.run_for(100_000);
    world.subscribe(ada, &["grace"]);
    world.half_open(ada);
    world.run_for(20_000);
    assert!(world.resume(ada));
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Online));
}

#[test]
fn rule_09_a_slow_answer_to_a_subscription_that_met_a_dead_socket_is_told_at_the_resume() {
    let mut world = World::new();
    let (ada, _) = (world.connect("ada"), world.connect("grace"));
    world.run_for(100_000);
    world.network(|wire| {
        if wire.answers == Some(WireKind::Watch) { Fate::Delay(9_000) } else { Fate::Deliver }
    });
    world.subscribe(ada, &["grace"]);
    world.run_for(8_000);
    world.say(ada, Command::Heartbeat(None)).unwrap();
    world.half_open(ada);
    world.run_for(3_000);
    world.network(|_| Fate::Deliver);
    assert_eq!(world.client(ada).sees("grace"), None);
    assert!(world.resume(ada));
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Online));
}

#[test]
fn rule_09_a_slow_notice_that_met_a_dead_socket_is_told_at_the_resume() {
    let (mut world, ada, grace) = pair();
    world.node(&user("ada")).reachable = false;
    world.set(grace, Status::Away);
    world.run_for(25_000);
    // Ada's last proof of life is long after the change, and before the notice.
    world.half_open(ada);
    world.run_for(8_000);
    world.node(&user("ada")).reachable = true;
    world.run_for(20_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Online), "told to nobody");
    assert!(world.resume(ada));
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Away));
}

#[test]
fn rule_09_a_wake_that_finishes_late_into_a_dead_socket_is_repeated_at_the_resume() {
    let (mut world, ada, grace) = pair();
    world.set(grace, Status::Busy);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(100_000);
    world.resume(ada);
    world.client(ada).view.clear();
    world.network(|wire| if wire.kind == WireKind::Watch { Fate::Hold } else { Fate::Deliver });
    world.say(ada, Command::Leave).unwrap();
    world.resume(ada);
    world.run_for(30_000);
    world.half_open(ada);
    world.network(|_| Fate::Deliver);
    world.release(|_| true);
    world.run_for(20_000);
    assert!(world.resume(ada));
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy));
}

#[test]
fn an_answer_to_the_question_of_a_dead_socket_does_not_cheat_the_next_one() {
    let (mut world, ada, grace) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.set(grace, Status::Busy);
    world.run_for(100_000);
    world.network(|wire| {
        if wire.answers == Some(WireKind::Watch) { Fate::Delay(3_000) } else { Fate::Deliver }
    });
    world.resume(ada);
    world.client(ada).view.clear();
    world.run_for(1_000);
    world.close(ada);
    world.run_for(1_000);
    assert!(world.resume(ada));
    world.run_for(10_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy));
}

#[test]
fn after_a_crash_of_the_watchers_hub_everything_missed_is_told() {
    let (mut world, ada, grace) = pair();
    world.crash("ada");
    world.set(grace, Status::Busy);
    world.run_for(15_000);
    assert!(world.resume(ada), "vanished: a TTL from the discovery");
    world.run_for(5_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy));
}

#[test]
fn a_status_set_from_a_stale_socket_by_rest_is_not_lost_by_a_resume() {
    let (mut world, ada, grace) = pair();
    world.half_open(ada);
    let wanted = status(Status::Away);
    world.rest("grace", presence::calls::HubRequest::SetStatus(wanted)).unwrap();
    world.run_for(4_000);
    assert!(world.resume(ada));
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Away));
    assert_eq!(world.client(grace).closed, None);
}

#[test]
fn rule_09_a_resume_after_a_late_close_brings_what_the_half_open_socket_swallowed() {
    let (mut world, ada, grace) = pair();
    let key = world.half_open(ada);
    world.set(grace, Status::Busy);
    world.run_for(20_000);
    let socket = world.node(&user("ada")).sockets.remove(&key).unwrap();
    world.close_event(&user("ada"), &(key, socket));
    world.run_for(1_000);
    assert!(world.resume(ada), "within the grace");
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy));
}
