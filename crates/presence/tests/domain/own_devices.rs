//! What a user's own devices are told of their user and of each other.

use presence::calls::{HubRequest, HubResponse};
use presence::effects::Command;
use presence::state::{DeviceType, Status};

use crate::world::{Fate, WireKind, World, status, user};

#[test]
fn who_watches_themself_on_a_new_device_tells_that_device_alone() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["ada"]);
    world.settle();
    let told = world.client(ada).told_about("ada").len();
    let second = world.connect("ada");
    world.settle();
    assert_eq!(world.client(second).told_about("ada").len(), 1);
    assert_eq!(world.client(ada).told_about("ada").len(), told, "nothing of it changed");
    world.subscribe(second, &["ada"]);
    world.settle();
    assert_eq!(world.client(second).told_about("ada").len(), 2, "asked again");
    assert_eq!(world.client(ada).told_about("ada").len(), told);
}

#[test]
fn devices_that_ask_while_a_target_is_slow_are_told_together_and_no_other_is() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.settle();
    let told = world.client(ada).told_about("bob").len();
    world.network(|wire| if wire.kind == WireKind::Watch { Fate::Hold } else { Fate::Deliver });
    let new = [world.connect("ada"), world.connect("ada"), world.connect("ada")];
    world.network(|_| Fate::Deliver);
    world.release(|_| true);
    world.settle();
    for client in new {
        assert!(world.client(client).sees("bob").is_some());
    }
    assert_eq!(world.client(ada).told_about("bob").len(), told);
}

/// What the turn's sweep ended and what its command set are one version: told in between, the
/// device would take the second for a repeat.
#[test]
fn after_a_refusal_of_storage_a_device_is_told_of_itself_only_what_the_whole_turn_came_to() {
    let mut world = World::new();
    let ada = world.connect_as("ada", DeviceType::Web, None);
    let phone = world.connect_as("ada", DeviceType::Mobile, None);
    world.subscribe(ada, &["ada"]);
    world.run_for(1_000);
    world.go_silent(phone);
    world.node(&user("ada")).store().refuse_writes(true);
    world.run_for(61_000);
    world.node(&user("ada")).store().refuse_writes(false);
    world.say(ada, Command::SetStatus(status(Status::Away))).unwrap();
    world.settle();
    let seen = world.client(ada).view[&user("ada")].clone();
    assert_eq!((seen.status, seen.devices.len()), (Status::Away, 1));
}

#[test]
fn a_device_that_did_not_say_what_it_is_reads_as_other() {
    let mut world = World::new();
    world.connect_stomp("ada", None);
    let Ok(HubResponse::Sessions { sessions }) = world.rest("ada", HubRequest::Sessions) else {
        panic!("the sessions");
    };
    assert_eq!(sessions[0].device.kind, Some(DeviceType::Other));
}
