//! What is known between two reports: each trigger says how Redis is, for one command.

use serde_json::json;
use tasks::{Order, Outcome, Pulse, Status, Task};

use crate::world::{FakeWorld, TestScheduler, block_on, dry_run, run, scheduler};

const MINUTE: i64 = 60_000;

/// All that is due, as the cron trigger runs it.
fn trigger(scheduler: &TestScheduler, world: &FakeWorld) {
    while matches!(block_on(scheduler.run(world, "cron", Order::Due)), Outcome::Ran(_)) {}
}

fn pulse(scheduler: &TestScheduler) -> Pulse {
    scheduler.overview().unwrap().pulse.unwrap()
}

fn status(scheduler: &TestScheduler) -> Status {
    scheduler.overview().unwrap().report.unwrap().status
}

fn later(world: &FakeWorld, minutes: i64) {
    world.clock.set(world.clock.get() + minutes * MINUTE);
}

#[test]
fn a_redis_that_fails_between_two_reports_shows_with_the_next_trigger_and_not_after_it_is_back() {
    let world = FakeWorld::new();
    world.online("ada");
    let scheduler = scheduler();
    trigger(&scheduler, &world);
    assert_eq!(status(&scheduler), Status::Ok);
    world.redis_down.set(true);
    later(&world, 5);
    let now = world.clock.get();
    trigger(&scheduler, &world);
    let felt = pulse(&scheduler);
    assert!(felt.as_of.0 >= now, "a fresh time");
    assert_eq!(
        (felt.redis.state.as_str(), felt.redis.breaker.as_deref()),
        ("unreachable", Some("open"))
    );
    assert_eq!(status(&scheduler), Status::Degraded);
    world.redis_down.set(false);
    later(&world, 5);
    trigger(&scheduler, &world);
    assert_eq!(status(&scheduler), Status::Ok);
    assert_eq!(pulse(&scheduler).redis.latency_ms, Some(1));
}

#[test]
fn a_trigger_with_nothing_due_costs_one_command_and_calls_no_hub() {
    let world = FakeWorld::new();
    world.online("ada");
    let scheduler = scheduler();
    trigger(&scheduler, &world);
    later(&world, 5);
    let (calls, commands) = (world.calls.get(), world.commands.borrow().len());
    trigger(&scheduler, &world);
    trigger(&scheduler, &world);
    assert_eq!(world.calls.get() - calls, 1);
    assert_eq!(world.commands.borrow().get(commands..).unwrap(), ["PING"]);
}

#[test]
fn how_far_redis_is_behind_is_as_the_last_run_saw_it() {
    let world = FakeWorld::new();
    for id in ["ada", "bob"] {
        world.online(id);
    }
    let scheduler = scheduler();
    trigger(&scheduler, &world);
    assert_eq!(pulse(&scheduler).mirror.unwrap().behind, 0);
    world.hub_of("ada", |hub| hub.lag = 400_000);
    later(&world, 10);
    trigger(&scheduler, &world);
    let mirror = pulse(&scheduler).mirror.unwrap();
    // From two sides: as a member of the set, and as a user of the directory.
    assert_eq!((mirror.looks, mirror.behind, mirror.lag_ms), (4, 2, 400_000));
    assert_eq!(status(&scheduler), Status::Degraded, "whoever waits that long has tried in vain");
    world.hub_of("ada", |hub| hub.lag = 0);
    dry_run(&scheduler, &world, Task::Presence);
    assert_eq!(pulse(&scheduler).mirror.unwrap().behind, 2, "a dry run changes nothing");
    run(&scheduler, &world, Task::Presence);
    assert_eq!((pulse(&scheduler).mirror.unwrap().behind, status(&scheduler)), (0, Status::Ok));
}

#[test]
fn a_pulse_is_written_as_the_documentation_says() {
    let world = FakeWorld::new();
    world.online("ada");
    world.redis_off.set(true);
    let scheduler = scheduler();
    trigger(&scheduler, &world);
    let value = serde_json::to_value(scheduler.overview().unwrap()).unwrap();
    assert_eq!(value["pulse"]["redis"], json!({ "state": "off" }));
    let mirror = &value["pulse"]["mirror"];
    assert_eq!(
        (&mirror["looks"], &mirror["behind"], &mirror["lagMs"]),
        (&json!(1), &json!(0), &json!(0))
    );
}
