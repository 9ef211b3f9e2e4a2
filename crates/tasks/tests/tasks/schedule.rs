//! When a task is due, and that no two runs go at once.

use tasks::{LOCK, Order, Outcome, Task};

use crate::world::{FakeWorld, TestScheduler, block_on, crash_after, now, ran, run, scheduler};

const MINUTE: i64 = 60_000;

fn due(scheduler: &TestScheduler, world: &FakeWorld) -> Option<Task> {
    match block_on(scheduler.run(world, "cron", Order::Due)) {
        Outcome::Ran(report) => Some(report.task),
        Outcome::Idle => None,
        other => panic!("{other:?}"),
    }
}

/// What a trigger does: all that is due, one after the other.
fn trigger(scheduler: &TestScheduler, world: &FakeWorld) -> Vec<Task> {
    std::iter::from_fn(|| due(scheduler, world)).collect()
}

#[test]
fn each_task_runs_as_often_as_the_table_says() {
    let world = FakeWorld::new();
    world.online("ada");
    let scheduler = scheduler();
    let mut runs = Vec::new();
    for _ in 0..24 {
        runs.extend(trigger(&scheduler, &world));
        world.clock.set(world.clock.get() + 5 * MINUTE);
    }
    let count = |task: Task| runs.iter().filter(|other| **other == task).count();
    assert_eq!(count(Task::Presence), 12);
    assert_eq!(count(Task::Sessions), 8);
    assert_eq!(count(Task::Subscriptions), 4);
    assert_eq!(count(Task::Health), 2);
}

#[test]
fn a_pass_that_is_not_done_goes_on_at_once_and_takes_turns_with_the_others() {
    let world = FakeWorld::new();
    for n in 0..1_200 {
        world.online(&format!("u{n}"));
    }
    let scheduler = scheduler();
    let tasks: Vec<Task> = (0..6).filter_map(|_| due(&scheduler, &world)).collect();
    let first: std::collections::BTreeSet<_> = tasks.iter().take(4).map(|t| t.name()).collect();
    assert_eq!(first.len(), 4, "none waits for another's pass: {tasks:?}");
    let all = trigger(&scheduler, &world);
    assert!(!all.is_empty() && due(&scheduler, &world).is_none());
}

#[test]
fn nothing_due_is_an_idle_run_that_asks_nobody() {
    let world = FakeWorld::new();
    let scheduler = scheduler();
    trigger(&scheduler, &world);
    let before = world.calls.get();
    assert_eq!(block_on(scheduler.run(&world, "cron", Order::Due)), Outcome::Idle);
    assert_eq!(world.calls.get(), before);
}

#[test]
fn while_one_runs_another_is_told_so_and_changes_nothing() {
    let world = FakeWorld::new();
    world.online("ada");
    let scheduler = scheduler();
    let mut one = std::pin::pin!(scheduler.run(&world, "one", now(Task::Sessions, false)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(one.as_mut().poll(&mut context).is_pending());
    for order in [Order::Due, now(Task::Presence, false), now(Task::Sessions, true)] {
        let outcome = block_on(scheduler.run(&world, "two", order));
        assert!(matches!(outcome, Outcome::Busy { .. }), "{outcome:?}");
    }
    assert!(ran(block_on(one)).complete);
    run(&scheduler, &world, Task::Presence);
}

#[test]
fn a_run_that_died_in_the_middle_holds_up_nobody_for_long_and_its_work_is_done_again() {
    let world = FakeWorld::new();
    for n in 0..300 {
        world.online(&format!("u{n:03}"));
    }
    world.flushall();
    for polls in [1, 3, 10, 40, 80] {
        let scheduler = scheduler();
        let order = now(Task::Sessions, false);
        assert!(crash_after(polls, scheduler.run(&world, "dead", order)).is_none(), "{polls}");
        let outcome = block_on(scheduler.run(&world, "next", order));
        assert!(matches!(outcome, Outcome::Busy { .. }), "the lock stands");
        world.clock.set(world.clock.get() + LOCK);
        world.flushall();
        let mut repaired = 0;
        loop {
            let report = ran(block_on(scheduler.run(&world, "next", order)));
            repaired += report.counts.repaired;
            if report.complete {
                assert_eq!(report.pass, 1, "the same pass goes on");
                break;
            }
        }
        assert!(repaired > 0, "what was stored is not done again, and all the rest is");
    }
}

#[test]
fn a_run_whose_lock_was_taken_over_stores_nothing_more() {
    let world = FakeWorld::new();
    for n in 0..100 {
        world.online(&format!("u{n:03}"));
    }
    let scheduler = scheduler();
    let order = now(Task::Sessions, false);
    let mut slow = std::pin::pin!(scheduler.run(&world, "slow", order));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(slow.as_mut().poll(&mut context).is_pending());
    world.clock.set(world.clock.get() + LOCK + 1);
    let report = ran(block_on(scheduler.run(&world, "quick", order)));
    assert!(report.complete);
    // Somebody is in the middle of the next pass when the slow one comes to its end.
    let held = Order::Now { task: Task::Presence, dry_run: false, more: true };
    ran(block_on(scheduler.run(&world, "quick", held)));
    assert_eq!(block_on(slow), Outcome::Lost);
    let overview = scheduler.overview().unwrap();
    let sessions = overview.tasks.iter().find(|task| task.name == "sessions").unwrap();
    assert_eq!(sessions.last_pass.as_ref().unwrap().number, 1);
    let outcome = block_on(scheduler.run(&world, "other", order));
    assert!(matches!(outcome, Outcome::Busy { .. }), "the lock is still the quick one's");
}

#[test]
fn who_has_more_to_run_keeps_the_lock_until_the_last_one() {
    let world = FakeWorld::new();
    let scheduler = scheduler();
    let order = |task, more| Order::Now { task, dry_run: false, more };
    ran(block_on(scheduler.run(&world, "admin", order(Task::Subscriptions, true))));
    let outcome = block_on(scheduler.run(&world, "cron", Order::Due));
    assert!(matches!(outcome, Outcome::Busy { .. }));
    ran(block_on(scheduler.run(&world, "admin", order(Task::Sessions, true))));
    ran(block_on(scheduler.run(&world, "admin", order(Task::Presence, false))));
    assert_eq!(due(&scheduler, &world), Some(Task::Health));
}

#[test]
fn a_run_on_demand_counts_for_the_schedule() {
    let world = FakeWorld::new();
    let scheduler = scheduler();
    trigger(&scheduler, &world);
    world.clock.set(world.clock.get() + 9 * MINUTE);
    run(&scheduler, &world, Task::Presence);
    world.clock.set(world.clock.get() + 2 * MINUTE);
    assert_eq!(due(&scheduler, &world), None, "ten minutes from that run on");
}
