//! Does in the world what clients do, and keeps what came of it.

use std::collections::BTreeSet;

use presence::calls::{HubRequest, SetStatus, Viewer};
use presence::config::HubConfig;
use presence::effects::Command;
use presence::ids::{ResumeToken, SocketKey, UserId};
use presence::state::{Device as DeviceInfo, DeviceType, Scope, Status};
use serde_json::Value;

use super::deadlines::Deadlines;
use super::eyes::{Eye, Eyes, SPREAD};
use super::op::{List, Op, Operation};
use super::sieve::Sieve;
use crate::faults::Profile;
use crate::judge::Judge;
use crate::script::{Loss, Manners, Strike};
use crate::trace::Trace;
use crate::world::device::{Device, Link};
use crate::world::node::Beats;
use crate::world::{BEGIN, World, person};

/// How often the world is looked at.
const GLANCE: i64 = 50;

/// What a device is besides what the world knows of it.
pub(super) struct Kit {
    pub owner: usize,
    pub kind: &'static str,
    pub stomp: bool,
    /// Its socket is told of all who are watched: JSON, or STOMP subscribed to the queue.
    pub hears_all: bool,
    /// STOMP: subscribed to these users' topics.
    pub topics: BTreeSet<String>,
    pub silent: bool,
    /// Its sockets, and when each opened.
    pub sockets: Vec<(SocketKey, i64)>,
    certain_from: i64,
}

/// A history under way.
pub(super) struct Player {
    pub world: World,
    pub people: usize,
    pub kits: Vec<Kit>,
    pub deadlines: Deadlines,
    pub eyes: Eyes,
    pub operations: Vec<Operation>,
    /// From when on everybody has been told everything, after a storm.
    pub settled_at: i64,
    /// Users whose next questions will be spread.
    stormy: BTreeSet<usize>,
    /// Operations whose answer is still to come, with its mark.
    pub(super) waiting: Vec<(usize, String)>,
    /// How much of what was heard was sifted.
    pub(super) sifted: usize,
    /// What remained.
    pub(super) sieve: Sieve,
}

/// The status with this name.
fn status_of(name: &str) -> Status {
    Status::parse(name).unwrap_or(Status::Online)
}

fn info(kind: Option<&str>) -> Option<DeviceInfo> {
    let kind = Some(kind.and_then(DeviceType::parse)?);
    Some(DeviceInfo { kind, ..DeviceInfo::default() })
}

impl Player {
    pub(super) fn new(seed: u64, people: usize, config: HubConfig, trace: Trace) -> Self {
        let mut world = World::new(seed, Profile::Calm, config, trace);
        world.heal();
        world.orderly = true;
        world.heard = Some(Vec::new());
        world.judge = Some(Judge::new(config));
        for number in 0..people {
            world.hub_of(&person(number));
        }
        Self {
            world,
            people,
            kits: Vec::new(),
            deadlines: Deadlines::default(),
            eyes: Eyes::default(),
            operations: Vec::new(),
            settled_at: 0,
            stormy: BTreeSet::new(),
            waiting: Vec::new(),
            sifted: 0,
            sieve: Sieve::default(),
        }
    }

    /// Milliseconds since the beginning.
    pub(super) fn now(&self) -> i64 {
        self.world.now - BEGIN
    }

    /// Lets time pass, looking closely.
    pub(super) fn run_to(&mut self, at: i64) {
        while self.now() < at {
            self.world.run_for(GLANCE.min(at - self.now()));
            self.look();
        }
    }

    /// The next time from `at` on that is near no deadline.
    pub(super) fn clear_from(&self, at: i64) -> i64 {
        self.deadlines.clear_from(BEGIN + at) - BEGIN
    }

    fn look(&mut self) {
        self.sift();
        self.deadlines.look(&self.world);
        let eye = |(device, kit): (usize, &Kit)| {
            let socket = self.up(device)?;
            Some(Eye {
                device,
                owner: kit.owner,
                socket,
                all: kit.hears_all,
                topics: kit.topics.clone(),
                certain_from: kit.certain_from + BEGIN,
            })
        };
        let eyes: Vec<Eye> = self.kits.iter().enumerate().filter_map(eye).collect();
        self.eyes.look(&self.world, self.people, &eyes, &self.sieve);
    }

