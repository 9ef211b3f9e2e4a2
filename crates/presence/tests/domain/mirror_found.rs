//! Bugs of the mirror that the simulator found, and mistakes that no other test noticed, each in the shortest world
//! that shows it.

use presence::calls::{HubRequest, SetStatus};
use presence::config::{HubConfig, MIRROR_FULL};
use presence::effects::Command;
use presence::mirror::{Flush, Refresh};
use presence::outbox::Publishing;
use presence::state::{Scope, Status};

use crate::mirror::{assert_true, names};
use crate::world::{Deal, Flow, World, user};

const SOON: i64 = 1_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn world(refresh: Refresh) -> World {
    World::with(HubConfig { refresh, ..HubConfig::default() })
}

fn with_leases(refresh: Refresh, subscription_ttl: i64) -> World {
    World::with(HubConfig { refresh, subscription_ttl, ..HubConfig::default() })
}

fn rest_subscribe(world: &mut World, id: &str, target: &str) {
    let targets = vec![target.to_owned()];
    world.rest(id, HubRequest::Subscribe { targets }).unwrap();
}

fn away() -> SetStatus {
    SetStatus { status: Status::Away, message: None, scope: Scope::User, session_id: None }
}

fn flushes(world: &mut World, id: &str) -> usize {
    world.redis().sent.iter().filter(|(_, flush)| flush.user == user(id)).count()
}

/// It is written at most half a day before the last session ends.
#[test]
fn rule_20_the_key_of_long_leases_lives_until_they_end() {
    let mut world = with_leases(Refresh::Transitions, 48 * HOUR);
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.run_for(SOON);
    let watches = |(_, flush): &&(_, Flush)| flush.subscription.is_some();
    let (at, flush) = world.redis().sent.iter().rfind(watches).cloned().unwrap();
    let config = HubConfig::default();
    let last_session = at + MIRROR_FULL + config.session_ttl;
    assert!(at + flush.ttl.subscription * 1_000 >= last_session + 48 * HOUR);
}

/// Only the next flush was repeated: what a later one took away, the late one brought back.
#[test]
fn rule_18_every_flush_until_the_repeat_is_repeated() {
    let mut world = world(Refresh::Transitions);
    let bob = world.connect("bob");
    world.connect("ada");
    world.subscribe(bob, &["ada"]);
    world.run_for(MINUTE);
    let mut first = true;
    world.redis_does(
        move |_| if std::mem::take(&mut first) { Flow::Late(50_000) } else { Flow::Take },
    );
    world.rest("ada", HubRequest::Mirror { strays: Vec::new() }).unwrap();
    world.run_for(20_000);
    world.say(bob, Command::Unsubscribe(vec!["ada".into()])).unwrap();
    world.run_for(SOON);
    assert_true(&mut world, "ada");
    world.run_for(40_000);
    assert_eq!(names(world.redis().subscribers.get(&user("ada"))), ["bob"], "the late one landed");
    world.run_for(2 * MINUTE);
    assert_true(&mut world, "ada");
}

/// What is written anew at a look has no mark, so that nothing told the next start of it.
#[test]
fn rule_18_a_look_that_a_crash_has_cut_off_is_doubted() {
    let mut world = world(Refresh::Exact);
    world.connect("ada");
    world.run_for(SOON);
    world.redis_does(|_| Flow::Late(55_000));
    world.run_for(61_000);
    world.crash("ada");
    world.redis_does(|_| Flow::Take);
    let again = world.connect("ada");
    world.run_for(SOON);
    world.say(again, Command::Leave).unwrap();
    for _ in 0..20 {
        world.run_for(30_000);
    }
    assert_true(&mut world, "ada");
    assert!(!world.redis().online.contains(&user("ada")), "nobody ends a member of that set");
}

/// The turn's memory went with the turn, that of the flush before it too: the next one overtook it.
#[test]
fn a_turn_that_storage_undoes_forgets_no_flush_on_its_way() {
    let mut world = world(Refresh::Exact);
    let ada = world.connect("ada");
    world.run_for(SOON);
    world.redis_does(|_| Flow::Slow(9_000));
    world.set(ada, Status::Busy);
    world.run_for(SOON);
    let sent = flushes(&mut world, "ada");
    world.node(&user("ada")).store().refuse_writes(true);
    world.say(ada, Command::SetStatus(away())).unwrap_err();
    world.node(&user("ada")).store().refuse_writes(false);
    world.redis_does(|_| Flow::Take);
    world.set(ada, Status::Invisible);
    world.run_for(SOON);
    assert_eq!(flushes(&mut world, "ada"), sent, "one at a time");
    world.run_for(10_000);
    assert_true(&mut world, "ada");
    assert!(!world.redis().online.contains(&user("ada")));
}

