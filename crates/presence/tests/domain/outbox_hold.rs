//! While a setting is wrong nobody knows whether events shall be published, nor where to: what has a
//! place in a sequence is kept for later.

use presence::calls::HubRequest;
use presence::config::HubConfig;
use presence::effects::Command;
use presence::errors::ErrorCode;
use presence::outbox::{Publishing, Topic};
use presence::state::Status;

use crate::world::World;

const HOUR: i64 = 3_600_000;

fn config(publishing: Publishing) -> HubConfig {
    HubConfig { publishing, ..HubConfig::default() }
}

fn rows(world: &mut World, id: &str) -> i64 {
    world.number(id, "SELECT count(*) FROM outbox")
}

/// Sessions ended and were never said to have: consumers kept those users online.
#[test]
fn what_ends_while_a_setting_is_wrong_is_told_when_it_is_right_again() {
    let mut world = World::with(config(Publishing::Full));
    let ada = world.connect("ada");
    world.settle();
    world.deploy(config(Publishing::Hold));
    world.send_text(ada, &["bob"], None, "a secret").unwrap();
    world.say(ada, Command::Leave).unwrap();
    let sent = world.kafka.sent.len();
    world.sleep_through("ada", HOUR / 2);
    assert_eq!(world.kafka.sent.len(), sent, "nobody to publish to");
    let state = world.outbox("ada");
    assert_eq!((state.waiting, state.lag >= HOUR / 2), (3, true), "health knows of it");
    world.deploy(config(Publishing::Full));
    world.sleep_through("ada", HOUR);
    assert_eq!(world.kafka.taken("ada", Topic::Session), ["session.started", "session.ended"]);
    assert_eq!(world.kafka.taken("ada", Topic::Presence).last().unwrap(), "presence.offline");
    assert_eq!(world.kafka.taken("ada", Topic::Message), ["message.sent"]);
    let mut published = world.kafka.logs.values().flatten();
    assert!(published.all(|(_, record)| !record.value.contains("secret")));
    assert_eq!(rows(&mut world, "ada"), 0);
}

#[test]
fn of_a_user_who_never_published_nothing_is_kept_while_a_setting_is_wrong() {
    let mut world = World::with(config(Publishing::Hold));
    let ada = world.connect("ada");
    world.say(ada, Command::Leave).unwrap();
    world.run_for(HOUR);
    assert_eq!(rows(&mut world, "ada"), 0);
    assert_eq!(world.outbox("ada").waiting, 0);
}

#[test]
fn where_publishing_is_off_nothing_is_kept_of_anybody() {
    let mut world = World::with(config(Publishing::Full));
    let ada = world.connect("ada");
    world.settle();
    world.deploy(config(Publishing::Off));
    world.set(ada, Status::Busy);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(HOUR);
    assert_eq!(rows(&mut world, "ada"), 0);
}

#[test]
fn rule_17_an_outbox_is_bounded_while_a_setting_is_wrong() {
    let mut world = World::with(config(Publishing::Full));
    let ada = world.connect("ada");
    world.settle();
    world.deploy(config(Publishing::Hold));
    let mut refused = None;
    for round in 0..3_000 {
        let status = if round % 2 == 0 { Status::Busy } else { Status::Away };
        refused = world.set_status_of(ada, status).err();
        if refused.is_some() {
            break;
        }
    }
    assert_eq!(refused.unwrap().code, ErrorCode::OutboxFull);
    world.rest("ada", HubRequest::Sweep).unwrap();
    assert!(rows(&mut world, "ada") < 2_000);
}
