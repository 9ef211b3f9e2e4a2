//! Plays one seed for a reader.

use simulator::run::{Outcome, needed, play};
use simulator::script::{Script, generate};
use simulator::shrink::only;
use simulator::trace::Trace;

use crate::arguments::Arguments;
use crate::out::line;

/// The longest line of a timeline that is printed whole.
const WIDTH: usize = 300;

/// True if the seed holds.
pub(crate) fn replay(seed: u64, arguments: &Arguments) -> bool {
    let whole = generate(seed, arguments.profile);
    let kept = arguments.only.clone().unwrap_or_else(|| small(&whole, arguments));
    let script = only(&whole, &kept);
    let outcome = play(&script, arguments.profile, Trace::Text(String::new()));
    line(format!(
        "seed {seed}, {}: {} of {} people, {} of {} steps, {:?}",
        arguments.profile.name(),
        script.cast().len(),
        whole.people,
        script.steps.len(),
        whole.steps.len(),
        script.config
    ));
    if arguments.trace {
        outcome.trace.lines().for_each(|text| line(cut(text)));
    }
    report(&outcome, &script);
    outcome.failure.is_none()
}

/// All steps of a seed that holds; the needed ones of a seed that does not.
fn small(whole: &Script, arguments: &Arguments) -> Vec<usize> {
    let all = (0..whole.steps.len()).collect();
    match play(whole, arguments.profile, Trace::Off).failure {
        Some(failure) => needed(whole, arguments.profile, failure.invariant),
        None => all,
    }
}

fn cut(line: &str) -> String {
    if line.len() <= WIDTH {
        line.to_owned()
    } else {
        line.chars().take(WIDTH).collect::<String>() + "…"
    }
}

fn report(outcome: &Outcome, script: &Script) {
    for step in &script.steps {
        line(format!("  step +{} ms {:?}", step.pause, step.action));
    }
    match &outcome.failure {
        Some(failure) => line(format!("FAILED at step {}: {failure}", outcome.step)),
        None => line("held"),
    }
}
