//! Makes a failing script small: fewer steps, and so fewer people, as long as it breaks the same
//! invariant.

use crate::faults::Profile;
use crate::run::play;
use crate::script::Script;
use crate::trace::Trace;

/// How many scripts are tried at most.
const TRIES: usize = 400;

/// The steps of `script` that are needed, by their numbers.
pub fn shrink(script: &Script, profile: Profile, invariant: &str) -> Vec<usize> {
    let mut tries = 0;
    let mut fails = |kept: &[usize]| {
        tries += 1;
        tries <= TRIES && breaks(&only(script, kept), profile, invariant)
    };
    let mut kept: Vec<usize> = (0..script.steps.len()).collect();
    let mut size = kept.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < kept.len() {
            let without: Vec<usize> = kept
                .iter()
                .enumerate()
                .filter(|(at, _)| *at < from || *at >= from + size)
                .map(|(_, step)| *step)
                .collect();
            if fails(&without) {
                kept = without;
            } else {
                from += size;
            }
        }
        size /= 2;
    }
    kept
}

fn breaks(script: &Script, profile: Profile, invariant: &str) -> bool {
    play(script, profile, Trace::Off).failure.is_some_and(|failure| failure.invariant == invariant)
}

/// The script with these steps only, each at the time at which it was.
pub fn only(script: &Script, kept: &[usize]) -> Script {
    let mut steps = Vec::new();
    let mut pause = 0;
    for (number, step) in script.steps.iter().enumerate() {
        pause += step.pause;
        if kept.contains(&number) {
            steps.push(crate::script::Step { pause, action: step.action.clone() });
            pause = 0;
        }
    }
    Script { steps, ..script.clone() }
}
