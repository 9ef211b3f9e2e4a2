//! What strikes by itself, and how hard: hashed from the seed and the name of what it strikes.

use super::World;
use crate::faults::Fault;
use crate::random::{Random, mix, word};

impl World {
    /// Whether a fault takes effect here and now on what has this name; counted if so.
    pub(super) fn strikes(&mut self, fault: Fault, name: &[u64]) -> bool {
        let struck = self.will_strike(fault, name);
        if struck {
            self.coverage.fault(fault);
        }
        struck
    }

    /// The same for one whose effect is still to come: to be counted when it does.
    pub(super) fn will_strike(&self, fault: Fault, name: &[u64]) -> bool {
        !self.quiet && self.would_strike(fault, name)
    }

    /// The same whenever it is asked, also where all is quiet.
    pub(super) fn would_strike(&self, fault: Fault, name: &[u64]) -> bool {
        let rate = u64::from(self.profile.rate(fault));
        let name =
            name.iter().fold(mix(&[self.seed, fault as u64]), |all, part| mix(&[all, *part]));
        rate > 0 && name % 10_000 < rate
    }

    /// How much of something there is, for what has this name: another in each seed.
    pub(super) fn random(&self, what: &str, name: &[u64]) -> Random {
        Random::of(&[&[self.seed, word(what)][..], name].concat())
    }

    /// The clock of a hub after so many crashes.
    pub(super) fn skew_of(&self, hub: u64, crashes: u64) -> i64 {
        self.random("clock", &[hub, crashes]).range(-2_000, 2_000)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use presence::config::HubConfig;

    use super::*;
    use crate::faults::Profile;
    use crate::trace::Trace;

    fn world(seed: u64) -> World {
        World::new(seed, Profile::Hostile, HubConfig::default(), Trace::Off)
    }

    #[test]
    fn how_much_there_is_of_something_is_another_in_each_seed_and_for_each_name() {
        let draw = |seed, what, name: &[u64]| world(seed).random(what, name).bits64();
        let names: [(&str, &[u64]); 4] =
            [("call", &[1, 2]), ("call", &[2, 1]), ("call", &[1]), ("answer", &[1, 2])];
        let drawn: BTreeSet<u64> =
            (0..50).flat_map(|seed| names.map(|(what, name)| draw(seed, what, name))).collect();
        assert_eq!(drawn.len(), 200);
        assert_eq!(draw(7, "call", &[1, 2]), draw(7, "call", &[1, 2]));
    }

    #[test]
    fn the_clock_of_a_hub_is_another_in_each_seed_and_after_each_crash() {
        let clocks = (0..50).flat_map(|seed| [0, 1].map(|crash| world(seed).skew_of(3, crash)));
        let clocks: BTreeSet<i64> = clocks.collect();
        assert!(clocks.len() > 90 && clocks.iter().all(|ms| ms.abs() <= 2_000), "{clocks:?}");
    }
}
