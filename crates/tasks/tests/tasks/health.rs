//! C4: the report, and how far the tasks are.

use presence::mirror::Refresh;
use presence::outbox::{OutboxState, Topic};
use serde_json::json;
use tasks::{Health, OutboxCounts, Status, Task};

use crate::world::{FakeWorld, run, scheduler};

fn report(world: &FakeWorld) -> Health {
    let scheduler = scheduler();
    run(&scheduler, world, Task::Health);
    scheduler.overview().unwrap().report.unwrap()
}

#[test]
fn before_the_first_report_it_says_so() {
    let overview = scheduler().overview().unwrap();
    assert_eq!((overview.status, &overview.report), (Some(Status::Unknown), &None));
    assert!(overview.detail.is_some());
    assert_eq!(overview.tasks.len(), 4);
    let value = serde_json::to_value(&overview).unwrap();
    let names: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(names, ["detail", "status", "tasks"]);
}

#[test]
fn where_all_is_well_it_says_how_much_was_compared_and_how_redis_is() {
    let world = FakeWorld::new();
    for id in ["ada", "bob"] {
        world.online(id);
    }
    world.edge("ada", "bob");
    let report = report(&world);
    assert_eq!(report.status, Status::Ok);
    assert_eq!(
        (report.redis.state.as_str(), report.redis.breaker.as_deref()),
        ("ok", Some("closed"))
    );
    assert_eq!((report.redis.used_memory, report.redis.keys), (Some(1234), Some(42)));
    assert_eq!(
        (report.redis.refresh, report.redis.latency_ms),
        (Some(Refresh::Transitions), Some(1))
    );
    assert_eq!((report.sessions.checked, report.sessions.drifted), (2, 0));
    assert_eq!((report.subscriptions.checked, report.subscriptions.drifted), (2, 0));
    assert_eq!(report.kafka.state, "off");
}

#[test]
fn how_events_stand_is_said_of_the_sample_and_of_a_whole_pass() {
    let world = FakeWorld::new();
    world.kafka.set(Some("closed"));
    for id in ["ada", "bob"] {
        world.online(id);
    }
    let kafka = report(&world).kafka;
    assert_eq!((kafka.state.as_str(), kafka.outbox), ("ok", Some(OutboxCounts::default())));
    let stands = |lag, held: &[Topic], full| OutboxState {
        waiting: 3,
        lag,
        held: held.to_vec(),
        full,
        dead_letters: 1,
    };
    world.hub_of("ada", |hub| hub.outbox = stands(5_000, &[], false));
    world.hub_of("bob", |hub| hub.outbox = stands(61_000, &[], false));
    let late = report(&world);
    assert_eq!((late.status, late.kafka.state.as_str()), (Status::Degraded, "behind"));
    let counts = late.kafka.outbox.unwrap();
    assert_eq!(
        (counts.waiting, counts.lag_ms, counts.full, counts.dead_letters),
        (6, 61_000, 0, 2)
    );
    world.hub_of("bob", |hub| hub.outbox = stands(1_000, &[Topic::Message], true));
    let held = report(&world).kafka;
    assert_eq!((held.state.as_str(), held.outbox.unwrap().held.message), ("held", 1));
    let scheduler = scheduler();
    run(&scheduler, &world, Task::Sessions);
    let value = serde_json::to_value(scheduler.overview().unwrap()).unwrap();
    let pass = value["tasks"].as_array().unwrap().iter().find_map(|task| task.get("lastPass"));
    assert_eq!(pass.unwrap()["outbox"]["full"], 1);
}

#[test]
fn a_kafka_that_cannot_be_reached_is_behind() {
    let world = FakeWorld::new();
    world.kafka.set(Some("open"));
    world.online("ada");
    let report = report(&world);
    assert_eq!((report.status, report.kafka.state.as_str()), (Status::Degraded, "behind"));
    assert_eq!(report.kafka.breaker.as_deref(), Some("open"));
}

