//! Makes a failing script small: fewer steps, and so fewer people, as long as it still fails as before.

use crate::script::{Script, Step};

/// How many scripts are tried at most.
const TRIES: usize = 400;

/// The steps of `script` that are needed for it to fail, by their numbers.
pub fn shrink(script: &Script, fails: impl Fn(&Script) -> bool) -> Vec<usize> {
    let mut tries = 0;
    let mut fails = |kept: &[usize]| {
        tries += 1;
        tries <= TRIES && fails(&only(script, kept))
    };
    let mut kept: Vec<usize> = (0..script.steps.len()).collect();
    let mut size = kept.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < kept.len() {
            let to = (from + size).min(kept.len());
            let without = [&kept[..from], &kept[to..]].concat();
            if fails(&without) {
                kept = without;
            } else {
                from = to;
            }
        }
        size /= 2;
    }
    kept
}

/// The script with these steps only, each at the time at which it was.
pub fn only(script: &Script, kept: &[usize]) -> Script {
    let mut steps = Vec::new();
    let mut pause = 0;
    for (number, step) in script.steps.iter().enumerate() {
        pause += step.pause;
        if kept.contains(&number) {
            steps.push(Step { pause, action: step.action.clone() });
            pause = 0;
        }
    }
    Script { steps, ..script.clone() }
}
