//! A short script of operations that is also played on the real server, which counts the rows that it
//! wrote by itself: `bill/script.json`. After each step everybody rests, so that the order of calls
//! decides nothing.

use std::collections::BTreeMap;

use presence::calls::SetStatus;
use presence::config::HubConfig;
use presence::effects::Command;
use presence::ids::UserId;
use presence::state::{DeviceType, Scope, Status};
use serde::Deserialize;

use crate::faults::Profile;
use crate::script::{Loss, Manners};
use crate::trace::Trace;
use crate::world::device::Device;
use crate::world::{World, person};

/// How long everybody rests after a step: less than any deadline, more than any call takes.
const REST: i64 = 2_000;

/// What a device does.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the file says it in the same words")]
pub enum Step {
    Connect { device: String, user: usize },
    Subscribe { device: String, targets: Vec<usize> },
    Unsubscribe { device: String, targets: Vec<usize> },
    Status { device: String, status: Status },
    Message { device: String, to: Vec<usize>, name: String },
    Heartbeat { device: String },
    Drop { device: String },
    Resume { device: String },
    Leave { device: String },
}

/// Rows that each user's hub has written since it began, after each step.
pub fn rows(steps: &[Step]) -> Result<Vec<BTreeMap<String, u64>>, String> {
    let mut world = World::new(1, Profile::Calm, HubConfig::default(), Trace::Off);
    world.heal();
    let mut devices = BTreeMap::new();
    let mut counts = Vec::new();
    for step in steps {
        take(&mut world, &mut devices, step)?;
        if !world.run_for(REST) {
            return Err(format!("the world broke: {:?}", world.failure));
        }
        let all = world.nodes.iter().map(|node| (node.user.to_string(), node.written));
        counts.push(all.collect());
    }
    Ok(counts)
}

fn take(
    world: &mut World,
    devices: &mut BTreeMap<String, usize>,
    step: &Step,
) -> Result<(), String> {
    if let Step::Connect { device, user } = step {
        world.hub_of(&person(*user));
        let number = world.add_device(Device::new(*user, DeviceType::Web, false, Manners::Good));
        devices.insert(device.clone(), number);
        world.open(number, None, None);
        return Ok(());
    }
    let (device, command) = command(step);
    let number = *devices.get(device).ok_or(format!("nobody has switched on {device}"))?;
    match (step, command) {
        (Step::Drop { .. }, _) => world.lose(number, Loss::Closed(0), None),
        (Step::Resume { .. }, _) => world.resume(number),
        (_, Some(command)) => world.say(number, command, false),
        (_, None) => return Err(format!("{step:?} cannot be played")),
    }
    Ok(())
}

fn command(step: &Step) -> (&str, Option<Command>) {
    let names = |users: &[usize]| users.iter().map(|user| person(*user).to_string()).collect();
    match step {
        Step::Subscribe { device, targets } => (device, Some(Command::Subscribe(names(targets)))),
        Step::Unsubscribe { device, targets } => {
            (device, Some(Command::Unsubscribe(names(targets))))
        }
        Step::Status { device, status } => {
            let (scope, status) = (Scope::User, *status);
            let set = SetStatus { status, message: None, scope, session_id: None };
            (device, Some(Command::SetStatus(set)))
        }
        Step::Message { device, to, name } => {
            let to: Vec<UserId> = to.iter().map(|user| person(*user)).collect();
            let client_message_id = Some(name.clone());
            let content = serde_json::json!("hello");
            (device, Some(Command::SendMessage { to, client_message_id, content }))
        }
        Step::Heartbeat { device } => (device, Some(Command::Heartbeat(None))),
        Step::Leave { device } => (device, Some(Command::Leave)),
        Step::Connect { device, .. } | Step::Drop { device } | Step::Resume { device } => {
            (device, None)
        }
    }
}
