//! C3: `presence:online` holds who is online, and nobody else.

use tasks::{Order, Outcome, Task};

use crate::world::{FakeWorld, block_on, dry_run, run, scheduler};

const ONLINE: &str = "presence:online";

#[test]
fn ghosts_go_and_the_missing_come() {
    let world = FakeWorld::new();
    for n in 0..50 {
        world.online(&format!("on{n}"));
        world.offline(&format!("off{n}"));
    }
    let before = world.set(ONLINE);
    for n in 0..50 {
        world.sadd(ONLINE, &format!("off{n}"));
        world.sadd(ONLINE, &format!("never{n}"));
    }
    world.srem(ONLINE, "on3");
    world.srem(ONLINE, "on4");
    let scheduler = scheduler();
    let report = run(&scheduler, &world, Task::Presence);
    assert!(report.complete);
    assert_eq!((report.counts.repaired, report.counts.failed), (102, 0));
    assert_eq!(world.set(ONLINE), before);
    assert!(world.commands.borrow().iter().all(|name| name == "SSCAN" || name == "SMISMEMBER"));
    assert_eq!(run(&scheduler, &world, Task::Presence).counts.repaired, 0);
}

#[test]
fn a_member_that_is_no_user_id_is_counted_since_no_hub_could_take_it_away() {
    let world = FakeWorld::new();
    world.online("ada");
    for member in ["no id", "*", "9F1B8A3E-0C7D-4A51-9E2B-6D5C4B3A2F10"] {
        world.sadd(ONLINE, member);
    }
    let report = run(&scheduler(), &world, Task::Presence);
    assert_eq!((report.counts.failed, report.counts.repaired), (3, 0));
    assert!(report.complete);
}

#[test]
fn without_redis_there_is_nothing_to_do_and_while_it_is_down_it_waits() {
    let world = FakeWorld::new();
    world.online("ada");
    world.redis_off.set(true);
    let report = run(&scheduler(), &world, Task::Presence);
    assert!(report.complete && report.counts.is_empty());
    world.redis_off.set(false);
    world.redis_down.set(true);
    let scheduler = scheduler();
    let report = run(&scheduler, &world, Task::Presence);
    assert!(!report.complete);
    assert_eq!(report.counts.failed, 1);
    world.redis_down.set(false);
    world.flushall();
    world.clock.set(world.clock.get() + 300_000);
    let outcome = block_on(scheduler.run(&world, "test", Order::Due));
    assert!(matches!(outcome, Outcome::Ran(_)), "{outcome:?}");
    run(&scheduler, &world, Task::Presence);
    assert!(world.set(ONLINE).contains("ada"));
}

#[test]
fn a_large_page_is_seen_to_in_parts_and_to_its_end() {
    let world = FakeWorld::new();
    for n in 0..200 {
        world.sadd(ONLINE, &format!("ghost{n:03}"));
    }
    let scheduler = scheduler();
    let first = run(&scheduler, &world, Task::Presence);
    let mut runs = vec![first];
    while !runs.last().unwrap().complete {
        runs.push(run(&scheduler, &world, Task::Presence));
        assert!(runs.len() < 10);
    }
    assert!(world.set(ONLINE).is_empty());
    assert!(runs.iter().all(|report| report.pass == 1));
}

#[test]
fn a_dry_run_names_how_many_and_leaves_them() {
    let world = FakeWorld::new();
    world.offline("off");
    world.sadd(ONLINE, "off");
    world.online("on");
    world.srem(ONLINE, "on");
    let report = dry_run(&scheduler(), &world, Task::Presence);
    assert!(report.counts.repaired >= 2);
    assert!(world.repaired().is_empty());
    assert!(world.set(ONLINE).contains("off"));
}
