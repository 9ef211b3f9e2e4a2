//! Leases belong to the subscriber and end by its clock alone (rule 10).

use presence::calls::{HubRequest, HubResponse};
use presence::effects::Command;
use presence::events::{EventKind, SubscriptionEnd};

use crate::world::{Fate, WireKind, World, user};

const HOUR: i64 = 3_600_000;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("t{n:03}")).collect()
}

/// How many subscriptions of `id` ended by time since the last look.
fn expired(world: &mut World, id: &str) -> usize {
    let of = |kind: &EventKind| {
        matches!(kind, EventKind::SubscriptionEnded { reason: SubscriptionEnd::Expired, .. })
    };
    world.take_events(id).iter().filter(|kind| of(kind)).count()
}

fn rest_subscribe(world: &mut World, id: &str, target: &str) -> i64 {
    let request = HubRequest::Subscribe { targets: vec![target.into()] };
    match world.rest(id, request).unwrap() {
        HubResponse::Outcomes { results } => results[0].expires_at.unwrap().0,
        other => panic!("{other:?}"),
    }
}

#[test]
fn rule_10_while_a_session_lives_its_leases_live_without_a_call_or_a_row() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.settle();
    let sent = world.sent.len();
    world.rows_written("ada");
    world.rows_written("grace");
    world.run_for(10 * HOUR);
    assert_eq!(world.watching("ada"), ["grace"]);
    assert_eq!(world.sent.len(), sent);
    assert_eq!((world.rows_written("ada"), world.rows_written("grace")), (0, 0));
}

#[test]
fn rule_10_a_lease_ends_one_ttl_after_the_last_session_ended() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.run_for(HOUR);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(HOUR - 1);
    assert_eq!(world.watching("ada"), ["grace"]);
    assert_eq!(world.audience("grace"), ["ada"]);
    world.run_for(1);
    assert!(world.watching("ada").is_empty());
    assert_eq!(expired(&mut world, "ada"), 1);
    world.settle();
    assert!(world.audience("grace").is_empty());
    assert!(world.node(&user("ada")).rows("SELECT * FROM watching").is_empty());
}

#[test]
fn rule_10_two_hundred_and_fifty_edges_end_a_hundred_a_turn_by_alarm() {
    let mut world = World::new();
    let ada = world.connect("ada");
    for chunk in names(250).chunks(100) {
        world.say(ada, Command::Subscribe(chunk.to_vec())).unwrap();
        world.run_for(5_000);
    }
    assert_eq!(world.watching("ada").len(), 250);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(HOUR - 1);
    world.take_events("ada");
    world.network(|wire| if wire.kind == WireKind::Unwatch { Fate::Hold } else { Fate::Deliver });
    let fired = world.alarms_fired[&user("ada")];
    world.run_for(1);
    let ended: Vec<i64> = world.events.iter().map(|event| event.revision).collect();
    assert_eq!(ended.len(), 250, "all of them, at once");
    let turns = world.alarms_fired[&user("ada")] - fired;
    assert!((3..=4).contains(&turns), "a hundred a turn: {turns} turns");
    world.network(|_| Fate::Deliver);
    world.release(|_| true);
    world.run_for(300_000);
    assert!(world.node(&user("ada")).rows("SELECT * FROM watching").is_empty());
    for target in names(250) {
        assert!(world.audience(&target).is_empty());
    }
}

#[test]
fn rule_10_an_ended_lease_does_not_revive_by_a_late_connect() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.settle();
    world.say(ada, Command::Leave).unwrap();
    world.node(&user("ada")).alarm = None;
    world.run_for(HOUR + 5);
    assert_eq!(world.watching("ada"), ["grace"], "the alarm never came");
    world.connect("ada");
    assert!(world.watching("ada").is_empty());
    world.settle();
    assert!(world.audience("grace").is_empty());
}

#[test]
fn rule_10_a_lease_runs_from_the_sessions_end_and_not_from_its_discovery() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.settle();
    world.close(ada);
    world.node(&user("ada")).alarm = None;
    world.run_for(HOUR + 10_005);
    assert_eq!(world.sessions("ada").len(), 1, "nobody has looked");
    world.connect("ada");
    assert!(world.watching("ada").is_empty(), "a late alarm revives no lease (rules, 4)");
}

#[test]
fn rule_10_a_renewal_without_a_session_runs_from_the_moment_it_was_made() {
    let mut world = World::new();
    let first = rest_subscribe(&mut world, "ada", "grace");
    assert_eq!(first, world.now.0 + HOUR);
    world.run_for(HOUR / 2);
    let second = rest_subscribe(&mut world, "ada", "grace");
    assert_eq!(second, world.now.0 + HOUR);
    world.run_for(HOUR - 1);
    assert_eq!(world.watching("ada"), ["grace"]);
    world.run_for(1_000);
    assert!(world.watching("ada").is_empty());
    assert!(world.audience("grace").is_empty());
}

#[test]
fn rule_10_a_lease_without_a_session_survives_hibernation_and_a_crash() {
    for crash in [false, true] {
        let mut world = World::new();
        rest_subscribe(&mut world, "ada", "grace");
        world.settle();
        if crash {
            world.crash("ada");
        } else {
            assert!(world.hibernate("ada"));
        }
        world.run_for(HOUR);
        assert!(world.watching("ada").is_empty());
        world.settle();
        assert!(world.audience("grace").is_empty());
    }
}

#[test]
fn rule_10_leases_renewed_at_different_times_end_at_different_times() {
    let mut world = World::new();
    rest_subscribe(&mut world, "ada", "bob");
    world.run_for(600_000);
    rest_subscribe(&mut world, "ada", "grace");
    world.run_for(HOUR - 600_000);
    assert_eq!(world.watching("ada"), ["grace"]);
    world.run_for(600_000);
    assert!(world.watching("ada").is_empty());
}

#[test]
fn rule_10_a_hub_registers_with_its_first_row_of_any_kind() {
    let mut world = World::new();
    world.look("nobody", "");
    world.settle();
    assert!(world.registered.is_empty(), "reading writes nothing");
    world.directory_down = true;
    rest_subscribe(&mut world, "ada", "grace");
    world.run_for(60_000);
    assert!(world.registered.is_empty());
    world.directory_down = false;
    world.run_for(400_000);
    let mut registered = world.registered.clone();
    registered.sort_unstable();
    assert_eq!(registered, [user("ada"), user("grace")], "once each, the watched one too");
}
