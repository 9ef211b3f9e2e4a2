//! The same seed gives the same run, byte for byte, in another process and on another machine; and a
//! failing run becomes small.

use std::process::Command;

use presence::mirror::Refresh;
use presence::outbox::Publishing;
use presence::state::{DeviceType, Status};
use sha2::{Digest as _, Sha256};
use simulator::faults::Profile;
use simulator::judge::Judge;
use simulator::run::{play, play_before};
use simulator::script::{Action, Loss, Manners, Op, Script, Step, Strike, Target, generate};
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

fn come(stomp: bool) -> Op {
    Op::Connect { kind: DeviceType::Web, stomp, manners: Manners::Good, token_life: None }
}

/// Two people, on every follower, on the worst day there is.
fn short_script(seed: u64) -> Script {
    let mut script = Script { people: 2, steps: Vec::new(), ..generate(seed, Profile::Hostile) };
    script.config.refresh = Refresh::Exact;
    script.config.publishing = Publishing::Full;
    let acts = [
        (0, 0, come(false)),
        (500, 1, come(true)),
        (500, 0, Op::Subscribe(Some(0), vec![Target::Person(1), Target::Nobody(0)])),
        (3_000, 1, Op::Status(None, Status::Busy, true)),
        (3_000, 1, Op::Lose(0, Loss::Closed(0), Some(4_000))),
        (20_000, 0, Op::Message(0, vec![1], None)),
    ];
    let act = |(pause, who, op)| Step { pause, action: Action::Act(who, op) };
    script.steps.extend(acts.into_iter().map(act));
    let strike = Action::Strike(Strike::Crash(1));
    script.steps.insert(4, Step { pause: 10, action: strike });
    script
}

/// Another machine, or a later compiler, plays the same to the byte. Changes with whatever hubs do and
/// with how effects are written down: then look that nothing else has changed, and write down what the
/// failure says.
#[test]
fn a_short_timeline_is_as_it_was_when_this_was_written() {
    let digest = |seed| play(&short_script(seed), Profile::Hostile, Trace::digest()).trace;
    assert_eq!([digest(1), digest(2)].map(|all| all[..16].to_owned()), TIMELINES);
}

/// What strikes is named by whom it strikes: a third person who comes and goes meanwhile changes no line of
/// the two others, so that a shrunk script fails as the whole one did.
#[test]
fn who_is_left_out_changes_the_fate_of_nobody_else() {
    let lines = |script: &Script| -> Vec<String> {
        let text = play(script, Profile::Hostile, Trace::Text(String::new())).trace;
        let of_two = |line: &&str| line.contains("u000") || line.contains("u001");
        text.lines().filter(of_two).map(str::to_owned).collect()
    };
    for seed in 0..20 {
        let alone = short_script(seed);
        let mut beside = Script { people: 3, ..alone.clone() };
        for at in [0, 3, 6] {
            let act = |op| Step { pause: 0, action: Action::Act(2, op) };
            let status = act(Op::Status(Some(0), Status::Away, false));
            beside.steps.splice(at..at, [act(come(false)), status]);
        }
        assert_eq!(lines(&alone), lines(&beside), "seed {seed}");
    }
}

const TIMELINES: [&str; 2] = ["80798fe9b2bad739", "9b8167a8a9d3ed4e"];

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
    assert!(small.cast().len() <= 2, "{} of {} people", small.cast().len(), whole.people);
    assert!(small.people <= whole.people);
    assert_eq!(stern(&small), Some(invariant));
    let time = |script: &Script| script.steps.iter().map(|step| step.pause).sum::<i64>();
    assert!(time(&small) <= time(&whole));
}
