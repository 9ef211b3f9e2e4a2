//! Rule 12 and invariant 8: one projection, and nothing in it gives a hidden user away.

use presence::calls::HubRequest;
use presence::effects::{Command, ServerMessage};
use presence::state::{DeviceType, Presence, Status};

use crate::world::{WireKind, World, status, user};

/// What must be equal for two looks to tell nothing apart.
fn facts(p: &Presence) -> (bool, Status, Option<String>, usize, Option<i64>, i64) {
    (
        p.online,
        p.status,
        p.message.clone(),
        p.devices.len(),
        p.last_active_at.map(|at| at.0),
        p.version,
    )
}

#[test]
fn rule_12_hiding_looks_like_leaving_and_stays_frozen() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let grace = world.connect("grace");
    world.subscribe(ada, &["grace"]);
    world.run_for(30_000);
    world.set(grace, Status::Invisible);
    let hidden_at = world.now.0;
    world.settle();
    let frozen = facts(&world.look("grace", "ada"));
    assert_eq!(frozen, (false, Status::Offline, None, 0, Some(hidden_at), 2));
    // Everything that a user can do, while hidden.
    for step in 0..6 {
        world.run_for(40_000);
        match step {
            0 => drop(world.connect_as("grace", DeviceType::Mobile, None)),
            1 => world.set_device(grace, Status::Away).unwrap(),
            2 => world.say(grace, Command::Heartbeat(None)).unwrap(),
            3 => world.subscribe(grace, &["ada"]),
            4 => world.send_text(grace, &["bob"], None, "hidden").unwrap(),
            _ => {
                let more = presence::calls::SetStatus {
                    message: Some("still here".into()),
                    ..status(Status::Invisible)
                };
                world.say(grace, Command::SetStatus(more)).unwrap();
            }
        }
        world.settle();
        assert_eq!(facts(&world.look("grace", "ada")), frozen, "step {step}, read");
        assert_eq!(facts(&world.look("grace", "")), frozen, "step {step}, read by a service");
    }
    let told = world.client(ada).told_about("grace");
    assert_eq!(facts(told.last().unwrap()), frozen, "the last notice says the same");
    assert_eq!(told.len(), 2, "and nothing came after it");
    let again = world.connect("ada");
    world.settle();
    let told = world.client(again).told_about("grace");
    assert_eq!(facts(told.last().unwrap()), frozen, "a watch is answered with the same");
}

#[test]
fn rule_12_the_owner_sees_everything_under_a_count_of_all_changes() {
    let mut world = World::new();
    let grace = world.connect("grace");
    world.set(grace, Status::Invisible);
    let before = world.look("grace", "grace");
    assert_eq!((before.online, before.status), (true, Status::Invisible));
    world.set_device(grace, Status::Away).unwrap();
    let after = world.look("grace", "grace");
    assert_eq!(after.version, before.version + 1, "the owner's count goes on");
    assert_eq!(after.devices[0].status, Status::Away);
    assert_eq!(world.look("grace", "ada").version, 2, "the public one does not");
}

#[test]
fn rule_12_what_was_done_while_hidden_stays_unknown_after_showing_oneself() {
    let mut world = World::new();
    let grace = world.connect("grace");
    world.run_for(5_000);
    world.set(grace, Status::Invisible);
    let hidden_at = world.now;
    world.run_for(120_000);
    world.say(grace, Command::Leave).unwrap();
    world.run_for(120_000);
    // Shown again without a session: still what was known when the hiding began.
    world.rest("grace", HubRequest::SetStatus(status(Status::Online))).unwrap();
    assert_eq!(world.look("grace", "ada").last_active_at, Some(hidden_at));
    assert_eq!(world.look("grace", "ada").version, 2);
}

