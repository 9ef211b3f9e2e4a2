//! What one run may do, and where the next one goes on.

use presence::directory::SHARDS;
use tasks::{CALLS_A_RUN, TIME_A_RUN, Task};

use crate::world::{FakeWorld, dry_run, run, scheduler};

fn crowd(count: usize) -> FakeWorld {
    let world = FakeWorld::new();
    for n in 0..count {
        world.online(&format!("u{n:05}"));
    }
    world
}

#[test]
fn a_run_makes_so_many_calls_at_most_even_if_all_is_wrong() {
    for task in [Task::Sessions, Task::Presence, Task::Subscriptions, Task::Health] {
        let world = crowd(2_000);
        for n in 0..300 {
            world.edge("u00000", &format!("u{n:05}"));
            world.hub_of("u00000", |hub| hub.audience.clear());
        }
        world.flushall();
        world.sadd("presence:online", "nobody");
        let scheduler = scheduler();
        for _ in 0..20 {
            let before = world.calls.get();
            run(&scheduler, &world, task);
            let calls = world.calls.get() - before;
            assert!(calls <= CALLS_A_RUN, "{task:?}: {calls}");
        }
    }
}

#[test]
fn the_runs_of_a_pass_see_every_user_once() {
    let world = crowd(2_000);
    let scheduler = scheduler();
    let mut scanned = 0;
    let mut reports = Vec::new();
    loop {
        let report = run(&scheduler, &world, Task::Sessions);
        scanned += report.counts.scanned;
        let complete = report.complete;
        assert_eq!(report.cursor.is_none(), complete);
        reports.push(report);
        if complete {
            break;
        }
    }
    assert_eq!(scanned, 2_000);
    assert!((3..8).contains(&reports.len()), "{}", reports.len());
    let overview = scheduler.overview().unwrap();
    let sessions = overview.tasks.iter().find(|task| task.name == "sessions").unwrap();
    let last = sessions.last_pass.as_ref().unwrap();
    assert_eq!((last.users, last.runs, last.number), (2_000, reports.len() as u64, 1));
    assert!(sessions.under_way.is_none());
    assert_eq!(run(&scheduler, &world, Task::Sessions).pass, 2);
}

#[test]
fn a_run_begins_nothing_new_when_its_time_is_over_and_still_gets_on() {
    let world = crowd(500);
    world.latency.set(400);
    let scheduler = scheduler();
    let before = world.clock.get();
    let first = run(&scheduler, &world, Task::Sessions);
    assert!(!first.complete && first.counts.scanned > 0);
    let took = world.clock.get() - before;
    // The fake's calls take their time one after the other: a whole step too late at most.
    assert!(took < TIME_A_RUN + 400 * 100, "{took}");
    let second = run(&scheduler, &world, Task::Sessions);
    assert_ne!(first.cursor, second.cursor);
}

#[test]
fn a_shard_that_does_not_answer_is_passed_over() {
    let world = crowd(500);
    world.shard_down.set(Some(5));
    world.flushall();
    let report = run(&scheduler(), &world, Task::Sessions);
    let mut scanned = report.counts.scanned;
    assert_eq!(report.counts.failed, 1);
    assert!(scanned > 0 && SHARDS == 64);
    let scheduler = scheduler();
    world.shard_down.set(None);
    scanned = 0;
    while {
        let report = run(&scheduler, &world, Task::Sessions);
        scanned += report.counts.scanned;
        !report.complete
    } {}
    assert_eq!(scanned, 500);
}

#[test]
fn hubs_that_hang_never_hold_up_the_others() {
    let world = crowd(200);
    for n in 0..50 {
        world.hub_of(&format!("u{n:05}"), |hub| hub.down = true);
    }
    let scheduler = scheduler();
    let mut failed = 0;
    for _ in 0..20 {
        let report = run(&scheduler, &world, Task::Sessions);
        failed += report.counts.failed;
        if report.complete {
            assert_eq!(failed, 50);
            return;
        }
    }
    panic!("the pass never ends");
}

#[test]
fn dry_runs_go_on_where_the_last_one_stopped_and_leave_the_pass_alone() {
    let world = crowd(1_500);
    let scheduler = scheduler();
    let real = run(&scheduler, &world, Task::Sessions);
    let mut scanned = 0;
    loop {
        let report = dry_run(&scheduler, &world, Task::Sessions);
        scanned += report.counts.scanned;
        if report.complete {
            break;
        }
    }
    assert_eq!(scanned, 1_500);
    let mut rest = 0;
    loop {
        let report = run(&scheduler, &world, Task::Sessions);
        rest += report.counts.scanned;
        if report.complete {
            break;
        }
    }
    assert_eq!(real.counts.scanned + rest, 1_500);
}
