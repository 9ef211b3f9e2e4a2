//! Natural numbers of any size: no more of them than [`super::Extended`] needs.

use std::cmp::Ordering;

/// In digits of 32 bits, the smallest first, without zeros at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Natural(Vec<u32>);

const DIGIT: u32 = 32;

impl Natural {
    pub(super) fn new(value: u128) -> Self {
        let digit = |place: u32| (value >> (DIGIT * place)) as u32;
        Self((0..4).map(digit).collect()).trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bits it has: 0 for zero.
    pub(super) fn bits(&self) -> u32 {
        let top = self.0.last().map_or(0, |digit| DIGIT - digit.leading_zeros());
        self.0.len().saturating_sub(1) as u32 * DIGIT + top
    }

    /// Its low 128 bits.
    pub(super) fn low(&self) -> u128 {
        self.0.iter().take(4).rev().fold(0, |value, digit| value << DIGIT | u128::from(*digit))
    }

    /// `self * factor + addend`.
    pub(super) fn times_plus(mut self, factor: u32, addend: u32) -> Self {
        let mut carry = u64::from(addend);
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = carry as u32;
            carry >>= DIGIT;
        }
        self.0.push(carry as u32);
        self.trimmed()
    }

    /// `self * 10ⁿ`.
    pub(super) fn times_ten_to(mut self, mut power: u32) -> Self {
        while power > 0 {
            let step = power.min(9);
            self = self.times_plus(10_u32.pow(step), 0);
            power -= step;
        }
        self
    }

    pub(super) fn shifted_left(&self, bits: u32) -> Self {
        let mut digits = vec![0; (bits / DIGIT) as usize];
        let mut carry = 0_u64;
        for digit in &self.0 {
            carry |= u64::from(*digit) << (bits % DIGIT);
            digits.push(carry as u32);
            carry >>= DIGIT;
        }
        digits.push(carry as u32);
        Self(digits).trimmed()
    }

    /// Shifted right, and whether anything fell out.
    pub(super) fn shifted_right(&self, bits: u32) -> (Self, bool) {
        let (whole, part) = ((bits / DIGIT) as usize, bits % DIGIT);
        let dropped = self.0.get(..whole).unwrap_or(&self.0).iter().any(|digit| *digit != 0);
        let mut digits = Vec::new();
        let mut fallen = 0;
        let mut below = 0_u64;
        for digit in self.0.get(whole..).unwrap_or_default().iter().rev() {
            below = below << DIGIT | u64::from(*digit);
            digits.push((below >> part) as u32);
            fallen = below & ((1 << part) - 1);
            below = fallen;
        }
        digits.reverse();
        (Self(digits).trimmed(), dropped || fallen != 0)
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut carry = 0;
        let length = self.0.len().max(other.0.len()) + 1;
        let digit = |place| {
            carry += self.digit(place) + other.digit(place);
            let digit = carry as u32;
            carry >>= DIGIT;
            digit
        };
        Self((0..length).map(digit).collect()).trimmed()
    }

    /// `self - other`, which must not be larger.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut borrow = 0;
        let digit = |place| {
            let taken = other.digit(place) + borrow;
            let digit = self.digit(place);
            borrow = u64::from(digit < taken);
            ((digit + (borrow << DIGIT)) - taken) as u32
        };
        Self((0..self.0.len()).map(digit).collect()).trimmed()
    }

    fn digit(&self, place: usize) -> u64 {
        u64::from(self.0.get(place).copied().unwrap_or(0))
    }

    /// In decimal.
    pub(super) fn decimal(&self) -> String {
        let (mut rest, mut groups) = (self.0.clone(), Vec::new());
        while rest.iter().any(|digit| *digit != 0) {
            let mut remainder = 0_u64;
            for digit in rest.iter_mut().rev() {
                let value = remainder << DIGIT | u64::from(*digit);
                *digit = (value / 1_000_000_000) as u32;
                remainder = value % 1_000_000_000;
            }
            groups.push(format!("{remainder:09}"));
        }
        let text: String = groups.into_iter().rev().collect();
        text.trim_start_matches('0').to_owned()
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.0.len().cmp(&other.0.len());
        length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Natural;

    const LARGE: u128 = 0xfedc_ba98_7654_3210_0123_4567;

    #[test]
    fn small_ones_agree_with_the_machine() {
        let (a, b) = (Natural::new(LARGE), Natural::new(0xffff_ffff_ffff));
        assert_eq!(a.plus(&b), Natural::new(LARGE + 0xffff_ffff_ffff));
        assert_eq!(a.minus(&b), Natural::new(LARGE - 0xffff_ffff_ffff));
        assert_eq!(a.minus(&a), Natural::new(0));
        assert_eq!(a.shifted_left(13).low(), LARGE << 13);
        assert_eq!(a.shifted_right(41), (Natural::new(LARGE >> 41), true));
        assert_eq!(Natural::new(1 << 64).shifted_right(64), (Natural::new(1), false));
        assert_eq!(a.bits(), 128 - LARGE.leading_zeros());
        assert_eq!(a.decimal(), LARGE.to_string());
        assert!(a > b && b > Natural::new(0) && Natural::new(0).is_zero());
    }

    #[test]
    fn large_ones_are_right() {
        let googol = Natural::new(1).times_ten_to(100);
        assert_eq!(googol.decimal(), format!("1{}", "0".repeat(100)));
        assert_eq!(googol.shifted_left(777).shifted_right(777), (googol.clone(), false));
        assert_eq!(googol.clone().times_plus(7, 3).decimal(), format!("7{}3", "0".repeat(99)));
    }
}
