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
fn a_change_costs_at_most_six_commands() {
    let (mut world, [ada, bob]) = pair();
    for status in [Status::Busy, Status::Away, Status::Online] {
        assert_eq!(commands(&mut world, SOON, |world| set(world, ada, status)), 2, "{status:?}");
    }
    for status in [Status::Invisible, Status::Online] {
        let count = commands(&mut world, SOON, |world| set(world, ada, status));
        assert!(count <= 6, "{status:?}: {count}");
    }
    // Bob falls asleep, which the set of who would be told learns with the change that finds him so, if
    // that is known before Redis is told of it, or else with the next one.
    world.say(bob, Command::Leave, false);
    assert!(world.run_for(SOON));
    let counts = [Status::Busy, Status::Away]
        .map(|status| commands(&mut world, SOON, |world| set(world, ada, status)));
    assert!(
        counts.contains(&2) && counts.iter().any(|count| (3..=6).contains(count)),
        "{counts:?}"
    );
}

#[test]
fn a_connect_costs_at_most_ten_commands() {
    let mut world = world();
    let first = commands(&mut world, SOON, |world| _ = connect(world, 0));
    assert!(first <= 10, "{first}");
    let second = commands(&mut world, SOON, |world| _ = connect(world, 0));
    assert!(second <= 10, "another device: {second}");
    let (mut world, [ada, _]) = pair();
    let left = commands(&mut world, SOON, |world| world.say(ada, Command::Leave, false));
    assert!(left <= 10, "the end of the last session: {left}");
    let back = commands(&mut world, SOON, |world| _ = connect(world, 0));
    assert!(back <= 10, "back within the day: {back}");
}
