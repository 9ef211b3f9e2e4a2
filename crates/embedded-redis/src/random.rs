//! Chance, for commands that answer at random. Not for secrets.

use std::cell::Cell;

/// `SplitMix64`: a counter whose values are mixed.
#[derive(Debug, Default)]
pub(crate) struct Random(Cell<u64>);

/// The mixing of `SplitMix64`: every bit of the input moves every bit of the output.
pub(crate) fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

impl Random {
    /// Stirs in the time, so that a restart does not repeat what came before it.
    pub(crate) fn stir(&self, now: i64) {
        self.0.set(self.0.get() ^ mix(now as u64));
    }

    /// A number below `bound`; 0 if there is none. The bias is that of `bound` in 2⁶⁴.
    pub(crate) fn below(&self, bound: usize) -> usize {
        let next = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(next);
        ((u128::from(mix(next)) * bound as u128) >> 64) as usize
    }

    /// The first `count` of `items` in a random order: a shuffle that stops in time.
    pub(crate) fn choose<T>(&self, mut items: Vec<T>, count: usize) -> Vec<T> {
        let count = count.min(items.len());
        for place in 0..count {
            let other = place + self.below(items.len() - place);
            items.swap(place, other);
        }
        items.truncate(count);
        items
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn it_stays_below_its_bound_and_reaches_every_number() {
        let random = Random::default();
        let mut seen = [false; 7];
        (0..1_000).for_each(|_| seen[random.below(7)] = true);
        assert_eq!(seen, [true; 7]);
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn it_chooses_distinct_items() {
        let random = Random::default();
        random.stir(5);
        let mut chosen = random.choose((0..100).collect(), 60);
        chosen.sort_unstable();
        chosen.dedup();
        assert_eq!(chosen.len(), 60);
        assert_eq!(random.choose(vec![1], 9), [1]);
    }
}
