//! Rule 23: hibernation and crash between any two steps. A scripted story is played once in peace,
//! and then again and again with one fault after its first, second, third … step; the rest must be
//! the same. Steps are inputs of any hub: commands, calls, answers, alarms, timers.

use std::collections::BTreeMap;

use presence::effects::Command;
use presence::state::{Presence, Status};

use crate::world::{ClientId, Fault, World, status, user};

/// A line of a story. Devices have names; a device's user is its name up to the `/`.
#[derive(Clone, Copy, Debug)]
enum Line {
    Connect(&'static str),
    Drop(&'static str),
    Resume(&'static str),
    Leave(&'static str),
    Subscribe(&'static str, &'static str),
    Unsubscribe(&'static str, &'static str),
    Set(&'static str, Status),
    Wait(i64),
}
use Line::{Connect, Drop, Leave, Resume, Set, Subscribe, Unsubscribe, Wait};

/// What is compared: for each user (online, sessions, whom they watch, who watches them), for each
/// connected device how it sees whom it watches.
type Rest = (
    BTreeMap<String, (bool, usize, Vec<String>, Vec<String>)>,
    BTreeMap<String, BTreeMap<String, (Status, bool)>>,
);

struct Play {
    world: World,
    devices: BTreeMap<&'static str, ClientId>,
    /// Devices that want a socket: the ones that reconnect after a crash.
    up: BTreeMap<&'static str, bool>,
}

fn owner(device: &str) -> &str {
    device.split('/').next().unwrap()
}

impl Play {
    fn new(fault: Option<(u64, Fault)>) -> Self {
        let mut world = World::new();
        world.fault = fault;
        Self { world, devices: BTreeMap::new(), up: BTreeMap::new() }
    }

    /// The device, with a socket: it reconnects if a crash took it.
    fn device(&mut self, name: &str) -> ClientId {
        let client = self.devices[name];
        if self.world.client(client).socket.is_none() {
            self.world.resume(client);
        }
        client
    }

    fn perform(&mut self, line: Line) {
        match line {
            Connect(name) => {
                let client = self.world.connect(owner(name));
                self.devices.insert(name, client);
                self.up.insert(name, true);
            }
            Drop(name) => {
                let client = self.device(name);
                self.world.close(client);
                self.up.insert(name, false);
            }
            Resume(name) => {
                self.device(name);
                self.up.insert(name, true);
            }
            Leave(name) => {
                let client = self.device(name);
                self.world.say(client, Command::Leave).unwrap();
                self.up.insert(name, false);
            }
            Subscribe(name, target) => {
                let client = self.device(name);
                self.world.subscribe(client, &[target]);
            }
            Unsubscribe(name, target) => {
                let client = self.device(name);
                self.world.say(client, Command::Unsubscribe(vec![target.into()])).unwrap();
            }
            Set(name, wanted) => {
                let client = self.device(name);
                self.world.say(client, Command::SetStatus(status(wanted))).unwrap();
            }
            Wait(ms) => return self.world.run_for(ms),
        }
        self.world.strike();
        self.world.run_for(20);
    }

    /// Everybody who wants to be there is, and everything due has run.
    fn rest(mut self) -> Rest {
        for round in 0..3 {
            let up: Vec<_> = self.up.iter().filter(|(_, up)| **up).map(|(n, _)| *n).collect();
            for name in up {
                self.device(name);
            }
            self.world.run_for(if round == 0 { 1_000 } else { 200_000 });
        }
        let names: Vec<&str> = ["ada", "grace", "bob"].to_vec();
        let world = &mut self.world;
        let users = names
            .iter()
            .map(|id| {
                let facts = (
                    world.look(id, "").online,
                    world.sessions(id).len(),
                    world.watching(id),
                    world.audience(id),
                );
                ((*id).to_owned(), facts)
            })
            .collect();
        let mut views = BTreeMap::new();
        for (name, client) in &self.devices {
            if world.client(*client).socket.is_some() {
                let watched = world.watching(owner(name));
                let view = &world.client(*client).view;
                let of = |p: &Presence| (p.status, p.online);
                let seen =
                    watched.iter().filter_map(|t| Some((t.clone(), of(view.get(&user(t))?))));
                views.insert((*name).to_owned(), seen.collect());
            }
        }
        (users, views)
    }
}

fn play(story: &[Line], fault: Option<(u64, Fault)>) -> (Rest, u64) {
    let mut play = Play::new(fault);
    for line in story {
        play.perform(*line);
    }
    let steps = play.world.steps;
    (play.rest(), steps)
}

/// Plays the story with each fault after each step, for each user.
fn any_two_steps(story: &[Line], fault: impl Fn(&str) -> Fault) {
    let (expected, steps) = play(story, None);
    assert!(steps > 10, "a story of {steps} steps is none");
    for id in ["ada", "grace", "bob"] {
        for step in 1..=steps {
            let (rest, _) = play(story, Some((step, fault(id))));
            assert_eq!(rest, expected, "{:?} after step {step} of {steps}", fault(id));
        }
    }
}

const FRIENDS: &[Line] = &[
    Connect("ada"),
    Subscribe("ada", "grace"),
    Subscribe("ada", "bob"),
    Connect("grace"),
    Subscribe("grace", "ada"),
    Set("grace", Status::Busy),
    Connect("ada/phone"),
    Drop("ada"),
    Wait(3_000),
    Set("grace", Status::Away),
    Resume("ada"),
    Connect("bob"),
    Unsubscribe("ada", "bob"),
    Subscribe("ada", "bob"),
    Set("ada", Status::Busy),
];

const COMING_AND_GOING: &[Line] = &[
    Connect("grace"),
    Connect("ada"),
    Subscribe("ada", "grace"),
    Leave("grace"),
    Connect("grace/phone"),
    Set("grace/phone", Status::Away),
    Leave("ada"),
    Set("grace/phone", Status::Busy),
    Wait(2_000),
    Connect("ada/phone"),
    Subscribe("ada/phone", "bob"),
    Unsubscribe("ada/phone", "grace"),
    Subscribe("ada/phone", "grace"),
    Set("grace/phone", Status::Invisible),
    Connect("bob"),
    Subscribe("bob", "grace"),
    Unsubscribe("bob", "grace"),
    Set("grace/phone", Status::Online),
];

const ONE_SELF: &[Line] = &[
    Connect("ada"),
    Subscribe("ada", "ada"),
    Set("ada", Status::Away),
    Connect("ada/phone"),
    Set("ada/phone", Status::Invisible),
    Subscribe("ada", "bob"),
    Connect("bob"),
    Subscribe("bob", "ada"),
    Drop("ada/phone"),
    Wait(12_000),
    Set("ada", Status::Busy),
];

#[test]
fn rule_23_hibernation_between_any_two_steps_changes_nothing() {
    for story in [FRIENDS, COMING_AND_GOING, ONE_SELF] {
        any_two_steps(story, |id| Fault::Hibernate(id.into()));
    }
}

#[test]
fn rule_23_a_crash_between_any_two_steps_is_healed_when_the_clients_return_friends() {
    any_two_steps(FRIENDS, |id| Fault::Crash(id.into()));
}

#[test]
fn rule_23_a_crash_between_any_two_steps_is_healed_when_the_clients_return_others() {
    any_two_steps(COMING_AND_GOING, |id| Fault::Crash(id.into()));
    any_two_steps(ONE_SELF, |id| Fault::Crash(id.into()));
}

#[test]
fn rule_23_a_crash_between_a_commit_and_its_effects_is_healed() {
    for story in [FRIENDS, COMING_AND_GOING, ONE_SELF] {
        any_two_steps(story, |id| Fault::CrashAtCommit(id.into()));
    }
}

#[test]
fn the_stories_end_as_their_reader_expects() {
    let ((users, views), _) = play(FRIENDS, None);
    assert_eq!(users["ada"], (true, 2, vec!["bob".into(), "grace".into()], vec!["grace".into()]));
    assert_eq!(views["ada"]["grace"], (Status::Away, true));
    assert_eq!(views["ada/phone"]["bob"], (Status::Online, true));
    assert_eq!(views["grace"]["ada"], (Status::Busy, true));
    let ((users, views), _) = play(COMING_AND_GOING, None);
    assert_eq!(users["bob"], (true, 1, vec![], vec!["ada".into()]));
    assert_eq!(views["ada/phone"]["grace"], (Status::Online, true));
    let ((users, _), _) = play(ONE_SELF, None);
    assert_eq!(users["ada"].1, 1);
}
