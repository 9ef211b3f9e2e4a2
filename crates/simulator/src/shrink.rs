//! Makes a failing script small: fewer people and fewer steps, as long as it still fails as before.

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
    // Most of a crowd has nothing to do with it: first all that one of them does or suffers.
    let steps_of = |people: &[usize]| -> Vec<usize> {
        let of_them = |step: &Step| step.action.whose().is_none_or(|who| people.contains(&who));
        let steps = script.steps.iter().enumerate();
        steps.filter(|(_, step)| of_them(step)).map(|(number, _)| number).collect()
    };
    let people = fewest((0..script.people).collect(), |people| fails(&steps_of(people)));
    fewest(steps_of(&people), fails)
}

/// Leaves out halves, quarters and so on, as long as what is left still fails.
fn fewest(mut kept: Vec<usize>, mut fails: impl FnMut(&[usize]) -> bool) -> Vec<usize> {
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

/// The script with these steps only, each at the time at which it was, and without the people who do not
/// appear in them any more. Who is left keeps their number, and so the fate of all that is theirs.
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
    let small = Script { steps, ..script.clone() };
    let people = if kept.len() == script.steps.len() {
        script.people
    } else {
        small.cast().last().map_or(0, |last| last + 1)
    };
    Script { people, ..small }
}
