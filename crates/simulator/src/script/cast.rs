//! Who appears in a script.

use std::collections::BTreeSet;

use super::{Action, Op, Script, Strike, Target};

impl Script {
    /// The people whom some step names.
    pub fn cast(&self) -> BTreeSet<usize> {
        let named = |action: &Action| {
            let mut all = action.others();
            all.extend(action.whose());
            all
        };
        self.steps.iter().flat_map(|step| named(&step.action)).collect()
    }
}

impl Action {
    /// The one who does it, or whose hub suffers it.
    pub fn whose(&self) -> Option<usize> {
        match self {
            Self::Act(who, _) | Self::Replay(who, _) => Some(*who),
            Self::Strike(strike) => strike.hub(),
            Self::Cleanup | Self::Rest => None,
        }
    }

    /// Whom it names besides.
    fn others(&self) -> Vec<usize> {
        let Self::Act(_, op) = self else { return Vec::new() };
        let person = |target: &Target| match target {
            Target::Person(who) => Some(*who),
            Target::Nobody(_) | Target::Invalid => None,
        };
        match op {
            Op::Subscribe(_, targets) | Op::Unsubscribe(_, targets) | Op::Ask(_, targets) => {
                targets.iter().filter_map(person).collect()
            }
            Op::Topic(_, target, _) => person(target).into_iter().collect(),
            Op::Message(_, to, _) => to.clone(),
            Op::Typing(_, to, _) => vec![*to],
            Op::Read(viewer) => viewer.iter().copied().collect(),
            _ => Vec::new(),
        }
    }
}

impl Strike {
    fn hub(&self) -> Option<usize> {
        match self {
            Self::Hibernate(hub)
            | Self::Crash(hub)
            | Self::CrashAtCommit(hub, _)
            | Self::CrashInFlight(hub)
            | Self::RefuseStorage(hub, _)
            | Self::RefuseStatement(hub, _)
            | Self::Unreachable(hub, _) => Some(*hub),
            _ => None,
        }
    }
}
