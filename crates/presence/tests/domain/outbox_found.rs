//! Bugs of the outbox that the simulator found, each played again in the shortest world that shows it.

use presence::calls::HubRequest;
use presence::config::HubConfig;
use presence::effects::Command;
use presence::mirror::Refresh;
use presence::outbox::{Publishing, Topic};
use presence::state::Status;

use crate::world::{ClientId, Deal, Flow, World, status, user};

const MINUTE: i64 = 60_000;

/// Ada is there, everything is delivered.
fn ada() -> (World, ClientId) {
    let config = HubConfig { publishing: Publishing::Full, ..HubConfig::default() };
    let mut world = World::with(config);
    let ada = world.connect("ada");
    world.settle();
    (world, ada)
}

fn rows(world: &mut World) -> i64 {
    world.number("ada", "SELECT count(*) FROM outbox")
}

/// The turn forgot the batch on its way, and the next one went out beside it (the world stops there).
#[test]
fn rule_15_after_a_turn_that_storage_undid_no_batch_overtakes_the_one_under_way() {
    let (mut world, ada) = ada();
    let mut first = true;
    world.kafka_does(move |_| if std::mem::take(&mut first) { Deal::Mute } else { Deal::Take });
    world.set(ada, Status::Busy);
    world.node(&user("ada")).store().refuse_writes(true);
    world.say(ada, Command::SetStatus(status(Status::Away))).unwrap_err();
    world.node(&user("ada")).store().refuse_writes(false);
    world.set(ada, Status::Away);
    world.run_for(5 * MINUTE);
    let changed = world.kafka.taken("ada", Topic::Presence);
    assert_eq!(changed, ["presence.online", "presence.changed", "presence.changed"]);
    assert_eq!(rows(&mut world), 0);
}

/// Its row still said that there may be events; each alarm that found it out of memory armed another a
/// minute later, for ever.
#[test]
fn an_alarm_arms_none_for_events_that_are_gone() {
    let (mut world, ada) = ada();
    world.say(ada, Command::Leave).unwrap();
    world.settle();
    for _ in 0..10 {
        world.hibernate("ada");
        world.run_for(MINUTE);
    }
    let fired = world.alarms_fired.get(&user("ada")).copied().unwrap_or(0);
    assert!(fired <= 1, "{fired} alarms for somebody who has left");
}

/// What was confirmed of a row that stays was sent again, and then nothing, at once and for ever: the
/// event behind it had gone with a row of its own.
#[test]
fn rule_15_no_batch_is_empty_after_a_crash_between_two_lanes() {
    let config = HubConfig { publishing: Publishing::Full, ..HubConfig::default() };
    let mut world = World::with(config);
    world.kafka_does(|batch| {
        if batch.destination.topic == Topic::Presence { Deal::Refuse } else { Deal::Take }
    });
    world.connect("ada");
    world.run_for(50);
    world.connect("ada");
    world.run_for(50);
    assert_eq!(rows(&mut world), 1, "the row of both lanes, and not that of the second session");
    world.crash("ada");
    world.kafka_does(|_| Deal::Take);
    world.run_for(5 * MINUTE);
    assert!(world.kafka.sent.iter().all(|(_, batch)| !batch.records.is_empty()));
    assert_eq!(rows(&mut world), 0);
}

/// The turn that brought a batch's answer was undone by its sweep, before it took the answer: the hub went on
/// waiting for it, and published nothing more. So it was with a flush.
#[test]
fn an_answer_whose_turn_storage_undid_is_waited_for_no_more() {
    let config = HubConfig {
        publishing: Publishing::Full,
        refresh: Refresh::Transitions,
        subscription_ttl: 30_000,
        ..HubConfig::default()
    };
    let mut world = World::with(config);
    let subscribe = |world: &mut World, target: &str| {
        let targets = vec![target.to_owned()];
        world.rest("ada", HubRequest::Subscribe { targets }).unwrap();
    };
    subscribe(&mut world, "bob");
    world.run_for(25_000);
    world.kafka_does(|_| Deal::Mute);
    world.redis_does(|_| Flow::Mute);
    subscribe(&mut world, "eve");
    world.run_for(1_000);
    // The first lease is over before the answers are due; it cannot be ended.
    world.node(&user("ada")).store().refuse_writes(true);
    world.run_for(10_000);
    world.node(&user("ada")).store().refuse_writes(false);
    world.kafka_does(|_| Deal::Take);
    world.redis_does(|_| Flow::Take);
    world.run_for(10 * MINUTE);
    let [made, ended] = ["subscription.created", "subscription.ended"];
    let mut taken = world.kafka.taken("ada", Topic::Subscription);
    taken.sort_unstable();
    assert_eq!(taken, [made, made, ended, ended]);
    assert_eq!(rows(&mut world), 0);
    let flushes = world.redis().sent.iter().filter(|(_, flush)| flush.user == user("ada"));
    assert!(flushes.count() >= 3, "and Redis is told of the end");
}