    /// The socket of a device that has one.
    pub(super) fn up(&self, device: usize) -> Option<SocketKey> {
        let state = &self.world.devices[device];
        state.socket().filter(|_| state.hears)
    }

    /// Whether a device may come back by itself: its socket is gone, and it was not sent away.
    pub(super) fn is_down(&self, device: usize) -> bool {
        self.world.devices[device].link == Link::Down
    }

    /// Everything goes down, and stays so for a while.
    pub(super) fn kill(&mut self, outage: i64) {
        // Each hub that finds sessions vanished spreads the questions of the next socket.
        let up = |device: &usize| self.up(*device).is_some();
        let owners: Vec<usize> =
            (0..self.kits.len()).filter(up).map(|device| self.kits[device].owner).collect();
        self.stormy.extend(owners);
        self.world.down_until = self.world.now + outage;
        self.world.strike(Strike::Deploy);
    }

    /// Does it now.
    pub(super) fn act(&mut self, op: Op) {
        let at = self.now();
        self.sift();
        let from = self.heard();
        let answer = self.perform(&op, from);
        self.operations.push(Operation { at, op, answer });
        self.look();
    }

    fn heard(&self) -> usize {
        self.world.heard.as_ref().map_or(0, Vec::len)
    }

    fn perform(&mut self, op: &Op, from: usize) -> Option<Value> {
        match op {
            Op::Open { device, user, kind, stomp, resume } => {
                self.open(*device, user, kind, *stomp, *resume);
                None
            }
            Op::Close { device, .. } => {
                self.world.lose(*device, Loss::Closed(0), None);
                None
            }
            Op::Silence { device } => {
                self.silence(*device);
                None
            }
            Op::Leave { device } => {
                self.world.say(*device, Command::Leave, false);
                None
            }
            Op::Ready { device, on } => {
                self.kits[*device].hears_all = *on;
                self.world.queue(*device, *on);
                if *on {
                    self.wakes(*device);
                }
                None
            }
            Op::Topic { device, target, on } => self.topic(*device, target, *on, from),
            Op::Revoke { user, device } => {
                let session = self.world.devices[*device].session.clone()?;
                self.ask(user, HubRequest::Revoke { session })
            }
            Op::Read { viewer, of } => {
                let viewer = if viewer == of { Viewer::Owner } else { Viewer::User(id(viewer)) };
                self.ask(of, HubRequest::Presence { viewer })
            }
            Op::List { user, list } => Some(match list {
                List::Sessions => self.list_sessions(user),
                List::Subscriptions => self.list_subscriptions(user),
                List::Subscribers => self.list_subscribers(user),
            }),
            _ => self.command(op, from),
        }
    }

    fn command(&mut self, op: &Op, from: usize) -> Option<Value> {
        let (device, command) = match op {
            Op::Beat { device, kind } => (*device, Command::Heartbeat(info(*kind))),
            Op::Subscribe { user, by, targets } => match by {
                Some(device) => (*device, Command::Subscribe(targets.clone())),
                None => return self.ask(user, HubRequest::Subscribe { targets: targets.clone() }),
            },
            Op::Unsubscribe { user, by, targets } => match by {
                Some(device) => (*device, Command::Unsubscribe(targets.clone())),
                None => {
                    return self.ask(user, HubRequest::Unsubscribe { targets: targets.clone() });
                }
            },
            Op::Status { user, by, status, message } => {
                let set = SetStatus {
                    status: status_of(status),
                    message: message.clone(),
                    scope: Scope::User,
                    session_id: None,
                };
                match by {
                    Some(device) => (*device, Command::SetStatus(set)),
                    None => return self.ask(user, HubRequest::SetStatus(set)),
                }
            }
            Op::DeviceStatus { device, status } => {
                let (status, scope) = (status_of(status), Scope::Device);
                let set = SetStatus { status, message: None, scope, session_id: None };
                (*device, Command::SetStatus(set))
            }
            Op::Message { device, to, name, content } => {
                let to = to.iter().map(|id| self::id(id)).collect();
                let (client_message_id, content) = (name.clone(), content.clone());
                (*device, Command::SendMessage { to, client_message_id, content })
            }
            Op::Typing { device, to, typing } => {
                (*device, Command::Typing { to: vec![id(to)], typing: *typing })
            }
            Op::Ask { device, targets } => (*device, Command::Ask(targets.clone())),
            _ => return None,
        };
        self.say(device, command, from)
    }