#[test]
fn rule_20_a_lease_that_is_renewed_without_a_session_renews_its_key() {
    for refresh in [Refresh::Exact, Refresh::Transitions] {
        let mut world = with_leases(refresh, 30 * HOUR);
        rest_subscribe(&mut world, "ada", "bob");
        world.run_for(29 * HOUR);
        rest_subscribe(&mut world, "ada", "bob");
        world.run_for(29 * HOUR);
        assert_eq!(names(world.redis().subscription.get(&user("ada"))), ["bob"], "{refresh:?}");
    }
}

/// The key had the time of the lease without a session; the visit moved the lease and not the key.
#[test]
fn rule_20_a_visit_shorter_than_a_look_moves_the_time_of_the_leases_key() {
    let mut world = world(Refresh::Exact);
    rest_subscribe(&mut world, "ada", "bob");
    world.run_for(HOUR - 10_000);
    let ada = world.connect("ada");
    world.run_for(45_000);
    assert_true(&mut world, "ada");
    world.say(ada, Command::Leave).unwrap();
    world.run_for(HOUR - 10_000);
    assert_eq!(names(world.redis().subscription.get(&user("ada"))), ["bob"]);
}

/// Redis was away at the last looks, and what memory knew of them was lost.
#[test]
fn rule_20_the_end_of_the_last_session_moves_the_time_of_the_leases_key() {
    let mut world = world(Refresh::Exact);
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.run_for(SOON);
    world.redis_does(|_| Flow::Refuse);
    world.run_for(5 * MINUTE);
    world.hibernate("ada");
    world.redis_does(|_| Flow::Take);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(HOUR - 10_000);
    assert_eq!(names(world.redis().subscription.get(&user("ada"))), ["bob"]);
}

#[test]
fn rule_20_keys_outlive_leases_of_days() {
    let mut world = with_leases(Refresh::Transitions, 72 * HOUR);
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.run_for(11 * HOUR);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(71 * HOUR);
    assert_eq!(names(world.redis().subscription.get(&user("ada"))), ["bob"]);
    world.run_for(2 * HOUR);
    assert_true(&mut world, "ada");
}

/// No alarm ever looked at them: each visit was over before.
#[test]
fn rule_20_many_short_visits_keep_all_keys() {
    let mut world = world(Refresh::Transitions);
    let bob = world.connect("bob");
    world.subscribe(bob, &["ada"]);
    for _ in 0..60 {
        let ada = world.connect("ada");
        world.subscribe(ada, &["cy"]);
        world.run_for(20_000);
        assert_true(&mut world, "ada");
        world.say(ada, Command::Leave).unwrap();
        world.run_for(50 * MINUTE);
        assert_true(&mut world, "ada");
    }
}

/// The repeat of a provisional flush may itself be under way when the hub crashes.
#[test]
fn rule_18_the_repeat_of_a_provisional_flush_is_an_orphan_too() {
    let mut world = world(Refresh::Transitions);
    let mut flush = 0;
    world.redis_does(move |_| {
        flush += 1;
        match flush {
            1 => Flow::Mute,
            3 => Flow::Late(30_000),
            _ => Flow::Take,
        }
    });
    let ada = world.connect("ada");
    while world.redis().sent.len() < 3 {
        world.run_for(500);
    }
    world.run_for(SOON);
    world.crash("ada");
    assert!(world.resume(ada));
    world.set(ada, Status::Invisible);
    world.run_for(5_000);
    assert!(!world.redis().online.contains(&user("ada")), "hidden");
    world.run_for(400_000);
    assert!(!world.redis().online.contains(&user("ada")), "hidden still");
    assert_true(&mut world, "ada");
}

/// The answer to another flush comes after the minute is over: the repeat is not forgotten until the
/// next alarm, and nothing empty is sent for it.
#[test]
fn rule_18_a_repeat_that_falls_due_during_another_flush_follows_it() {
    let mut world = world(Refresh::Transitions);
    let mut flush = 0;
    world.redis_does(move |_| {
        flush += 1;
        match flush {
            1 => Flow::Mute,
            3 => Flow::Slow(4_000),
            _ => Flow::Take,
        }
    });
    let ada = world.connect("ada");
    while world.redis().sent.len() < 2 {
        world.run_for(100);
    }
    world.run_for(58_000);
    world.set(ada, Status::Busy);
    world.run_for(500);
    assert_eq!(world.redis().sent.len(), 3, "under way when the minute ends");
    world.run_for(6_000);
    let sent = &world.redis().sent;
    assert_eq!(sent.len(), 4);
    assert!(!sent[3].1.sessions.is_empty(), "what the provisional one wrote");
}