#[test]
fn rule_12_a_session_that_lived_hidden_shows_no_activity_from_before_it_showed_itself() {
    let mut world = World::new();
    let grace = world.connect("grace");
    world.set(grace, Status::Invisible);
    world.run_for(85_000);
    // Shown by REST, ten seconds after the last beat.
    world.rest("grace", HubRequest::SetStatus(status(Status::Online))).unwrap();
    let shown_at = world.now;
    let seen = world.look("grace", "ada");
    assert_eq!((seen.online, seen.last_active_at), (true, Some(shown_at)));
    // And it ends without another beat.
    world.go_silent(grace);
    world.run_for(120_000);
    let seen = world.look("grace", "ada");
    assert_eq!((seen.online, seen.last_active_at), (false, Some(shown_at)));
}

#[test]
fn rule_12_hiding_in_the_turn_that_ends_the_last_session_shows_when_it_was_last_seen() {
    let mut world = World::new();
    let grace = world.connect("grace");
    world.run_for(30_000);
    world.close(grace);
    let closed_at = world.now;
    // The alarm is late: the hub is only woken by the request that hides the user.
    world.node(&user("grace")).alarm = None;
    world.run_for(60_000);
    let known = world.client(grace).closed;
    assert_eq!(known, None);
    world.rest("grace", HubRequest::SetStatus(status(Status::Invisible))).unwrap();
    let seen = world.look("grace", "ada");
    let last = seen.last_active_at.unwrap();
    assert!(!seen.online);
    assert!(last.0 > closed_at.0 - 25_001 && last <= closed_at, "{last:?} {closed_at:?}");
}

#[test]
fn rule_12_a_hidden_users_typing_is_dropped_and_a_shown_ones_is_not() {
    let mut world = World::new();
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.set(grace, Status::Invisible);
    world.say(grace, Command::Typing { to: vec![user("ada")], typing: true }).unwrap();
    world.settle();
    assert_eq!(world.calls("grace", WireKind::Deliver), 0);
    world.set(grace, Status::Online);
    world.say(grace, Command::Typing { to: vec![user("ada")], typing: false }).unwrap();
    world.settle();
    let typing: Vec<bool> = world
        .client(ada)
        .inbox
        .iter()
        .filter_map(|(_, m)| match m {
            ServerMessage::Typing { typing, .. } => Some(*typing),
            _ => None,
        })
        .collect();
    assert_eq!(typing, [false], "the marker came, and nothing before it");
}

#[test]
fn rule_12_delivered_to_is_the_same_for_a_hidden_and_for_an_offline_recipient() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let grace = world.connect("grace");
    world.set(grace, Status::Invisible);
    world.send_text(ada, &["grace"], None, "to the hidden").unwrap();
    world.settle();
    world.send_text(ada, &["nobody"], None, "to the offline").unwrap();
    world.settle();
    let replies = world.sent_replies(ada);
    assert_eq!(replies[0].1, replies[1].1);
    assert_eq!(world.client(grace).messages(), ["to the hidden"], "it arrived all the same");
}

#[test]
fn rule_12_a_watcher_of_a_hidden_user_is_told_when_they_show_themselves() {
    let mut world = World::new();
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.set(grace, Status::Invisible);
    world.subscribe(ada, &["grace"]);
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Offline));
    world.set(grace, Status::Busy);
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy));
    let versions: Vec<i64> =
        world.client(ada).told_about("grace").iter().map(|p| p.version).collect();
    assert_eq!(versions, [2, 3]);
}

#[test]
fn rule_12_the_look_that_finds_a_session_ended_shows_what_every_later_look_shows() {
    let mut world = World::new();
    let grace = world.connect("grace");
    world.run_for(30_000);
    world.close(grace);
    // The alarm is late: the first look itself ends the session.
    world.node(&user("grace")).alarm = None;
    world.run_for(60_000);
    let first = facts(&world.look("grace", "ada"));
    assert_eq!(first, facts(&world.look("grace", "ada")));
    assert_eq!((first.0, first.5), (false, 2));
    assert!(first.4.is_some(), "when they were last there");
}
