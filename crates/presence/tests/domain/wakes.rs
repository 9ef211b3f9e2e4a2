//! Sleeping watchers and how they wake: rules 6 and 7.

use presence::effects::Command;
use presence::state::Status;

use crate::world::{ClientId, Fate, WireKind, World, user};

/// Ada watches Grace; both are there.
fn pair() -> (World, ClientId, ClientId) {
    let mut world = World::new();
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.run_for(30_000);
    (world, ada, grace)
}

#[test]
fn a_watcher_without_a_socket_is_called_once_and_then_left_alone() {
    let (mut world, ada, grace) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.settle();
    let before = world.calls("grace", WireKind::Notify);
    for round in 0..6 {
        world.set(grace, if round % 2 == 0 { Status::Busy } else { Status::Online });
        world.settle();
    }
    assert_eq!(world.calls("grace", WireKind::Notify), before + 1, "asleep from the first on");
    assert_eq!(world.audience("grace"), ["ada"], "and still an edge");
}

#[test]
fn a_connect_wakes_the_edge_and_brings_the_newest_state() {
    let (mut world, ada, grace) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.set(grace, Status::Busy);
    world.settle();
    world.set(grace, Status::Away);
    world.settle();
    let again = world.connect("ada");
    world.settle();
    assert_eq!(world.client(again).sees("grace"), Some(Status::Away));
    world.set(grace, Status::Busy);
    world.settle();
    assert_eq!(world.client(again).sees("grace"), Some(Status::Busy), "awake again");
}

#[test]
fn the_marks_of_sleep_survive_hibernation() {
    let (mut world, ada, grace) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.set(grace, Status::Busy);
    world.run_for(30_000);
    let before = world.calls("grace", WireKind::Notify);
    assert!(world.hibernate("grace"));
    world.set(grace, Status::Away);
    world.settle();
    assert_eq!(world.calls("grace", WireKind::Notify), before);
    let again = world.connect("ada");
    world.settle();
    assert_eq!(world.client(again).sees("grace"), Some(Status::Away));
}

#[test]
fn rule_06_late_no_sockets_answer_does_not_put_a_waking_watcher_to_sleep() {
    let (mut world, ada, grace) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.network(|wire| {
        if wire.answers == Some(WireKind::Notify) { Fate::Delay(4_000) } else { Fate::Deliver }
    });
    world.set(grace, Status::Busy);
    world.run_for(1_000);
    let again = world.connect("ada");
    world.run_for(1_000);
    assert_eq!(world.client(again).sees("grace"), Some(Status::Busy), "its watch was taken");
    world.network(|_| Fate::Deliver);
    world.run_for(10_000);
    world.set(grace, Status::Away);
    world.run_for(10_000);
    assert_eq!(world.client(again).sees("grace"), Some(Status::Away), "the old answer was dropped");
}

#[test]
fn rule_06_late_not_watching_answer_does_not_end_an_edge_made_since() {
    let (mut world, ada, grace) = pair();
    world.network(|wire| {
        if wire.answers == Some(WireKind::Notify) { Fate::Delay(4_000) } else { Fate::Deliver }
    });
    world.say(ada, Command::Unsubscribe(vec!["grace".into()])).unwrap();
    world.set(grace, Status::Busy);
    world.run_for(100);
    world.subscribe(ada, &["grace"]);
    world.run_for(1_000);
    assert_eq!(world.audience("grace"), ["ada"]);
    world.run_for(10_000);
    assert_eq!(world.audience("grace"), ["ada"], "the answer was about the edge before");
    world.set(grace, Status::Away);
    world.run_for(10_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Away));
}

#[test]
fn rule_07_a_watch_sent_before_the_socket_opened_does_not_settle_its_wake() {
    let (mut world, ada, grace) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.set(grace, Status::Busy);
    world.run_for(30_000);
    world.network(|wire| {
        if wire.answers == Some(WireKind::Watch) { Fate::Delay(2_000) } else { Fate::Deliver }
    });
    let first = world.connect("ada");
    world.run_for(1_000);
    let second = world.connect("ada");
    world.run_for(1_500);
    let mark = "SELECT count(*) FROM meta WHERE wake IS NOT NULL";
    assert_eq!(world.number("ada", mark), 1, "the answer to the first question has come");
    world.run_for(8_500);
    assert_eq!(world.number("ada", mark), 0);
    assert_eq!(world.client(first).sees("grace"), Some(Status::Busy));
    assert_eq!(world.client(second).sees("grace"), Some(Status::Busy), "it asked for itself");
}

#[test]
fn rule_07_a_wake_survives_hibernation_during_its_back_off() {
    let (mut world, ada, grace) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.set(grace, Status::Busy);
    world.run_for(30_000);
    world.node(&user("grace")).reachable = false;
    let again = world.connect("ada");
    let mut slept = false;
    for _ in 0..2_000 {
        world.run_for(10);
        slept = slept || world.hibernate("ada");
    }
    assert!(slept);
    assert_eq!(world.client(again).sees("grace"), None);
    world.node(&user("grace")).reachable = true;
    world.run_for(120_000);
    assert_eq!(world.client(again).sees("grace"), Some(Status::Busy));
}

#[test]
fn rule_07_the_alarm_alone_takes_up_a_wake_after_hibernation() {
    let (mut world, ada, grace) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.set(grace, Status::Busy);
    world.run_for(30_000);
    world.node(&user("grace")).reachable = false;
    let again = world.connect("ada");
    world.run_for(20_000);
    world.node(&user("grace")).reachable = true;
    while !world.hibernate("ada") {
        world.run_for(1);
    }
    assert_eq!(world.client(again).sees("grace"), None);
    world.run_for(70_000);
    assert_eq!(world.client(again).sees("grace"), Some(Status::Busy), "no other input came");
}

#[test]
fn rule_07_a_failed_question_is_asked_again_after_its_own_back_off() {
    let (mut world, ada, _) = pair();
    world.say(ada, Command::Leave).unwrap();
    world.run_for(30_000);
    world.node(&user("grace")).reachable = false;
    let again = world.connect("ada");
    world.settle();
    world.node(&user("grace")).reachable = true;
    world.run_for(10_000);
    assert_eq!(world.client(again).sees("grace"), Some(Status::Online), "not after a minute");
}

#[test]
fn rule_07_the_mark_goes_when_all_have_answered() {
    let (mut world, ada, _) = pair();
    world.subscribe(ada, &["bob", "eve"]);
    world.settle();
    world.close(ada);
    world.node(&user("eve")).reachable = false;
    world.run_for(1_000);
    assert!(world.resume(ada));
    world.run_for(5_000);
    let mark = "SELECT count(*) FROM meta WHERE wake IS NOT NULL";
    assert_eq!(world.number("ada", mark), 1, "eve has not answered");
    world.node(&user("eve")).reachable = true;
    world.run_for(60_000);
    assert_eq!(world.number("ada", mark), 0);
}

#[test]
fn unsubscribing_from_the_last_silent_target_ends_the_wake() {
    let (mut world, ada, _) = pair();
    world.close(ada);
    world.node(&user("grace")).reachable = false;
    world.run_for(1_000);
    assert!(world.resume(ada));
    world.run_for(1_000);
    world.say(ada, Command::Unsubscribe(vec!["grace".into()])).unwrap();
    assert_eq!(world.number("ada", "SELECT count(*) FROM meta WHERE wake IS NOT NULL"), 0);
}
