//! Plays a scenario on the real code: no judge, and no faults.

use presence::calls::{HubRequest, SetStatus};
use presence::config::HubConfig;
use presence::effects::Command;
use presence::state::{DeviceType, Scope, Status};

use super::plan::{Event, Plan};
use super::scenario::Scenario;
use crate::faults::Profile;
use crate::script::{Loss, Manners};
use crate::tally::Tally;
use crate::trace::Trace;
use crate::world::device::{Device, Link};
use crate::world::{BEGIN, World, person};

/// What was counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The operations.
    pub tally: Tally,
    /// People times hours.
    pub user_hours: f64,
    /// Bytes that all hubs held at the end.
    pub stored: u64,
    /// How many hubs.
    pub hubs: usize,
}

/// How many targets one command names.
const TARGETS: usize = 500;
/// A stretch of time that the world plays at once.
const STRETCH: i64 = 60_000;
/// The platform takes an object out of memory about so long after its last work.
const IDLE: i64 = 10_000;
/// What a message says.
const LINE: &str = "Lunch at half past twelve? There is room for one more at our table.";
/// How large a database is.
const SIZE: &str = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";

struct Player {
    world: World,
    plan: Plan,
    /// How often each user changed.
    changes: Vec<usize>,
    /// How many messages each user wrote.
    written: Vec<usize>,
}

/// Plays it with these settings of the hubs.
pub fn play(scenario: &Scenario, config: HubConfig) -> Result<Counted, String> {
    let mut player = Player::new(scenario, config);
    let begin = (scenario.size.warm_up_hours * 3_600_000.0) as i64;
    let end = begin + (scenario.size.hours * 3_600_000.0) as i64;
    let mut before = None;
    for (at, event) in std::mem::take(&mut player.plan.events) {
        if at >= begin && before.is_none() {
            player.until(begin)?;
            before = Some(player.world.tally.clone());
        }
        player.until(at)?;
        player.happen(event);
    }
    player.until(end)?;
    let world = &player.world;
    let before = before.unwrap_or_default();
    let bytes = |node: &crate::world::node::Node| {
        node.disk.look(SIZE).first().and_then(|row| row.first()?.integer()).unwrap_or(0) as u64
    };
    Ok(Counted {
        tally: world.tally.since(&before),
        user_hours: scenario.user_hours(),
        stored: world.nodes.iter().map(bytes).sum(),
        hubs: world.nodes.len(),
    })
}

impl Player {
    fn new(scenario: &Scenario, config: HubConfig) -> Self {
        let mut world = World::new(1, Profile::Calm, config, Trace::Off);
        world.heal();
        world.hibernate_after = Some(IDLE);
        for user in 0..scenario.size.users {
            world.hub_of(&person(user));
        }
        let plan = Plan::of(scenario);
        let kinds = [DeviceType::Web, DeviceType::Mobile];
        for (device, owner) in plan.devices.iter().enumerate() {
            world.add_device(Device::new(*owner, kinds[device % 2], false, Manners::Good));
        }
        let none = vec![0; scenario.size.users];
        let mut player = Self { world, plan, changes: none.clone(), written: none };
        player.subscribe_the_absent();
        player
    }

    /// Those without a device have subscribed over REST, and their leases run.
    fn subscribe_the_absent(&mut self) {
        for user in 0..self.changes.len() {
            if self.plan.devices.binary_search(&user).is_err() {
                let targets = self.names(user);
                if !targets.is_empty() {
                    self.world.rest(user, HubRequest::Subscribe { targets });
                }
            }
        }
    }

    fn until(&mut self, ms: i64) -> Result<(), String> {
        while self.world.now < BEGIN + ms {
            let left = BEGIN + ms - self.world.now;
            if !self.world.run_for(left.min(STRETCH)) {
                return Err(format!("the world broke: {:?}", self.world.failure));
            }
        }
        Ok(())
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Come(device) => {
                self.world.devices[device].forget();
                self.world.open(device, None, None);
                self.subscribe(device);
            }
            // As a client comes back that keeps the contract: soon, after a random while.
            Event::Lose(device) => self.world.lose(device, Loss::Closed(0), Some(700)),
            Event::GoAway(device) => self.world.lose(device, Loss::Closed(0), None),
            Event::Return(device) => {
                if self.world.devices[device].link == Link::Down {
                    self.world.resume(device);
                    self.subscribe(device);
                }
            }
            Event::Leave(device) => self.world.say(device, Command::Leave, false),
            Event::Change(user) => self.change(user),
            Event::Write(user) => self.write(user),
        }
    }

    fn names(&self, user: usize) -> Vec<String> {
        self.plan.targets[user].iter().map(|target| person(*target).to_string()).collect()
    }

    /// A new session's client subscribes to everybody that it shows, in one command.
    fn subscribe(&mut self, device: usize) {
        let names = self.names(self.world.devices[device].owner);
        for targets in names.chunks(TARGETS) {
            self.world.say(device, Command::Subscribe(targets.to_vec()), true);
        }
    }

    /// Always to another status than before.
    fn change(&mut self, user: usize) {
        self.changes[user] += 1;
        let statuses = [Status::Busy, Status::Away, Status::Online];
        let status = statuses[(user + self.changes[user]) % 3];
        let set = SetStatus { status, message: None, scope: Scope::User, session_id: None };
        self.say(user, Command::SetStatus(set));
    }

    /// A line to one after the other of those whom the user watches, there or not.
    fn write(&mut self, user: usize) {
        let targets = &self.plan.targets[user];
        let Some(at) = self.written[user].checked_rem(targets.len()) else { return };
        let to = vec![person(targets[at])];
        self.written[user] += 1;
        let client_message_id = Some(format!("m{}", self.written[user]));
        let content = serde_json::json!(LINE);
        self.say(user, Command::SendMessage { to, client_message_id, content });
    }

    /// By the first of the user's devices that is connected, if one is.
    fn say(&mut self, user: usize, command: Command) {
        let of_user = |device: &usize| self.plan.devices[*device] == user;
        let hears = |device: &usize| self.world.devices[*device].hears;
        let mut devices = 0..self.plan.devices.len();
        if let Some(device) = devices.find(|device| of_user(device) && hears(device)) {
            self.world.say(device, command, true);
        }
    }
}
