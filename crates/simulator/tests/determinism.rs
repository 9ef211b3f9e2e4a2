//! The same seed gives the same run, byte for byte, in another process and on another machine; and a
//! failing run becomes small.

use std::process::Command;

use sha2::{Digest as _, Sha256};
use simulator::faults::Profile;
use simulator::judge::Judge;
use simulator::run::{play, play_before};
use simulator::script::{Script, generate};
use simulator::shrink::{only, shrink};
use simulator::trace::Trace;

fn digest(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .take(8)
        .fold(String::new(), |all, byte| all + &format!("{byte:02x}"))
}

fn timeline(seed: u64) -> String {
    play(&generate(seed, Profile::Hostile), Profile::Hostile, Trace::digest()).trace
}

#[test]
fn the_same_seed_gives_the_same_timeline() {
    for seed in [0, 7, 12_345] {
        assert_eq!(timeline(seed), timeline(seed), "seed {seed}");
    }
    assert_ne!(timeline(1), timeline(2));
}

#[test]
fn the_same_seed_gives_the_same_timeline_in_another_process() {
    let print = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_simulator"));
        let output = command.args(["--profile", "hostile", "--replay", "3", "--trace"]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let (first, second) = (print(), print());
    assert!(first.lines().count() > 500, "{first:.300}");
    assert_eq!(first, second);
}

/// Changes with the generator only, not with the domain: another machine makes the same script.
#[test]
fn the_scripts_of_some_seeds_are_as_they_were_when_this_was_written() {
    let script = |seed| digest(&format!("{:?}", generate(seed, Profile::Rough)));
    assert_eq!([script(0), script(1), script(99)], SCRIPTS);
}

const SCRIPTS: [&str; 3] = ["f14c38be0f3a9d24", "99491609d1b6fb01", "f6b901b81fe8a222"];

/// A judge who believes in a longer grace finds sessions that "ended before their time".
#[test]
fn a_failing_script_becomes_small_and_still_fails() {
    let stern = |script: &Script| {
        let mut config = script.config;
        config.offline_grace += 20_000;
        let failure = play_before(Judge::new(config), script, Profile::Calm, Trace::Off).failure;
        failure.map(|failure| failure.invariant)
    };
    let mut scripts = (0..50).map(|seed| generate(seed, Profile::Calm));
    let found = scripts.find_map(|script| Some((stern(&script)?, script)));
    let (invariant, whole) = found.expect("the stern judge finds something");
    let kept = shrink(&whole, |script| stern(script) == Some(invariant));
    let small = only(&whole, &kept);
    assert!(small.steps.len() <= 4, "{} of {} steps", small.steps.len(), whole.steps.len());
    assert_eq!(stern(&small), Some(invariant));
    let time = |script: &Script| script.steps.iter().map(|step| step.pause).sum::<i64>();
    assert!(time(&small) <= time(&whole));
}
