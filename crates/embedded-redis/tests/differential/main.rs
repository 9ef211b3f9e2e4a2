//! Random commands, answered here and by a real `redis-server`.
//!
//! Without such a server nothing can be compared: the tests then say `ignored`, which `npm test` counts
//! as skipped and which fails in CI. For that they need a harness of their own, since that of Rust
//! knows before it runs what it ignores. It takes `--list`, `--skip`, and parts of names.
//!
//! The seeds are fixed. `EMBEDDED_REDIS_SEEDS=1000:5000` plays the 5,000 from number 1,000 on. What
//! fails is made shorter first, and printed with its seed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

mod compare;
mod generate;
mod harness;
mod pair;
mod random;
mod resp;
mod server;
mod stories;

use std::process::ExitCode;

use pair::Pair;
use server::Server;

type Test = (&'static str, fn(&Server) -> Result<(), String>);

const TESTS: &[Test] = &[
    ("stories_go_as_in_redis", stories::run),
    ("random_commands_are_answered_as_by_redis", |server| random(server, generate::single)),
    ("random_transactions_are_answered_as_by_redis", |server| random(server, generate::whole)),
    ("what_expires_in_redis_expires_here", stories::expiry),
    ("a_scan_finds_what_it_finds_in_redis", stories::scans),
];

fn main() -> ExitCode {
    harness::main(TESTS)
}

/// How many sequences are played, from which seed on.
fn seeds() -> std::ops::Range<u64> {
    let named = std::env::var("EMBEDDED_REDIS_SEEDS").ok();
    let named = named.as_deref().and_then(|text| text.split_once(':'));
    let (first, count) =
        named.map_or((0, 1_500), |(first, count)| (first.parse().unwrap(), count.parse().unwrap()));
    first..first + count
}

fn random(server: &Server, generate: generate::Sequence) -> Result<(), String> {
    for seed in seeds() {
        let steps = generate(seed);
        let Err(why) = Pair::new(server).play(&steps) else { continue };
        let (steps, why) = pair::shortened(server, steps, why);
        let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
        return Err(format!("seed {seed}: {why}\n  {}", steps.join("\n  ")));
    }
    Ok(())
}
