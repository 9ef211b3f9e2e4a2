//! Plays a script from beginning to end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::coverage::Coverage;
use crate::faults::Profile;
use crate::judge::{Judge, Violation};
use crate::script::{Action, Script, Step, Strike, generate};
use crate::shrink::shrink;
use crate::tally::Tally;
use crate::trace::Trace;
use crate::world::node::Node;
use crate::world::{BEGIN, World, person};
use presence::effects::Command;
use presence::mirror::Refresh;
use presence::outbox::Publishing;

/// What came of a run.
#[derive(Default)]
pub struct Outcome {
    /// The invariant that was broken, if one was.
    pub failure: Option<Violation>,
    /// At which step of the script.
    pub step: usize,
    /// What happened how often.
    pub coverage: Coverage,
    /// What it would have cost.
    pub tally: Tally,
    /// People times hours.
    pub user_hours: f64,
    /// The timeline, as far as it was kept.
    pub trace: String,
}

/// The platform takes an object out of memory about so long after its last work.
const IDLE: i64 = 10_000;
/// What begins at a rest is over after this long.
const STIRS: i64 = 15_000;
/// What no run may do.
const PANIC: &str = "a panic";
/// Redis is copied after so many steps.
const COPIED: usize = 6;
/// The last change may need a flush after an older one had its time, another a minute later, and the
/// answers.
const FLUSHED: i64 = 30_000 + 60_000 + 60_000 + 10_000;

/// What Kafka's faults leave behind may land so late, and a lane waits for so long after it asked to be left
/// alone.
const DRAINED: i64 = 60_000 + 60_000 + 10_000;

/// After the faults are over everything is at rest within this time: the longest back-off, the
/// backstop, a vanished socket's discovery and its TTL, a grace, and the clients' own delays.
fn until_rest(script: &Script) -> i64 {
    let others = 2 * script.config.session_ttl + script.config.offline_grace + 40_000;
    let redis = if script.config.refresh == Refresh::Off { 0 } else { FLUSHED };
    // The second of two back-offs begins with the last step of the first; a lane may be behind another.
    let kafka = if script.config.publishing == Publishing::Off { 0 } else { DRAINED };
    300_000 + 60_000 + others + redis + kafka
}

/// Plays a seed.
pub fn run_seed(seed: u64, profile: Profile) -> Outcome {
    play(&generate(seed, profile), profile, Trace::Off)
}

/// The steps that a failing seed needs to break the same invariant, by their numbers.
pub fn needed(script: &Script, profile: Profile, invariant: &str) -> Vec<usize> {
    let broken = |script: &Script| play(script, profile, Trace::Off).failure;
    let fails = |script: &Script| broken(script).is_some_and(|it| it.invariant == invariant);
    // What does not fail a second time is not made small, but shown whole.
    if fails(script) { shrink(script, fails) } else { (0..script.steps.len()).collect() }
}

/// Plays a script. A panic is a failure like any other, so that its seed is known and made small.
pub fn play(script: &Script, profile: Profile, trace: Trace) -> Outcome {
    guard(|| play_before(Judge::new(script.config), script, profile, trace))
}

/// What came of `run`, also where it panics; the message has been printed by then.
pub fn guard(run: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let detail = text.unwrap_or("of no words").to_owned();
        Outcome { failure: Some(Violation { invariant: PANIC, detail }), ..Outcome::default() }
    })
}

/// Plays a script before this judge.
pub fn play_before(mut judge: Judge, script: &Script, profile: Profile, trace: Trace) -> Outcome {
    let mut world = World::new(script.seed, profile, script.config, trace);
    judge.room = script.room;
    world.judge = Some(judge);
    world.redis.kept.deprecated = script.deprecated_keys;
    world.room = script.room;
    if let Some(held) = script.held {
        world.kafka.hold(held, i64::MAX);
        // Objects hibernate while a lane is held, and must not forget it.
        world.hibernate_after = Some(IDLE);
    }
    for number in 0..script.people {
        world.hub_of(&person(number));
    }
    let mut at = 0;
    for (number, step) in script.steps.iter().enumerate() {
        at = number;
        if number % COPIED == 0 {
            world.copy_redis();
        }
        if !(world.run_for(step.pause) && take(&mut world, script, &step.action)) {
            break;
        }
    }
    if world.failure.is_none() {
        end(&mut world, script);
    }
    outcome(world, script, at)
}

fn take(world: &mut World, script: &Script, action: &Action) -> bool {
    match action {
        Action::Act(who, op) => world.act(*who, op),
        Action::Strike(strike) => world.strike(*strike),
        Action::Cleanup => world.clean_up(),
        Action::Replay(who, all) => world.replay_dead_letters(*who, *all),
        Action::Rest => {
            rest(world, script);
            world.unheal();
        }
    }
    world.judge_overdue();
    world.failure.is_none()
}

/// All faults end, all that is due runs; what then only a cleanup can find, it has mended after that.
fn rest(world: &mut World, script: &Script) {
    world.heal();
    world.run_for(until_rest(script));
    if !world.nodes.iter().all(Node::may_hibernate) {
        // A lease may have ended just now.
        world.run_for(STIRS);
    }
    if lasts_a_day(script) {
        // Sets about somebody who is away for longer than a day are mended by the cleanup only.
        world.clean_up();
        world.run_for(FLUSHED);
    }
    world.judge_rest(Judge::rest);
    world.judge_rest(Judge::kafka);
    world.ask_outboxes();
    let hurt = world.redis.hurt_at.take().is_some();
    world.judge_rest(|judge, world| judge.redis(world, hurt));
    if hurt && world.failure.is_none() {
        world.clean_up();
        world.run_for(FLUSHED);
        world.judge_rest(Judge::rest);
        world.judge_rest(|judge, world| judge.redis(world, false));
    }
    if world.redis.is_aging() {
        world.redis.hurt_at = Some(world.now);
    }
}

fn lasts_a_day(script: &Script) -> bool {
    let down = |step: &Step| matches!(step.action, Action::Strike(Strike::KafkaDown(_)));
    script.config.refresh != Refresh::Off && script.steps.iter().any(down)
}

/// Everybody leaves; when the leases are over nothing is left.
fn end(world: &mut World, script: &Script) {
    world.kafka.release();
    // What nothing keeps in memory leaves it, as at the edge: no alarm may come of that alone.
    world.hibernate_after = Some(IDLE);
    rest(world, script);
    for device in 0..world.devices.len() {
        if world.devices[device].hears {
            world.say(device, Command::Leave, false);
        }
    }
    rest(world, script);
    if world.failure.is_none() && world.run_for(script.config.subscription_ttl + until_rest(script))
    {
        rest(world, script);
        world.judge_rest(|judge, world| judge.end(world));
    }
}

fn outcome(mut world: World, script: &Script, step: usize) -> Outcome {
    let hours = (world.now - BEGIN) as f64 / 3_600_000.0;
    let mut coverage = std::mem::take(&mut world.coverage);
    for name in world.judge.iter_mut().flat_map(|judge| std::mem::take(&mut judge.happened)) {
        coverage.happened(name);
    }
    Outcome {
        failure: world.failure,
        step,
        coverage,
        tally: world.tally,
        user_hours: hours * script.people as f64,
        trace: world.trace.finish(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn a_panic_is_a_failure_that_says_what_it_was() {
        let failure = guard(|| panic!("an index of {}", 7)).failure.unwrap();
        assert_eq!((failure.invariant, failure.detail.as_str()), (PANIC, "an index of 7"));
        let failure = guard(|| panic!("a text")).failure.unwrap();
        assert_eq!(failure.detail, "a text");
    }
}
