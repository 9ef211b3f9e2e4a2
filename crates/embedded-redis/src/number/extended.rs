//! The 80-bit floating point number in which Redis adds for `INCRBYFLOAT`, in software: its sums are
//! seen to 17 decimals, which a 64-bit number does not have.

use std::fmt;

use super::natural::Natural;

/// `±mantissa · 2^exponent`, the mantissa's top bit set unless it is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extended {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

/// The bits of a mantissa.
const PRECISION: i32 = 64;

/// A number from 2^this on is infinite.
const TOP: i32 = 16_384;

/// A number below 2^this is nothing.
const BOTTOM: i32 = -16_445;

/// The longest spelling that Redis reads.
const MAX_TEXT: usize = 5 * 1024;

/// Decimals that Redis writes.
const DECIMALS: u32 = 17;

const ZERO: Extended = Extended { negative: false, mantissa: 0, exponent: 0 };

impl Extended {
    /// Reads what `strtold` does, but for hexadecimal digits and names of what is not finite.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        if text.len() >= MAX_TEXT {
            return None;
        }
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let (digits, power) = decimal(text)?;
        if digits.is_zero() {
            return Some(ZERO);
        }
        let ten = Natural::new(1).times_ten_to(power.unsigned_abs());
        let magnitude = if power < 0 {
            round(&digits, &ten, 0)
        } else {
            round(&digits.times_ten_to(power.unsigned_abs()), &Natural::new(1), 0)
        };
        magnitude.filter(|number| number.mantissa != 0).map(|number| Self { negative, ..number })
    }

    /// The sum; `None` if it is not finite.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let exponent = self.exponent.min(other.exponent);
        let at = |number: Self| {
            let places = (number.exponent - exponent).unsigned_abs();
            Natural::new(u128::from(number.mantissa)).shifted_left(places)
        };
        let (a, b) = (at(self), at(other));
        let (negative, sum) = if self.negative == other.negative {
            (self.negative, a.plus(&b))
        } else if a >= b {
            (self.negative, a.minus(&b))
        } else {
            (other.negative, b.minus(&a))
        };
        if sum.is_zero() {
            return Some(ZERO);
        }
        round(&sum, &Natural::new(1), exponent).map(|number| Self { negative, ..number })
    }
}

/// Digits and the power of ten that goes with them.
fn decimal(text: &[u8]) -> Option<(Natural, i32)> {
    let (mut digits, mut power, mut any, mut point) = (Natural::new(0), 0_i32, false, false);
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        match byte {
            b'0'..=b'9' => {
                digits = digits.times_plus(10, u32::from(byte - b'0'));
                power -= i32::from(point);
                any = true;
            }
            b'.' if !point => point = true,
            b'e' | b'E' if any => return Some((digits, power.saturating_add(exponent(after)?))),
            _ => return None,
        }
        rest = after;
    }
    any.then_some((digits, power))
}

/// Large exponents are as good as larger ones.
fn exponent(text: &[u8]) -> Option<i32> {
    let digits = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let step = |value: i32, byte: &u8| (value * 10 + i32::from(byte - b'0')).min(20_000);
    let value = digits.iter().fold(0, step);
    Some(if text.first() == Some(&b'-') { -value } else { value })
}

/// `numerator / denominator · 2^exponent`, rounded to the nearest, ties to even; `None` if it is not
/// finite.
fn round(numerator: &Natural, denominator: &Natural, exponent: i32) -> Option<Extended> {
    // So many bits of quotient that the last ones decide.
    let shift = PRECISION + 2 - (numerator.bits() as i32 - denominator.bits() as i32);
    let (numerator, denominator) = if shift >= 0 {
        (numerator.shifted_left(shift.unsigned_abs()), denominator.clone())
    } else {
        (numerator.clone(), denominator.shifted_left(shift.unsigned_abs()))
    };
    let (quotient, exact) = divide(&numerator, &denominator);
    let dropped = u128::BITS as i32 - quotient.leading_zeros() as i32 - PRECISION;
    let mut mantissa = quotient >> dropped;
    let (fallen, half) = (quotient & ((1 << dropped) - 1), 1 << (dropped - 1));
    if fallen > half || (fallen == half && (!exact || mantissa & 1 == 1)) {
        mantissa += 1;
    }
    let carried = i32::from(mantissa >> PRECISION != 0);
    finite((mantissa >> carried) as u64, exponent - shift + dropped + carried)
}