    fn open(
        &mut self,
        device: usize,
        user: &str,
        kind: &'static str,
        stomp: bool,
        resume: Option<usize>,
    ) {
        if device == self.kits.len() {
            let owner = self.world.hub_of(&id(user));
            let known = DeviceType::parse(kind).unwrap_or_default();
            self.world.add_device(Device::new(owner, known, stomp, Manners::Lazy));
            let (sockets, topics) = (Vec::new(), BTreeSet::new());
            let (hears_all, silent, certain_from) = (false, false, 0);
            let kit = Kit { owner, kind, stomp, hears_all, topics, silent, sockets, certain_from };
            self.kits.push(kit);
        }
        let token = resume.map(|of| {
            let known = self.world.devices[of].token.clone();
            known.unwrap_or_else(|| ResumeToken::received("none"))
        });
        let vanished = self.has_vanished(device);
        self.world.open(device, token, None);
        let now = self.now();
        let kit = &mut self.kits[device];
        kit.hears_all = !stomp;
        kit.silent = false;
        kit.topics.clear();
        let Some(key) = self.world.devices[device].socket() else { return };
        self.kits[device].sockets.push((key, now));
        let (from, every) = (self.world.now, self.world.config.heartbeat);
        if let Some(socket) = self.world.nodes[self.kits[device].owner].sockets.get_mut(&key) {
            socket.beats = Beats { from, every, until: None };
        }
        if vanished {
            self.stormy.insert(self.kits[device].owner);
        }
        if !stomp {
            self.wakes(device);
        }
    }

    fn has_vanished(&self, device: usize) -> bool {
        let session = self.world.devices[device].session.as_ref();
        let hub = &self.world.nodes[self.kits[device].owner];
        let sql = "SELECT id FROM sessions WHERE vanished_until IS NOT NULL";
        session.is_some_and(|id| {
            let rows = if super::deadlines::is_new(&self.world, self.kits[device].owner) {
                Vec::new()
            } else {
                hub.disk.look(sql)
            };
            rows.iter().any(|row| row[0].text() == Some(id.as_str()))
        })
    }

    /// A socket asks what its client missed; after a storm that is spread.
    fn wakes(&mut self, device: usize) {
        if self.stormy.remove(&self.kits[device].owner) {
            let until = self.now() + SPREAD;
            self.settled_at = self.settled_at.max(until);
            self.kits[device].certain_from = until;
        }
    }

    fn silence(&mut self, device: usize) {
        let (now, owner) = (self.world.now, self.kits[device].owner);
        let Some(key) = self.up(device) else { return };
        self.kits[device].silent = true;
        if let Some(socket) = self.world.nodes[owner].sockets.get_mut(&key) {
            let every = socket.beats.every;
            socket.beats = Beats { from: now - every, every, until: Some(now) };
        }
    }

    fn topic(&mut self, device: usize, target: &str, on: bool, from: usize) -> Option<Value> {
        let key = self.up(device)?;
        let owner = self.kits[device].owner;
        if on {
            self.world.say(device, Command::TopicSubscribe(id(target)), false);
            let refused = self.answer_in(from, key, None);
            // The connection takes back what a refused subscription changed.
            if refused.is_none() {
                self.kits[device].topics.insert(target.to_owned());
            }
            return refused;
        }
        self.kits[device].topics.remove(target);
        let mine = |(at, kit): (usize, &Kit)| {
            kit.owner == owner && self.up(at).is_some() && kit.topics.contains(target)
        };
        if !self.kits.iter().enumerate().any(mine) {
            self.world.say(device, Command::TopicUnsubscribe(id(target)), false);
        }
        None
    }
}

/// The id that stands for somebody.
pub(super) fn id(text: &str) -> UserId {
    #[allow(clippy::expect_used, reason = "made here, of letters and digits")]
    UserId::parse(text).expect("a user id")
}
