//! How often each fault and each operation happened: a proof under faults that never struck is none.

use std::collections::BTreeMap;

use presence::calls::{HubResponse, TargetOutcome};
use presence::effects::{Effect, Reply, ServerMessage};
use presence::errors::ErrorCode;
use serde::Serialize;

use crate::faults::{Fault, Profile};
use crate::judge::Outcome;
use crate::script::{Loss, Op, Target};

/// Counts by name.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Coverage {
    /// Faults, where they took effect.
    pub faults: BTreeMap<String, u64>,
    /// Operations that happened.
    pub operations: BTreeMap<&'static str, u64>,
}

/// Every operation, as it is counted.
const OPERATIONS: [&str; 38] = [
    "ask",
    "beat",
    "cap",
    "cleanup",
    "connect",
    "dead letter",
    "denied",
    "device status",
    "events dropped",
    "go silent",
    "invisible",
    "leave",
    "lease end",
    "lists",
    "lose",
    "made-up resume",
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
    "stolen resume",
    "subscribe",
    "subscribe to 500",
    "subscribe to nobody",
    "subscribe to oneself",
    "subscribe to too many",
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
            // Its token tells: it counts itself.
            Op::StaleResume(_) => return,
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

    /// What a turn says has happened that no operation names.
    pub fn turn(&mut self, outcome: &Outcome, effects: &[Effect]) {
        let said = effects.iter().filter_map(|effect| match effect {
            Effect::Send(_, message) => Some(message),
            _ => None,
        });
        let full = |results: &[TargetOutcome]| {
            let code = |one: &TargetOutcome| one.error.as_ref().map(|refusal| refusal.code);
            results.iter().any(|one| code(one) == Some(ErrorCode::TooManySubscriptions))
        };
        let mut replies = said.map(|message| match message {
            ServerMessage::Reply { reply: Reply::Outcomes(results), .. } => full(results),
            _ => false,
        });
        let answered = match outcome {
            Outcome::Answered(HubResponse::Outcomes { results }) => full(results),
            Outcome::Refused(code) => *code == ErrorCode::TooManySubscriptions,
            _ => false,
        };
        if answered || replies.any(|full| full) {
            self.happened("subscribe to too many");
        }
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

    /// All counts in one line of JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
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
