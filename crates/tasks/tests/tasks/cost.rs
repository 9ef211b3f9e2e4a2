//! What a pass asks Redis, which is billed by the command, and when the sets of subscriptions are compared.

use tasks::{Order, Outcome, RunReport, Task};

use crate::world::{FakeWorld, TestScheduler, block_on, run, scheduler};

const MINUTE: i64 = 60_000;
const SUBSCRIPTION: &str = "presence:subscription:ada";

fn crowd(count: usize) -> FakeWorld {
    let world = FakeWorld::new();
    for n in 0..count {
        world.online(&format!("u{n}"));
    }
    world
}

fn asked(world: &FakeWorld, name: &str) -> usize {
    world.commands.borrow().iter().filter(|command| *command == name).count()
}

/// What a trigger runs, `minutes` later.
fn trigger(scheduler: &TestScheduler, world: &FakeWorld, minutes: i64) -> Vec<RunReport> {
    world.clock.set(world.clock.get() + minutes * MINUTE);
    world.commands.borrow_mut().clear();
    let one = || match block_on(scheduler.run(world, "cron", Order::Due)) {
        Outcome::Ran(report) => Some(report),
        _ => None,
    };
    std::iter::from_fn(one).collect()
}

fn repaired(reports: &[RunReport]) -> u64 {
    reports.iter().map(|report| report.counts.repaired).sum()
}

#[test]
fn who_is_online_is_asked_for_many_users_with_one_command() {
    let world = crowd(320);
    run(&scheduler(), &world, Task::Presence);
    // All are in the set and in the directory: seen from both sides.
    let commands = world.commands.borrow().len();
    assert!(commands <= 320 / 10, "{commands} commands for 320 users");
}

#[test]
fn a_pass_costs_four_commands_a_user_once_an_hour_and_one_otherwise() {
    let world = crowd(320);
    world.edge("u1", "u2");
    let scheduler = scheduler();
    let mut sets = Vec::new();
    for _ in 0..9 {
        trigger(&scheduler, &world, 15);
        sets.push(asked(&world, "SMEMBERS"));
        assert!(asked(&world, "MGET") + asked(&world, "SMISMEMBER") < 320 / 4);
    }
    let (all, sessions) = (4 * 320, 320);
    // The hourly report compares a sample of 32.
    let expected = [all, sessions, sessions, sessions];
    for (at, found) in sets.iter().enumerate() {
        let report = if at % 4 == 0 { 4 * 32 } else { 0 };
        assert_eq!(*found, expected[at % 4] + report, "{sets:?}");
    }
}

#[test]
fn sets_of_subscriptions_are_mended_within_an_hour_and_all_else_with_the_next_pass() {
    let world = FakeWorld::new();
    world.online("ada");
    world.offline("bob");
    let scheduler = scheduler();
    trigger(&scheduler, &world, 0);
    world.sadd(SUBSCRIPTION, "nobody");
    for _ in 0..11 {
        assert_eq!(repaired(&trigger(&scheduler, &world, 5)), 0);
    }
    assert_eq!(repaired(&trigger(&scheduler, &world, 5)), 1);
    assert!(world.set(SUBSCRIPTION).is_empty());
    trigger(&scheduler, &world, 15);
    world.sadd(SUBSCRIPTION, "nobody");
    world.srem("ws:user:sessions:ada", world.set("ws:user:sessions:ada").first().unwrap());
    assert_eq!(repaired(&trigger(&scheduler, &world, 15)), 1);
    assert!(world.set(SUBSCRIPTION).is_empty(), "a repair writes everything");
}

#[test]
fn who_asks_for_a_cleanup_has_everything_compared() {
    let world = crowd(1_500);
    world.online("ada");
    let scheduler = scheduler();
    trigger(&scheduler, &world, 0);
    world.sadd(SUBSCRIPTION, "nobody");
    // A scheduled pass that leaves out these sets is on its way.
    world.clock.set(world.clock.get() + 15 * MINUTE);
    let first = block_on(scheduler.run(&world, "cron", Order::Due));
    assert!(matches!(&first, Outcome::Ran(report) if !report.complete), "{first:?}");
    let mut reports = vec![run(&scheduler, &world, Task::Sessions)];
    while !reports.last().unwrap().complete {
        assert!(reports.len() < 100, "comes to no end");
        reports.push(run(&scheduler, &world, Task::Sessions));
    }
    let scanned: u64 = reports.iter().map(|report| report.counts.scanned).sum();
    let repaired = repaired(&reports);
    assert_eq!((scanned, repaired), (1_501, 1), "from the beginning");
    assert!(world.set(SUBSCRIPTION).is_empty());
}

/// What cannot be read is no difference: repairs would go on for ever.
#[test]
fn nobody_is_repaired_where_redis_refuses_to_be_read() {
    for refused in ["MGET", "SMISMEMBER"] {
        let world = crowd(40);
        world.flushall();
        *world.refused.borrow_mut() = Some((refused.to_owned(), "ERR unknown command"));
        let counts = run(&scheduler(), &world, Task::Sessions).counts;
        assert_eq!((counts.unread, counts.repaired, counts.scanned), (40, 0, 40), "{refused}");
    }
}

/// Somebody has written another type to it, which no hub can mend.
#[test]
fn where_the_set_of_who_is_online_is_none_all_else_is_compared() {
    let world = crowd(40);
    *world.refused.borrow_mut() =
        Some(("SMISMEMBER".to_owned(), "WRONGTYPE Operation against a key"));
    world.srem("ws:user:sessions:u7", world.set("ws:user:sessions:u7").first().unwrap());
    let counts = run(&scheduler(), &world, Task::Sessions).counts;
    assert_eq!((counts.unread, counts.repaired, counts.scanned), (0, 1, 40));
}
