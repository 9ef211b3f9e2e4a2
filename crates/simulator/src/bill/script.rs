//! A short script of operations that is also played on the real server, which counts the rows that it
//! wrote by itself: `bill/script.json`. After each step everybody rests, so that the order of calls
//! decides nothing.

use std::collections::BTreeMap;

use presence::calls::{HubRequest, SetStatus};
use presence::config::HubConfig;
use presence::effects::Command;
use presence::ids::UserId;
use presence::mirror::Refresh;
use presence::outbox::Publishing;
use presence::state::{DeviceType, Scope, Status};
use serde::Deserialize;

use crate::faults::Profile;
use crate::script::{Loss, Manners};
use crate::trace::Trace;
use crate::world::device::Device;
use crate::world::{World, person};

/// How long everybody rests after a step: less than any deadline, more than any call takes.
const REST: i64 = 2_000;

/// The file: both sides play with these settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// By the names of the server's variables.
    pub settings: Settings,
    /// In order.
    pub steps: Vec<Step>,
}

/// Seconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
#[allow(missing_docs, reason = "wrangler.toml says it of the same names")]
pub struct Settings {
    pub session_ttl: i64,
    pub offline_grace: i64,
    pub subscription_ttl: i64,
}

/// What stands behind the hubs: each is played, since each makes them write rows of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// Nothing.
    Nothing,
    /// Kafka, which takes every event.
    Kafka,
    /// Redis, on `transitions`.
    Redis,
}

impl Behind {
    /// Each by its name on the command line.
    pub const ALL: [(&'static str, Self); 3] =
        [("nothing", Self::Nothing), ("kafka", Self::Kafka), ("redis", Self::Redis)];
}

/// What a device does.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the file says it in the same words")]
pub enum Step {
    Connect { device: String, user: usize },
    Subscribe { device: String, targets: Vec<usize> },
    Unsubscribe { device: String, targets: Vec<usize> },
    Status { device: String, status: Status, scope: Option<Scope> },
    Message { device: String, to: Vec<usize>, name: String },
    Heartbeat { device: String },
    Drop { device: String },
    Resume { device: String },
    Revoke { device: String },
    Leave { device: String },
    Wait { seconds: i64 },
}

impl Settings {
    fn config(self, behind: Behind) -> HubConfig {
        let config = HubConfig {
            session_ttl: self.session_ttl * 1000,
            offline_grace: self.offline_grace * 1000,
            subscription_ttl: self.subscription_ttl * 1000,
            ..HubConfig::default()
        };
        match behind {
            Behind::Nothing => config,
            Behind::Kafka => HubConfig { publishing: Publishing::Full, ..config },
            Behind::Redis => HubConfig { refresh: Refresh::Transitions, ..config },
        }
    }
}

/// Rows that each user's hub has written since it began, after each step.
pub fn rows(script: &Script, behind: Behind) -> Result<Vec<BTreeMap<String, u64>>, String> {
    let config = script.settings.config(behind);
    let mut world = World::new(1, Profile::Calm, config, Trace::Off);
    world.heal();
    let mut devices = BTreeMap::new();
    let mut counts = Vec::new();
    for step in &script.steps {
        take(&mut world, &mut devices, step)?;
        let more = if let Step::Wait { seconds } = step { seconds * 1000 } else { 0 };
        if !world.run_for(more + REST) {
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
    let known = |device: &String| {
        devices.get(device).copied().ok_or(format!("nobody has switched on {device}"))
    };
    match step {
        Step::Wait { .. } => {}
        Step::Connect { device, user } => {
            world.hub_of(&person(*user));
            let number =
                world.add_device(Device::new(*user, DeviceType::Web, false, Manners::Good));
            devices.insert(device.clone(), number);
            world.open(number, None, None);
        }
        Step::Drop { device } => world.lose(known(device)?, Loss::Closed(0), None),
        Step::Resume { device } => world.resume(known(device)?),
        Step::Revoke { device } => revoke(world, known(device)?)?,
        Step::Subscribe { device, .. }
        | Step::Unsubscribe { device, .. }
        | Step::Status { device, .. }
        | Step::Message { device, .. }
        | Step::Heartbeat { device }
        | Step::Leave { device } => {
            let command = command(step).ok_or(format!("{step:?} cannot be played"))?;
            world.say(known(device)?, command, false);
        }
    }
    Ok(())
}

/// Over REST, by the user.
fn revoke(world: &mut World, device: usize) -> Result<(), String> {
    let session = world.devices[device].session.clone().ok_or("no session to revoke")?;
    match world.rest(world.devices[device].owner, HubRequest::Revoke { session }) {
        Some(Ok(_)) => Ok(()),
        other => Err(format!("a revoke was answered {other:?}")),
    }
}

fn command(step: &Step) -> Option<Command> {
    let names = |users: &[usize]| users.iter().map(|user| person(*user).to_string()).collect();
    Some(match step {
        Step::Subscribe { targets, .. } => Command::Subscribe(names(targets)),
        Step::Unsubscribe { targets, .. } => Command::Unsubscribe(names(targets)),
        Step::Status { status, scope, .. } => {
            let (scope, status) = (scope.unwrap_or(Scope::User), *status);
            Command::SetStatus(SetStatus { status, message: None, scope, session_id: None })
        }
        Step::Message { to, name, .. } => {
            let to: Vec<UserId> = to.iter().map(|user| person(*user)).collect();
            let client_message_id = Some(name.clone());
            let content = serde_json::json!("hello");
            Command::SendMessage { to, client_message_id, content }
        }
        Step::Heartbeat { .. } => Command::Heartbeat(None),
        Step::Leave { .. } => Command::Leave,
        _ => return None,
    })
}
