//! How often each fault and each operation happened: a proof under faults that never struck is none.

use std::collections::BTreeMap;

use crate::faults::{Fault, Profile};
use crate::script::{Loss, Op, Target};

/// Counts by name.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Faults, where they took effect.
    pub faults: BTreeMap<String, u64>,
    /// Operations that happened.
    pub operations: BTreeMap<&'static str, u64>,
}

/// Every operation, as it is counted.
const OPERATIONS: [&str; 34] = [
    "ask",
    "beat",
    "cap",
    "cleanup",
    "connect",
    "dead letter",
    "device status",
    "events dropped",
    "go silent",
    "invisible",
    "leave",
    "lease end",
    "lists",
    "lose",
    "message",
    "outbox full",
    "queue",
    "read",
    "reload",
    "repair",
    "repeat",
    "replay",
    "resume",
    "revoke",
    "stale resume",
    "status",
    "subscribe",
    "subscribe to 500",
    "subscribe to nobody",
    "subscribe to oneself",
    "topic",
    "truncated",
    "typing",
    "unsubscribe",
];

impl Coverage {
    /// A fault took effect.
    pub fn fault(&mut self, fault: Fault) {
        *self.faults.entry(format!("{fault:?}")).or_default() += 1;
    }

    /// Something happened.
    pub fn happened(&mut self, name: &'static str) {
        *self.operations.entry(name).or_default() += 1;
    }

    /// An operation happened.
    pub fn operation(&mut self, who: usize, op: &Op) {
        if let Op::Subscribe(_, targets) = op
            && targets.contains(&Target::Person(who))
        {
            self.happened("subscribe to oneself");
        }
        let name = match op {
            Op::Connect { .. } => "connect",
            Op::Lose(_, Loss::Closed(_) | Loss::Vanished | Loss::HalfOpen(_), _) => "lose",
            Op::Resume(_) => "resume",
            Op::StaleResume(_) => "stale resume",
            Op::Reload(_) => "reload",
            Op::GoSilent(_) => "go silent",
            Op::Beat(..) => "beat",
            Op::Leave(_) => "leave",
            Op::Subscribe(_, targets) if targets.len() >= 500 => "subscribe to 500",
            Op::Subscribe(_, targets) if targets.iter().any(is_nobody) => "subscribe to nobody",
            Op::Subscribe(..) => "subscribe",
            Op::Unsubscribe(..) => "unsubscribe",
            Op::Topic(..) => "topic",
            Op::Queue(..) => "queue",
            Op::Status(_, presence::state::Status::Invisible, _) => "invisible",
            Op::Status(..) => "status",
            Op::DeviceStatus(..) => "device status",
            Op::Message(..) => "message",
            Op::Typing(..) => "typing",
            Op::Ask(..) => "ask",
            Op::Read(_) => "read",
            Op::Lists => "lists",
            Op::Revoke(_) => "revoke",
        };
        self.happened(name);
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        for (name, count) in &other.faults {
            *self.faults.entry(name.clone()).or_default() += count;
        }
        for (name, count) in &other.operations {
            *self.operations.entry(name).or_default() += count;
        }
    }

    /// Faults with a rate in this profile, and operations, that never happened.
    pub fn missing(&self, profile: Profile) -> Vec<String> {
        let faults = Fault::ALL.into_iter().filter(|fault| profile.rate(*fault) > 0);
        let faults = faults.map(|fault| format!("{fault:?}"));
        let operations = OPERATIONS.into_iter().filter(|name| !self.operations.contains_key(name));
        faults
            .filter(|name| !self.faults.contains_key(name))
            .chain(operations.map(str::to_owned))
            .collect()
    }
}

fn is_nobody(target: &Target) -> bool {
    matches!(target, Target::Nobody(_))
}
