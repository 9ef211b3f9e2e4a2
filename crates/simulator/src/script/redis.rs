//! What happens to Redis in a run, drawn apart from all else: the same seed without it is the same.

use presence::mirror::Refresh;

use super::{Action, Step, Strike};
use crate::faults::{Fault, Profile};
use crate::random::Random;

/// How often the cleanup runs between two steps, in 10,000.
const CLEANUPS: u32 = 80;

pub(super) struct Redis {
    random: Random,
    profile: Profile,
    /// A third of the seeds has no Redis, a third keeps it exact, a third writes on change only.
    pub refresh: Refresh,
    /// Half of them keep the deprecated keys.
    pub deprecated_keys: bool,
}

impl Redis {
    pub(super) fn new(seed: u64, profile: Profile) -> Self {
        let refresh = [Refresh::Off, Refresh::Exact, Refresh::Transitions][(seed % 3) as usize];
        let mut random = Random::of(&[seed, 6]);
        let deprecated_keys = random.chance(5_000);
        Self { random, profile, refresh, deprecated_keys }
    }

    /// What comes after a step.
    pub(super) fn step(&mut self) -> Option<Step> {
        if self.refresh == Refresh::Off {
            return None;
        }
        let action = if self.random.chance(CLEANUPS) {
            Action::Cleanup
        } else {
            Action::Strike(self.strike()?)
        };
        Some(Step { pause: 0, action })
    }

    fn strike(&mut self) -> Option<Strike> {
        let random = &mut self.random;
        let mut strikes = |fault| random.chance(self.profile.rate(fault));
        let faults = [Fault::RedisEmptied, Fault::RedisRestored, Fault::RedisAway];
        Some(match faults.into_iter().filter(|fault| strikes(*fault)).last()? {
            Fault::RedisEmptied => Strike::EmptyRedis,
            Fault::RedisRestored => Strike::RestoreRedis(self.random.bits64()),
            _ => Strike::RedisAway(self.random.range(10_000, 240_000)),
        })
    }
}
