//! All chance comes from here, and all of it from a seed: the same seed gives the same run on any
//! machine. What must not shift when a shrunk script leaves other steps out (the fate of one letter,
//! the loss of one beat) is not drawn in turn but hashed from the seed and its own name: whose it is,
//! and the how manieth of that hub or device.

use presence::effects::Entropy;

/// A stream of random numbers (splitmix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// A stream that is named by these numbers.
    pub fn of(name: &[u64]) -> Self {
        Self(mix(name))
    }

    /// The next 64 bits.
    pub fn bits64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `0..limit`; 0 where the limit is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = limit as u64;
        self.bits64().checked_rem(limit).unwrap_or(0) as usize
    }

    /// A number in `low..=high`.
    pub fn range(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as usize) as i64
    }

    /// True in so many of 10,000 cases.
    pub fn chance(&mut self, of_ten_thousand: u32) -> bool {
        self.below(10_000) < of_ten_thousand as usize
    }

    /// One of some.
    pub fn pick<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.below(some.len())]
    }
}

impl Entropy for Random {
    fn bits(&mut self) -> [u8; 16] {
        let mut bits = [0; 16];
        bits[..8].copy_from_slice(&self.bits64().to_le_bytes());
        bits[8..].copy_from_slice(&self.bits64().to_le_bytes());
        bits
    }
}

/// One number for a name of several.
pub fn mix(name: &[u64]) -> u64 {
    name.iter().fold(0x5851_f42d_4c95_7f2d, |state, part| Random(state ^ part).bits64())
}

/// A number for a word, as a part of a name.
pub fn word(text: &str) -> u64 {
    text.bytes().fold(text.len() as u64, |state, byte| mix(&[state, u64::from(byte)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_gives_the_same_numbers_and_another_name_others() {
        let draw = |name: &[u64]| {
            let mut random = Random::of(name);
            [random.bits64(), random.bits64()]
        };
        assert_eq!(draw(&[1, 2]), draw(&[1, 2]));
        assert_ne!(draw(&[1, 2]), draw(&[2, 1]));
    }

    /// Committed, so that another machine or a later compiler is held to it.
    #[test]
    fn a_name_gives_the_numbers_that_it_gave_when_this_was_written() {
        let mut random = Random::of(&[1, 2, 3]);
        let drawn = [mix(&[1, 2, 3]), word("a word"), random.bits64(), random.bits64()];
        let written = [
            3_491_251_424_309_703_408,
            5_864_703_046_192_647_969,
            9_902_967_025_335_003_091,
            2_896_065_975_797_458_353,
        ];
        assert_eq!(drawn, written);
    }
}
