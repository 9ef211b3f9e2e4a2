//! Rule 13: whose status, and what is a visible change.

use presence::calls::{HubRequest, SetStatus};
use presence::effects::Command;
use presence::errors::ErrorCode;
use presence::state::{Device, DeviceType, Scope, Status};

use crate::world::{World, status, user};

#[test]
fn rule_13_a_status_of_the_user_outlives_sessions_and_hibernation_until_set_again() {
    let mut world = World::new();
    let grace = world.connect("grace");
    world.set(grace, Status::Busy);
    world.say(grace, Command::Leave).unwrap();
    assert_eq!(world.look("grace", "ada").status, Status::Offline);
    world.settle();
    assert!(world.hibernate("grace"));
    let again = world.connect("grace");
    assert_eq!(world.look("grace", "ada").status, Status::Busy);
    world.set(again, Status::Online);
    assert_eq!(world.look("grace", "ada").status, Status::Online);
}

#[test]
fn rule_13_a_device_status_belongs_to_its_session_and_ends_with_it() {
    let mut world = World::new();
    let web = world.connect("grace");
    world.set_device(web, Status::Away).unwrap();
    assert_eq!(world.look("grace", "ada").status, Status::Away, "every session is away");
    world.set_device(web, Status::Online).unwrap();
    assert_eq!(world.look("grace", "ada").status, Status::Online, "back");
    world.set_device(web, Status::Away).unwrap();
    let mobile = world.connect_as("grace", DeviceType::Mobile, None);
    assert_eq!(world.look("grace", "ada").status, Status::Online, "one is not");
    world.set_device(mobile, Status::Away).unwrap();
    assert_eq!(world.look("grace", "ada").status, Status::Away);
    world.set(mobile, Status::Busy);
    assert_eq!(world.look("grace", "ada").status, Status::Busy, "what the user set beats it");
    world.set(mobile, Status::Online);
    assert_eq!(world.look("grace", "ada").status, Status::Away, "ONLINE clears only the user's");
    world.say(web, Command::Leave).unwrap();
    world.say(mobile, Command::Leave).unwrap();
    world.connect("grace");
    assert_eq!(world.look("grace", "ada").status, Status::Online, "it ended with the session");
}

#[test]
fn rule_13_a_device_status_survives_a_resume() {
    let mut world = World::new();
    let web = world.connect("grace");
    world.set_device(web, Status::Away).unwrap();
    world.close(web);
    world.crash("grace");
    assert!(world.resume(web));
    assert_eq!(world.look("grace", "ada").status, Status::Away);
}

#[test]
fn rule_13_devices_has_one_entry_for_each_distinct_type() {
    let mut world = World::new();
    world.connect_as("grace", DeviceType::Mobile, None);
    let second = world.connect_as("grace", DeviceType::Mobile, None);
    world.connect_as("grace", DeviceType::Web, None);
    world.set_device(second, Status::Away).unwrap();
    let seen = world.look("grace", "ada");
    let devices: Vec<_> = seen.devices.iter().map(|d| (d.kind, d.status)).collect();
    assert_eq!(
        devices,
        [(DeviceType::Web, Status::Online), (DeviceType::Mobile, Status::Online)],
        "a type is away only if every session of it is"
    );
}

#[test]
fn rule_13_a_second_device_of_a_known_type_is_no_visible_change_and_a_new_type_is() {
    let mut world = World::new();
    world.connect("grace");
    assert_eq!(world.look("grace", "ada").version, 1);
    world.connect("grace");
    assert_eq!(world.look("grace", "ada").version, 1);
    let third = world.connect_as("grace", DeviceType::Tv, None);
    assert_eq!(world.look("grace", "ada").version, 2);
    let device = Device { kind: Some(DeviceType::Tablet), ..Device::default() };
    world.say(third, Command::Heartbeat(Some(device))).unwrap();
    assert_eq!(world.look("grace", "ada").version, 3, "a beat may change the type");
    assert_eq!(world.look("grace", "grace").version, 4, "the owner counts the sessions too");
}

#[test]
fn rule_13_time_alone_is_no_visible_change() {
    let mut world = World::new();
    let grace = world.connect("grace");
    let before = world.look("grace", "ada");
    world.run_for(600_000);
    world.say(grace, Command::Heartbeat(None)).unwrap();
    let after = world.look("grace", "ada");
    assert_eq!(before.version, after.version);
    assert!(after.last_active_at > before.last_active_at && after.as_of > before.as_of);
}

#[test]
fn rule_13_what_cannot_be_set_is_refused_and_changes_nothing() {
    let mut world = World::new();
    let grace = world.connect("grace");
    let message = |count: usize| Some("é".repeat(count));
    let (busy, device) = (status(Status::Busy), Scope::Device);
    let cases = [
        (status(Status::Offline), ErrorCode::InvalidStatus),
        (SetStatus { message: message(257), ..busy.clone() }, ErrorCode::MessageTooLong),
        (SetStatus { scope: device, ..busy.clone() }, ErrorCode::InvalidStatus),
        (SetStatus { scope: device, ..status(Status::Invisible) }, ErrorCode::InvalidStatus),
    ];
    for (wanted, code) in cases {
        let refused = world.say(grace, Command::SetStatus(wanted.clone())).unwrap_err();
        assert_eq!(refused.code, code, "{wanted:?}");
        assert_eq!(world.rest_refused("grace", HubRequest::SetStatus(wanted)), Some(code));
    }
    let unnamed = SetStatus { scope: device, ..status(Status::Away) };
    let refused = world.rest_refused("grace", HubRequest::SetStatus(unnamed.clone()));
    assert_eq!(refused, Some(ErrorCode::InvalidStatus), "no socket says which session");
    let foreign = presence::ids::SessionId::new(&user("grace"), [9; 16]);
    let foreign = SetStatus { session_id: Some(foreign), ..unnamed.clone() };
    let refused = world.rest_refused("grace", HubRequest::SetStatus(foreign));
    assert_eq!(refused, Some(ErrorCode::SessionNotFound));
    assert_eq!(world.look("grace", "ada").version, 1);
    let longest = SetStatus { message: message(256), ..busy };
    world.say(grace, Command::SetStatus(longest)).unwrap();
    assert_eq!(world.look("grace", "ada").message, message(256));
    let session_id = Some(world.session_of(grace));
    world.rest("grace", HubRequest::SetStatus(SetStatus { session_id, ..unnamed })).unwrap();
    let seen = world.look("grace", "ada");
    assert_eq!((seen.version, seen.status), (2, Status::Busy), "which nobody sees beside BUSY");
}