#[test]
fn what_drifted_is_counted_with_its_repair() {
    let world = FakeWorld::new();
    for id in ["ada", "bob", "cy"] {
        world.online(id);
    }
    world.edge("ada", "bob");
    world.flushall();
    world.hub_of("bob", |hub| hub.audience.clear());
    world.hub_of("cy", |hub| hub.lag = 900);
    let report = report(&world);
    assert_eq!((report.sessions.drifted, report.sessions.repaired), (2, 2));
    assert_eq!(report.sessions.checked, 2, "cy is about to be mirrored");
    assert_eq!((report.subscriptions.drifted, report.subscriptions.repaired), (1, 1));
    assert_eq!((report.mirror.behind, report.mirror.lag_ms), (1, 900));
    assert_eq!(report.status, Status::Ok, "what is mended is no reason to wake somebody");
}

#[test]
fn a_redis_that_is_down_and_one_that_is_none_are_told_apart() {
    let world = FakeWorld::new();
    world.online("ada");
    world.redis_down.set(true);
    let down = report(&world);
    assert_eq!((down.status, down.redis.state.as_str()), (Status::Degraded, "unreachable"));
    assert_eq!((down.redis.breaker.as_deref(), down.sessions.checked), (Some("open"), 0));
    world.redis_off.set(true);
    let off = report(&world);
    assert_eq!((off.status, off.redis.state.as_str()), (Status::Ok, "off"));
}

#[test]
fn hubs_that_do_not_answer_are_a_reason_to_look() {
    let world = FakeWorld::new();
    world.online("ada");
    world.hub_of("ada", |hub| hub.down = true);
    let report = report(&world);
    assert_eq!((report.status, report.sessions.failed), (Status::Degraded, 1));
}

#[test]
fn each_report_takes_another_sample_and_none_names_a_user() {
    let world = FakeWorld::new();
    for n in 0..100 {
        world.online(&format!("secret{n}"));
        world.edge(&format!("secret{n}"), "secret0");
    }
    world.flushall();
    let scheduler = scheduler();
    for _ in 0..5 {
        run(&scheduler, &world, Task::Health);
    }
    let seen: std::collections::BTreeSet<String> = world.repaired().into_iter().collect();
    assert_eq!(seen.len(), 100, "after a few reports everybody was in one");
    let text = serde_json::to_string(&scheduler.overview().unwrap()).unwrap();
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn the_length_of_a_pass_is_users_by_rate() {
    let world = FakeWorld::new();
    for n in 0..2_000 {
        world.online(&format!("u{n}"));
    }
    let scheduler = scheduler();
    let mut report = run(&scheduler, &world, Task::Sessions);
    let find = || {
        let overview = scheduler.overview().unwrap();
        overview.tasks.into_iter().find(|task| task.name == "sessions").unwrap()
    };
    let guess = find();
    assert_eq!(guess.under_way.as_ref().unwrap().users, report.counts.scanned);
    let guess = guess.full_pass_ms.unwrap();
    while !report.complete {
        report = run(&scheduler, &world, Task::Sessions);
    }
    let known = find();
    let (rate, whole) = (known.users_per_second.unwrap(), known.full_pass_ms.unwrap());
    let by_rate = 2_000.0 / rate * 1000.0;
    assert!((by_rate - whole as f64).abs() < whole as f64 * 0.02, "{by_rate} {whole}");
    assert!((guess - whole).abs() < whole / 4, "the guess on the way was close: {guess} {whole}");
}

#[test]
fn the_report_is_written_as_the_documentation_says() {
    let world = FakeWorld::new();
    world.redis_off.set(true);
    let scheduler = scheduler();
    run(&scheduler, &world, Task::Health);
    let value = serde_json::to_value(scheduler.overview().unwrap()).unwrap();
    let none = json!({ "checked": 0, "drifted": 0, "repaired": 0, "failed": 0 });
    assert_eq!(value["redis"], json!({ "state": "off" }));
    assert_eq!((&value["sessions"], &value["subscriptions"]), (&none, &none));
    assert_eq!(value["mirror"], json!({ "behind": 0, "lagMs": 0 }));
    assert_eq!((&value["status"], &value["kafka"]), (&json!("ok"), &json!({ "state": "off" })));
}
