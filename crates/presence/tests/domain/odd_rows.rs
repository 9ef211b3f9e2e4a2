//! Rows that no version of this code wrote: found by fuzzing or for it, each once kept a hub busy for ever.

use presence::calls::HubRequest;
use presence::config::HubConfig;
use presence::mirror::Refresh;
use presence::schema::{MIGRATIONS, migrate_to};
use presence::store::Store;

use crate::world::{WireKind, World, user};

/// A world in which ada's hub has these rows.
fn holding(rows: impl IntoIterator<Item = String>) -> World {
    let mut world = World::new();
    let store = world.node(&user("ada")).store();
    migrate_to(store, 0, MIGRATIONS.len()).unwrap();
    rows.into_iter().for_each(|sql| store.execute(&sql, &[]).unwrap());
    world
}

fn watcher(subscriber: &str, slot: usize) -> String {
    format!(
        "INSERT INTO audience (subscriber, slot, generation, since) VALUES ('{subscriber}', {slot}, 1, 0)"
    )
}

fn follower(told: i64, slots: usize, owed: &str) -> String {
    format!("INSERT INTO follower VALUES (1, {told}, {slots}, x'', x'{owed}', 0, 0, x'')")
}

/// They were skipped and stayed due: the alarm was armed for the same instant again and again.
#[test]
fn leases_of_targets_that_are_no_user_ids_end_like_any_other() {
    let lease = |n| format!("INSERT INTO watching VALUES ('no id {n}', 1, 1, 1, 0, 0, 0, 0)");
    let mut world = holding((0..150).map(lease));
    world.rest("ada", HubRequest::Sweep).unwrap();
    world.run_for(60_000);
    assert_eq!(world.number("ada", "SELECT count(*) FROM watching"), 0);
    assert!(world.alarms_fired.values().all(|fired| *fired < 5), "{:?}", world.alarms_fired);
}

/// The pass read the same hundred rows for ever, within one turn.
#[test]
fn a_batch_of_watchers_of_whom_none_can_be_read_is_passed_over() {
    let unreadable = (0..250).map(|n| watcher(&format!("no id {n}"), n));
    let mut world = holding(unreadable.chain([watcher("zoe", 250), follower(0, 251, "")]));
    world.connect("ada");
    world.settle();
    assert_eq!(world.calls("ada", WireKind::Notify), 1, "zoe is told");
}

/// Nothing that was sent reached that version, and every answer led to the next call.
#[test]
fn a_version_that_was_told_and_never_was_is_not_believed() {
    let mut world = holding([watcher("bob", 0), follower(99, 1, "01")]);
    world.connect("ada");
    world.run_for(60_000);
    assert!(world.calls("ada", WireKind::Notify) < 5);
}

/// A set of slots grew to the largest of them: half a petabyte.
#[test]
fn a_slot_that_no_audience_has_is_in_no_set() {
    let odd = watcher("bob", 1 << 52);
    let mut world = holding([odd, follower(0, 1, "")]);
    world.connect("ada");
    world.run_for(60_000);
    let sets = "SELECT length(asleep) + length(owed) FROM follower";
    assert_eq!(world.number("ada", sets), 0);
}

/// The user watches themself in a slot that somebody was owed: an edge to oneself stays local (rules, 11).
#[test]
fn nobody_calls_themself_for_a_slot_that_is_owed() {
    let mut world = holding([watcher("ada", 0), follower(0, 1, "01")]);
    world.connect("ada");
    world.run_for(60_000);
    assert_eq!(world.calls("ada", WireKind::Notify), 0);
}

/// Nobody knows then what Redis has not been told.
#[test]
fn a_position_of_the_mirror_that_cannot_be_read_has_everything_written() {
    let refresh = Refresh::Transitions;
    let mut world = World::with(HubConfig { refresh, ..HubConfig::default() });
    world.connect("ada");
    world.run_for(1_000);
    world.redis().empty();
    let rubbish = "UPDATE meta SET mirror = 'rubbish'";
    world.node(&user("ada")).store().execute(rubbish, &[]).unwrap();
    assert!(world.hibernate("ada"));
    world.rest("ada", HubRequest::Sweep).unwrap();
    world.run_for(1_000);
    crate::mirror::assert_true(&mut world, "ada");
    assert!(world.redis().online.contains(&user("ada")));
}
