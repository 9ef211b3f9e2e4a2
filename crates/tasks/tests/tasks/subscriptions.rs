//! C1: both ends of every edge agree.

use std::collections::BTreeSet;

use tasks::Task;

use crate::world::{FakeWorld, TestScheduler, dry_run, run, scheduler, user};

type Edges = BTreeSet<(String, String)>;

/// Every edge as (subscriber, target), by the subscribers' tables and by the targets'.
fn ends(world: &FakeWorld) -> (Edges, Edges) {
    let hubs = world.hubs.borrow();
    let (mut wanted, mut held) = (BTreeSet::new(), BTreeSet::new());
    for (id, hub) in hubs.iter() {
        let name = |id: &presence::ids::UserId| id.as_str().to_owned();
        wanted.extend(hub.watching.iter().map(|target| (name(id), name(target))));
        held.extend(hub.audience.keys().map(|subscriber| (name(subscriber), name(id))));
    }
    (wanted, held)
}

/// Runs until a pass has come to its end; how many runs it took.
fn pass(scheduler: &TestScheduler, world: &FakeWorld) -> usize {
    for runs in 1..100 {
        if run(scheduler, world, Task::Subscriptions).complete {
            return runs;
        }
    }
    panic!("no end");
}

#[test]
fn edges_that_both_ends_know_are_left_alone() {
    let world = FakeWorld::new();
    for n in 0..20 {
        world.edge(&format!("s{n}"), "star");
        world.edge("fan", &format!("s{n}"));
    }
    world.edge("ada", "ada");
    let report = run(&scheduler(), &world, Task::Subscriptions);
    assert!(report.complete);
    assert_eq!((report.counts.scanned, report.counts.edges), (23, 82), "each from both sides");
    assert!(world.repaired().is_empty());
}

#[test]
fn an_edge_that_the_target_lost_is_told_again_by_its_subscriber() {
    let world = FakeWorld::new();
    world.edge("ada", "grace");
    world.hub_of("grace", |hub| hub.audience.clear());
    let report = run(&scheduler(), &world, Task::Subscriptions);
    assert_eq!((report.counts.drifted, report.counts.repaired), (1, 1));
    assert_eq!(world.repaired(), ["ada"]);
    let (wanted, held) = ends(&world);
    assert_eq!((wanted.len(), &wanted), (1, &held));
}

#[test]
fn an_edge_that_the_subscriber_does_not_know_is_ended_by_the_subscriber() {
    let world = FakeWorld::new();
    world.edge("ada", "grace");
    world.hub_of("ada", |hub| hub.watching.clear());
    // Nobody but grace knows of this one.
    world.hub_of("grace", |hub| _ = hub.audience.insert(user("never"), 3));
    run(&scheduler(), &world, Task::Subscriptions);
    let mut repaired = world.repaired();
    repaired.sort();
    assert_eq!(repaired, ["ada", "never"]);
    assert!(ends(&world).1.is_empty());
}

#[test]
fn a_change_that_is_under_way_is_no_difference() {
    let world = FakeWorld::new();
    world.edge("ada", "grace");
    world.hub_of("grace", |hub| hub.audience.clear());
    let mut looks = 0;
    *world.on_call.borrow_mut() = Some(Box::new(move |world, id, request| {
        if *id == user("grace") && matches!(request, presence::calls::HubRequest::Holds { .. }) {
            looks += 1;
            if looks == 2 {
                world.hub_of("grace", |hub| _ = hub.audience.insert(user("ada"), 5));
            }
        }
    }));
    let report = run(&scheduler(), &world, Task::Subscriptions);
    assert_eq!(report.counts.drifted, 0);
    assert!(world.repaired().is_empty());
}

#[test]
fn an_end_that_does_not_answer_is_counted_and_its_edge_left_for_the_next_pass() {
    let world = FakeWorld::new();
    for n in 0..5 {
        world.edge("ada", &format!("t{n}"));
        world.hub_of(&format!("t{n}"), |hub| hub.audience.clear());
    }
    world.hub_of("t2", |hub| hub.down = true);
    let scheduler = scheduler();
    let report = run(&scheduler, &world, Task::Subscriptions);
    assert!(report.complete);
    assert_eq!((report.counts.repaired, report.counts.failed), (4, 2), "as a user and as an end");
    world.hub_of("t2", |hub| hub.down = false);
    assert_eq!(run(&scheduler, &world, Task::Subscriptions).counts.repaired, 1);
}

#[test]
fn a_star_with_thousands_of_watchers_takes_several_runs_and_every_edge_is_seen() {
    let world = FakeWorld::new();
    for n in 0..1500 {
        world.edge(&format!("s{n:04}"), "star");
    }
    world.hub_of("s0003", |hub| hub.watching.clear());
    world.hub_of("s1499", |hub| hub.watching.clear());
    for n in [0, 700, 1400] {
        world.hub_of("star", |hub| _ = hub.audience.remove(&user(&format!("s{n:04}"))));
    }
    let runs = pass(&scheduler(), &world);
    assert!(runs > 3, "{runs}");
    let (wanted, held) = ends(&world);
    assert_eq!(wanted.len(), 1498);
    assert_eq!(wanted, held);
}

#[test]
fn a_dry_run_looks_at_both_ends_and_repairs_neither() {
    let world = FakeWorld::new();
    world.edge("ada", "grace");
    world.hub_of("grace", |hub| hub.audience.clear());
    let report = dry_run(&scheduler(), &world, Task::Subscriptions);
    assert_eq!((report.counts.repaired, report.pass), (1, 0));
    assert!(world.repaired().is_empty());
}
