//! Plays many seeds, on some threads, and sums up.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;
use simulator::coverage::Coverage;
use simulator::faults::Profile;
use simulator::judge::Violation;
use simulator::run::{Outcome, needed, run_seed};
use simulator::script::generate;

use crate::arguments::Arguments;
use crate::out::line;

/// With fewer seeds a rare fault may well not strike.
const ENOUGH_FOR_COVERAGE: u64 = 200;
/// How many failures are made small and shown.
const SHOWN: usize = 3;

/// Plays a seed.
type Run = fn(u64, Profile) -> Outcome;

#[derive(Default)]
struct Sum {
    ran: u64,
    failed: Vec<(u64, Violation)>,
    coverage: Coverage,
    user_hours: f64,
}

#[derive(Serialize)]
struct Failed<'a> {
    seed: u64,
    invariant: &'a str,
    detail: &'a str,
}

#[derive(Serialize)]
struct Report<'a> {
    profile: &'a str,
    seeds: u64,
    ran: u64,
    failed: Vec<Failed<'a>>,
    seconds: f64,
    #[serde(rename = "userHours")]
    user_hours: f64,
    faults: &'a std::collections::BTreeMap<String, u64>,
    operations: &'a std::collections::BTreeMap<&'static str, u64>,
    missing: Vec<String>,
}

/// True if all seeds held and everything that could happen did.
pub(crate) fn play(arguments: &Arguments) -> bool {
    play_with(arguments, run_seed)
}

fn play_with(arguments: &Arguments, run: Run) -> bool {
    #[allow(clippy::disallowed_methods, reason = "how fast it ran is reported, never asserted")]
    let begun = Instant::now();
    let sum = Mutex::new(Sum::default());
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs {
            scope.spawn(|| work(arguments, run, &next, &stop, &sum, begun));
        }
    });
    let mut sum = sum.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    sum.failed.sort_by_key(|(seed, _)| *seed);
    let seconds = begun.elapsed().as_secs_f64();
    let missing = if sum.ran >= ENOUGH_FOR_COVERAGE {
        sum.coverage.missing(arguments.profile)
    } else {
        Vec::new()
    };
    print(arguments, &sum, seconds, &missing);
    save(arguments, &sum, seconds, &missing);
    sum.failed.is_empty() && missing.is_empty()
}

fn work(
    arguments: &Arguments,
    run: Run,
    next: &AtomicU64,
    stop: &AtomicBool,
    sum: &Mutex<Sum>,
    begun: Instant,
) {
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= arguments.seeds {
            return;
        }
        let seed = arguments.from + number;
        let outcome = run(seed, arguments.profile);
        let Ok(mut sum) = sum.lock() else { return };
        sum.ran += 1;
        sum.coverage.add(&outcome.coverage);
        sum.user_hours += outcome.user_hours;
        if let Some(failure) = outcome.failure {
            line(format!("FAILED seed {seed} at step {}: {failure}", outcome.step));
            sum.failed.push((seed, failure));
            stop.fetch_or(sum.failed.len() >= arguments.stop_after, Ordering::Relaxed);
        }
        if sum.ran.is_multiple_of(500) {
            let rate = sum.ran as f64 / begun.elapsed().as_secs_f64();
            eprintln!(
                "{} of {} seeds, {rate:.0} a second, {} failed",
                sum.ran,
                arguments.seeds,
                sum.failed.len()
            );
        }
    }
}

fn print(arguments: &Arguments, sum: &Sum, seconds: f64, missing: &[String]) {
    let profile = arguments.profile;
    for (name, counts) in [
        ("faults", sum.coverage.faults.iter().map(|(n, c)| format!("{n} {c}")).collect::<Vec<_>>()),
        ("operations", sum.coverage.operations.iter().map(|(n, c)| format!("{n} {c}")).collect()),
    ] {
        line(format!("{name}: {}", counts.join(", ")));
    }
    for (seed, failure) in sum.failed.iter().take(SHOWN) {
        show(*seed, failure, profile);
    }
    if !missing.is_empty() {
        line(format!("never happened: {}", missing.join(", ")));
    }
    line(format!(
        "{}: {} seeds, {} failed, {seconds:.1} s, {:.0} simulated user-hours a second",
        profile.name(),
        sum.ran,
        sum.failed.len(),
        sum.user_hours / seconds
    ));
}

/// The one command that replays a failure, made small.
fn show(seed: u64, failure: &Violation, profile: Profile) {
    let kept = needed(&generate(seed, profile), profile, failure.invariant);
    let steps: Vec<String> = kept.iter().map(ToString::to_string).collect();
    line(format!("seed {seed}: {failure}"));
    line(format!(
        "  cargo run -p simulator --release -- --profile {} --replay {seed} --trace --only {}",
        profile.name(),
        steps.join(",")
    ));
}

fn save(arguments: &Arguments, sum: &Sum, seconds: f64, missing: &[String]) {
    let Some(file) = &arguments.json else { return };
    let failed = |(seed, failure): &(u64, Violation)| (*seed, failure.clone());
    let all: Vec<_> = sum.failed.iter().map(failed).collect();
    let report = Report {
        profile: arguments.profile.name(),
        seeds: arguments.seeds,
        ran: sum.ran,
        failed: all
            .iter()
            .map(|(seed, f)| Failed { seed: *seed, invariant: f.invariant, detail: &f.detail })
            .collect(),
        seconds,
        user_hours: sum.user_hours,
        faults: &sum.coverage.faults,
        operations: &sum.coverage.operations,
        missing: missing.to_vec(),
    };
    let text = serde_json::to_string_pretty(&report).unwrap_or_default();
    if let Err(error) = std::fs::write(file, text) {
        eprintln!("{file}: {error}");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use simulator::run::guard;

    use super::*;

    /// One seed of it panics.
    fn run(seed: u64, profile: Profile) -> Outcome {
        if seed == 3 { guard(|| panic!("no such slot")) } else { run_seed(seed, profile) }
    }

    #[test]
    fn a_seed_that_panics_is_counted_and_named_and_the_others_are_played() {
        let file = std::env::temp_dir().join(format!("panics-{}.json", std::process::id()));
        let words = format!("--profile calm --seeds 6 --json {}", file.display());
        let arguments = crate::arguments::read(words.split(' ').map(str::to_owned)).unwrap();
        assert!(!play_with(&arguments, run), "it is a failure");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(report["ran"], 6);
        let failed =
            serde_json::json!([{ "seed": 3, "invariant": "a panic", "detail": "no such slot" }]);
        assert_eq!(report["failed"], failed);
    }
}