/// The quotient, which has at most 67 bits, and whether it is exact.
fn divide(numerator: &Natural, denominator: &Natural) -> (u128, bool) {
    const BITS: u32 = 67;
    let mut rest = numerator.clone();
    let mut quotient = 0;
    let mut divisor = denominator.shifted_left(BITS);
    for _ in 0..=BITS {
        quotient <<= 1;
        if rest >= divisor {
            rest = rest.minus(&divisor);
            quotient |= 1;
        }
        divisor = divisor.shifted_right(1).0;
    }
    (quotient, rest.is_zero())
}

fn finite(mantissa: u64, exponent: i32) -> Option<Extended> {
    let top = exponent + PRECISION;
    if top > TOP {
        return None;
    }
    if top <= BOTTOM {
        return Some(ZERO);
    }
    Some(Extended { negative: false, mantissa, exponent })
}

/// As `%.17Lf`, without zeros at the end.
impl fmt::Display for Extended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scaled = Natural::new(u128::from(self.mantissa)).times_ten_to(DECIMALS);
        let places = self.exponent.unsigned_abs();
        let scaled =
            if self.exponent >= 0 { scaled.shifted_left(places) } else { halved(&scaled, places) };
        let text = format!("{:0>18}", scaled.decimal());
        let (whole, part) = text.split_at(text.len() - DECIMALS as usize);
        let part = part.trim_end_matches('0');
        let sign = if self.negative && !(whole == "0" && part.is_empty()) { "-" } else { "" };
        let point = if part.is_empty() { "" } else { "." };
        write!(f, "{sign}{whole}{point}{part}")
    }
}

/// Divided by 2^places, rounded to the nearest, ties to even.
fn halved(number: &Natural, places: u32) -> Natural {
    let (twice, sticky) = number.shifted_right(places - 1);
    let (half, odd) = twice.shifted_right(1);
    if odd && (sticky || half.low() & 1 == 1) { half.plus(&Natural::new(1)) } else { half }
}

#[cfg(test)]
mod tests {
    use super::Extended;

    fn sum(a: &str, b: &str) -> Option<String> {
        let (a, b) = (Extended::parse(a.as_bytes())?, Extended::parse(b.as_bytes())?);
        a.plus(b).map(|sum| sum.to_string())
    }

    #[test]
    fn sums_are_those_of_a_long_double() {
        for (a, b, wanted) in [
            ("10.5", "0.1", "10.6"),
            ("0.1", "0.2", "0.3"),
            ("5.0e3", "200", "5200"),
            ("3", "-3", "0"),
            ("-1.5", "0.25", "-1.25"),
            ("1000000000000000", "0.1", "1000000000000000.0999755859375"),
            ("9007199254740993", "1", "9007199254740994"),
            ("1e20", "1", "100000000000000000000"),
            ("-1e-20", "0", "0"),
            ("18446744073709551617", "0", "18446744073709551616"),
            ("18446744073709551619", "0", "18446744073709551620"),
            ("18446744073709551618", "1", "18446744073709551620"),
            ("+.5", "5.", "5.5"),
        ] {
            assert_eq!(sum(a, b).as_deref(), Some(wanted), "{a} + {b}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "-", ".", "e5", "1e", "1e+", "1.2.3", " 1", "1 ", "0x10", "nan", "1e5000"]
        {
            assert_eq!(Extended::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(sum("1e4932", "0").map(|text| text.len()), Some(4_933));
        assert_eq!(sum("1.1e4932", "1.1e4932"), None);
    }
}
