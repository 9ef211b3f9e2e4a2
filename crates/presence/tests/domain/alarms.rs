//! Rule 21, and what an idle hour costs: the alarm is armed first, once, and only to make it earlier.

use presence::calls::HubRequest;
use presence::config::BACKSTOP;
use presence::effects::{Attached, Command, Effect, Turn};
use presence::state::Status;

use crate::world::{Fate, Seed, WireKind, World, user};

#[test]
fn rule_21_an_idle_user_hour_is_at_most_80_alarms_and_no_wake_by_a_beat() {
    let mut world = World::new();
    world.connect("ada");
    world.settle();
    let ada = user("ada");
    let (turns, set) = (world.turns[&ada], world.alarms_set[&ada]);
    let _ = world.rows_written("ada");
    world.run_for(3_600_000);
    let fired = world.alarms_fired[&ada];
    println!("alarms an idle user-hour: {fired}");
    assert!(fired <= 80, "{fired}");
    assert_eq!(world.turns[&ada] - turns, fired, "nothing but the alarm woke the hub");
    assert_eq!(world.alarms_set[&ada] - set, fired, "set once an alarm");
    assert_eq!(world.rows_written("ada"), 0, "and no row but the alarm's own");
    assert_eq!(world.client(crate::world::ClientId(1)).closed, None);
}

#[test]
fn rule_21_every_alarm_with_anything_to_do_sets_the_alarm_once() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.network(|wire| if wire.kind == WireKind::Notify { Fate::Lose } else { Fate::Deliver });
    world.set(bob, Status::Busy);
    world.send_text(bob, &["ada"], None, "x").unwrap();
    world.go_silent(bob);
    for _ in 0..40 {
        let before = world.turns.get(&user("bob")).copied();
        let (set, fired) = (world.alarms_set[&user("bob")], fired(&world));
        world.run_for(5_000);
        let alone = world.turns.get(&user("bob")).copied() == before.map(|n| n + 1);
        if alone && fired + 1 == self::fired(&world) {
            assert!(world.alarms_set[&user("bob")] - set <= 1, "set twice in one alarm");
        }
    }
}

fn fired(world: &World) -> u64 {
    world.alarms_fired.get(&user("bob")).copied().unwrap_or(0)
}

#[test]
fn rule_21_in_an_alarm_the_next_one_comes_before_every_other_effect() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.connect("bob");
    world.settle();
    world.close(bob);
    let id = user("bob");
    let due = world.node(&id).alarm.unwrap();
    let mut seed = Seed(1);
    let step = world.node(&id).input(due, &mut seed, presence::hub::Hub::alarm);
    let set = |e: &Effect| matches!(e, Effect::SetAlarm(_));
    assert!(step.effects.first().is_some_and(set), "{:?}", step.effects);
    assert_eq!(step.effects.iter().filter(|e| set(e)).count(), 1);
    assert!(step.effects.len() > 1, "it had something to do");
}

/// Should the turn be lost half-way, nobody else would look again.
#[test]
fn rule_21_an_alarm_that_ends_leases_and_nothing_else_stands_again_first() {
    let mut world = World::new();
    world.rest("ada", HubRequest::Subscribe { targets: vec!["grace".into()] }).unwrap();
    world.run_for(5 * BACKSTOP);
    let id = user("ada");
    let due = world.node(&id).alarm.unwrap();
    let mut seed = Seed(1);
    let step = world.node(&id).input(due, &mut seed, presence::hub::Hub::alarm);
    assert_eq!(step.effects.first(), Some(&Effect::SetAlarm(due + BACKSTOP)));
}

#[test]
fn rule_21_leases_of_somebody_who_is_away_need_no_alarm_before_they_end() {
    let mut world = World::new();
    world.rest("ada", HubRequest::Subscribe { targets: vec!["grace".into()] }).unwrap();
    world.run_for(2 * BACKSTOP);
    let fired = world.alarms_fired[&user("ada")];
    world.run_for(3_600_000 - 3 * BACKSTOP);
    assert_eq!(world.alarms_fired[&user("ada")], fired);
    world.run_for(2 * BACKSTOP);
    assert!(world.alarms_fired[&user("ada")] > fired, "their end");
}

