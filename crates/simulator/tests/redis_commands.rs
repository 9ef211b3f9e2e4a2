//! How many commands Redis is sent, and billed for (contract §4, `transitions`): nothing for an idle user,
//! a handful for a change.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use presence::calls::SetStatus;
use presence::config::HubConfig;
use presence::effects::Command;
use presence::mirror::Refresh;
use presence::state::{DeviceType, Scope, Status};
use simulator::faults::Profile;
use simulator::judge::Judge;
use simulator::script::{Loss, Manners};
use simulator::trace::Trace;
use simulator::world::device::Device;
use simulator::world::{World, person};

const SOON: i64 = 2_000;
const HOUR: i64 = 3_600_000;

fn world() -> World {
    let config = HubConfig { refresh: Refresh::Transitions, ..HubConfig::default() };
    let mut world = World::new(1, Profile::Calm, config, Trace::Off);
    world.judge = Some(Judge::new(config));
    world.heal();
    world
}

fn connect(world: &mut World, user: usize) -> usize {
    world.hub_of(&person(user));
    let device = world.add_device(Device::new(user, DeviceType::Web, false, Manners::Good));
    world.open(device, None, None);
    device
}

fn set(world: &mut World, device: usize, status: Status) {
    let set = SetStatus { status, message: None, scope: Scope::User, session_id: None };
    world.say(device, Command::SetStatus(set), true);
}

/// What `act` and the time after it cost.
fn commands(world: &mut World, ms: i64, act: impl FnOnce(&mut World)) -> u64 {
    let before: u64 = world.tally.commands.values().sum();
    act(world);
    assert!(world.run_for(ms), "{:?}", world.failure);
    world.tally.commands.values().sum::<u64>() - before
}

/// A user who is watched by somebody, and watches them.
fn pair() -> (World, [usize; 2]) {
    let mut world = world();
    let (ada, bob) = (connect(&mut world, 0), connect(&mut world, 1));
    world.say(ada, Command::Subscribe(vec![person(1).to_string()]), true);
    world.say(bob, Command::Subscribe(vec![person(0).to_string()]), true);
    // All keys of both are written anew once after they have come.
    assert!(world.run_for(300_000));
    (world, [ada, bob])
}

#[test]
fn an_idle_user_costs_no_command() {
    let (mut world, _) = pair();
    assert_eq!(commands(&mut world, 5 * HOUR, |_| ()), 0);
}

#[test]
fn a_resume_and_a_beat_cost_no_command() {
    let (mut world, [ada, _]) = pair();
    let resumed = commands(&mut world, HOUR, |world| {
        world.lose(ada, Loss::Closed(0), Some(500));
        world.say(ada, Command::Heartbeat(None), true);
    });
    assert_eq!(resumed, 0);
}

#[test]
fn a_change_costs_two_commands_and_at_most_six() {
    let (mut world, [ada, bob]) = pair();
    for status in [Status::Busy, Status::Away, Status::Online] {
        assert_eq!(commands(&mut world, SOON, |world| set(world, ada, status)), 2, "{status:?}");
    }
    // Hiding and showing oneself: one command more a session.
    for status in [Status::Invisible, Status::Online] {
        assert_eq!(commands(&mut world, SOON, |world| set(world, ada, status)), 3, "{status:?}");
    }
    // Bob falls asleep, which the set of who would be told learns with the change that finds him so, if
    // that is known before Redis is told of it, or else with the next one. Bob was alone in it, so that
    // there is nothing but a key to delete.
    world.say(bob, Command::Leave, false);
    assert!(world.run_for(SOON));
    let counts = [Status::Busy, Status::Away]
        .map(|status| commands(&mut world, SOON, |world| set(world, ada, status)));
    assert!(counts == [3, 2] || counts == [2, 3], "{counts:?}");
}

/// The dearest change there is: the set of who would be told is written anew, and is not empty.
#[test]
fn hiding_costs_at_most_six_commands_also_where_somebody_fell_asleep() {
    let (mut world, [ada, bob]) = pair();
    let eve = connect(&mut world, 2);
    world.say(eve, Command::Subscribe(vec![person(0).to_string()]), true);
    assert!(world.run_for(300_000));
    world.say(bob, Command::Leave, false);
    assert!(world.run_for(SOON));
    let counts = [Status::Invisible, Status::Online]
        .map(|status| commands(&mut world, SOON, |world| set(world, ada, status)));
    assert!(counts == [6, 3] || counts == [3, 6], "{counts:?}");
}

#[test]
fn a_connect_costs_eight_commands_and_at_most_ten() {
    let mut world = world();
    assert_eq!(commands(&mut world, SOON, |world| _ = connect(world, 0)), 8);
    let second = commands(&mut world, SOON, |world| _ = connect(world, 0));
    assert_eq!(second, 8, "another device");
    let (mut world, [ada, _]) = pair();
    let left = commands(&mut world, SOON, |world| world.say(ada, Command::Leave, false));
    assert_eq!(left, 6, "the end of the last session");
    let back = commands(&mut world, SOON, |world| _ = connect(world, 0));
    assert_eq!(back, 8, "back within the day");
}

/// The one connect that costs more: somebody fell asleep since the last change, and others have not. A
/// set takes three commands to be written whole (rules, 19).
#[test]
fn a_first_connect_that_must_write_the_watchers_anew_costs_eleven_commands() {
    let (mut world, [ada, bob]) = pair();
    let eve = connect(&mut world, 2);
    world.say(eve, Command::Subscribe(vec![person(0).to_string()]), true);
    assert!(world.run_for(300_000));
    world.say(ada, Command::Leave, false);
    world.say(bob, Command::Leave, false);
    assert!(world.run_for(SOON));
    let counts = [0, 1].map(|_| commands(&mut world, SOON, |world| _ = connect(world, 0)));
    assert!(counts == [11, 8] || counts == [8, 11] || counts == [8, 8], "{counts:?}");
}
