//! A few hundred fixed seeds of each profile. `npm run prove -- simulator` plays 10,000. What they covered
//! is printed as one line of JSON a profile, which `npm test` keeps and sums up (`scripts/lib/coverage.mjs`).

use simulator::coverage::Coverage;
use simulator::faults::Profile;
use simulator::run::run_seed;

const SEEDS: u64 = 250;

fn play(profile: Profile) {
    let mut coverage = Coverage::default();
    for seed in 0..SEEDS {
        let outcome = run_seed(seed, profile);
        coverage.add(&outcome.coverage);
        let name = profile.name();
        assert_eq!(
            outcome.failure, None,
            "cargo run -p simulator -- --profile {name} --replay {seed} --trace"
        );
    }
    println!("covered on {} days: {}", profile.name(), coverage.json());
    assert_eq!(coverage.missing(profile), Vec::<String>::new(), "never happened");
}

#[test]
fn every_invariant_holds_on_calm_days() {
    play(Profile::Calm);
}

#[test]
fn every_invariant_holds_on_rough_days() {
    play(Profile::Rough);
}

#[test]
fn every_invariant_holds_on_hostile_days() {
    play(Profile::Hostile);
}