#[test]
fn rule_21_a_change_arms_nothing_while_an_alarm_stands_within_sixty_seconds() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(bob, &["ada"]);
    world.settle();
    let set = world.alarms_set[&user("ada")];
    for n in 0..10 {
        world.set(ada, if n % 2 == 0 { Status::Busy } else { Status::Away });
        world.send_text(ada, &["bob"], None, "x").unwrap();
        world.say(ada, Command::Typing { to: vec![user("bob")], typing: true }).unwrap();
        world.run_for(500);
    }
    assert_eq!(world.alarms_set[&user("ada")], set);
}

#[test]
fn rule_21_a_disk_that_refuses_in_the_alarm_still_leaves_an_alarm_and_loses_nothing() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.settle();
    world.close(bob);
    world.node(&user("bob")).store().refuse_writes(true);
    world.run_for(300_000);
    assert!(world.node(&user("bob")).alarm.is_some(), "an alarm stands");
    let tries = fired(&world);
    assert!((2..=100).contains(&tries), "it tried again, and not in a loop: {tries}");
    assert_eq!(world.client(ada).sees("bob"), Some(Status::Online), "nothing half done was told");
    world.node(&user("bob")).store().refuse_writes(false);
    world.run_for(61_000);
    assert_eq!(world.client(ada).sees("bob"), Some(Status::Offline));
}

#[test]
fn rule_21_a_refused_command_changes_nothing_and_the_next_one_works() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.settle();
    world.node(&user("bob")).store().refuse_writes(true);
    let refused = world.say(bob, Command::SetStatus(crate::world::status(Status::Busy)));
    assert_eq!(refused.unwrap_err().code, presence::errors::ErrorCode::Unavailable);
    assert_eq!(world.look("bob", "ada").status, Status::Online);
    world.node(&user("bob")).store().refuse_writes(false);
    world.set(bob, Status::Away);
    world.settle();
    let versions: Vec<i64> =
        world.client(ada).told_about("bob").iter().map(|p| p.version).collect();
    assert_eq!(versions, [1, 2], "no number was spent on what was undone");
}

#[test]
fn rule_21_a_hub_without_anything_to_wait_for_has_no_alarm() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.settle();
    world.say(ada, Command::Leave).unwrap();
    world.run_for(200_000);
    assert_eq!(world.node(&user("ada")).alarm, None);
    let turns = world.turns[&user("ada")];
    world.run_for(86_400_000);
    assert_eq!(world.turns[&user("ada")], turns);
}

#[test]
fn rule_21_a_stray_alarm_on_an_empty_hub_arms_and_writes_nothing() {
    let mut world = World::new();
    let id = user("nobody");
    let mut seed = Seed(1);
    let now = world.now;
    let step = world.node(&id).input(now, &mut seed, |hub, turn: Turn<'_>| {
        let sockets: Vec<Attached> = turn.sockets.clone();
        assert!(sockets.is_empty());
        hub.alarm(turn)
    });
    assert_eq!((step.effects.len(), step.events.len()), (0, 0));
    assert_eq!(world.rows_written("nobody"), 0);
}

#[test]
fn leases_run_from_the_last_of_several_sessions_that_one_late_sweep_ends() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.settle();
    // Ended by its deadline, in the order of the rows: the younger one ends first.
    let younger = world.connect("ada");
    world.close(younger);
    world.run_for(5_000);
    world.close(ada);
    let ends = world.now + 10_000;
    world.node(&user("ada")).alarm = None;
    world.run_for(100_000);
    world.rest("ada", presence::calls::HubRequest::Sweep).unwrap();
    assert_eq!(world.number("ada", "SELECT ended_at FROM meta"), ends.0);
}