/// No answer in time to what a look wrote: the doubt was remembered in memory only, and the object could
/// hibernate before its next alarm.
#[test]
fn rule_18_the_doubt_about_a_look_outlives_hibernation() {
    let mut world = world(Refresh::Exact);
    let ada = world.connect("ada");
    world.run_for(SOON);
    let looked = flushes(&mut world, "ada");
    world.redis_does(|_| Flow::Late(59_000));
    while flushes(&mut world, "ada") == looked {
        world.run_for(SOON);
    }
    world.redis_does(|_| Flow::Take);
    world.go_silent(ada);
    // As soon as no answer has come in time: nothing else is under way.
    while !world.hibernate("ada") {
        world.run_for(10);
    }
    world.run_for(10 * MINUTE);
    assert_true(&mut world, "ada");
    assert!(!world.redis().online.contains(&user("ada")), "nobody ends a member of that set");
}

/// The same for what a crash cut off, where the client has come back before the next look.
#[test]
fn rule_18_the_doubt_about_what_a_crash_cut_off_outlives_hibernation() {
    let mut world = world(Refresh::Exact);
    let ada = world.connect("ada");
    world.run_for(SOON);
    let before = flushes(&mut world, "ada");
    world.redis_does(|_| Flow::Late(55_000));
    while flushes(&mut world, "ada") == before {
        world.run_for(100);
    }
    world.crash("ada");
    world.redis_does(|_| Flow::Take);
    assert!(world.resume(ada));
    while !world.hibernate("ada") {
        world.run_for(10);
    }
    world.run_for(20_000);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(10 * MINUTE);
    assert_true(&mut world, "ada");
    assert!(!world.redis().online.contains(&user("ada")), "nobody ends a member of that set");
}

/// A look right after a flush waited for the gap between two flushes, and nobody woke the hub after it.
#[test]
fn rule_20_a_look_that_comes_right_after_a_flush_is_not_forgotten() {
    let mut world = world(Refresh::Exact);
    let ada = world.connect("ada");
    world.run_for(MINUTE - 400);
    world.set(ada, Status::Busy);
    world.run_for(2_000);
    world.hibernate("ada");
    world.run_for(40_000);
    assert_true(&mut world, "ada");
}

/// Kafka's answer moved the alarm behind the look for which the keys had been written.
#[test]
fn rule_20_a_lane_that_begins_to_rest_moves_no_look_at_exact_keys() {
    let publishing = Publishing::Full;
    let mut world =
        World::with(HubConfig { refresh: Refresh::Exact, publishing, ..HubConfig::default() });
    world.kafka_does(|_| Deal::Refuse);
    world.connect("ada");
    let bob = world.connect("bob");
    for round in 0..100 {
        world.run_for(18_000);
        world.hibernate("ada");
        // It wakes for something that Redis need not hear of, and offers its events again.
        let message = format!("{round}");
        world.send_text(bob, &["ada"], None, &message).unwrap();
        world.outbox("ada");
        world.run_for(1_000);
        assert_true(&mut world, "ada");
    }
}

/// Nobody watches them, so that all keys are written with the change, but that of their leases.
#[test]
fn who_comes_by_before_their_leases_end_has_their_key_written_anew() {
    let days = 24 * HOUR;
    let mut world = with_leases(Refresh::Transitions, 30 * days);
    for away in [29 * days, 5 * days] {
        let ada = world.connect("ada");
        world.subscribe(ada, &["grace"]);
        world.run_for(SOON);
        world.say(ada, Command::Leave).unwrap();
        world.run_for(away);
    }
    assert_eq!(world.watching("ada"), ["grace"]);
    assert_true(&mut world, "ada");
}

/// A dead fleet writes nothing any more: the lease runs from the end of the session that nobody beat for.
#[test]
fn rule_20_the_key_of_the_leases_lives_until_they_end_though_nobody_looks_again() {
    let mut world = with_leases(Refresh::Exact, 5 * MINUTE);
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.run_for(SOON);
    let ttl = HubConfig::default().session_ttl;
    let (_, until) = world.redis().subscription[&user("ada")];
    assert!(until >= world.now + ttl + 5 * MINUTE - SOON, "{until:?}");
}
