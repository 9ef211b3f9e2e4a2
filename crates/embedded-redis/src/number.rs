//! Numbers as Redis reads and writes them.

mod extended;
mod natural;

pub(crate) use extended::Extended;

/// A whole number, spelled the one way that Redis takes: no `+`, no space, no zero in front.
pub(crate) fn integer(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let canonical = match digits {
        [b'0'] => text == b"0",
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !canonical {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The cursor of a scan, as `strtoul` reads it: nothing at all is 0, and a zero byte is the end.
pub(crate) fn cursor(text: &[u8]) -> Option<u64> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() {
        return text.is_empty().then_some(0);
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(if negative { number.wrapping_neg() } else { number })
}

#[cfg(test)]
mod tests {
    use super::{cursor, integer};

    #[test]
    fn whole_numbers_have_one_spelling() {
        for (text, number) in [("0", 0), ("7", 7), ("-12", -12)] {
            assert_eq!(integer(text.as_bytes()), Some(number));
        }
        assert_eq!(integer(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(integer(b"-9223372036854775808"), Some(i64::MIN));
        for text in
            ["", "-", "-0", "+1", "01", " 1", "1 ", "1.0", "1e3", "0x1", "9223372036854775808"]
        {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn cursors_are_read_as_c_reads_them() {
        for (text, number) in
            [("", 0), ("0", 0), ("007", 7), ("+5", 5), ("-1", u64::MAX), ("\0x", 0)]
        {
            assert_eq!(cursor(text.as_bytes()), Some(number), "{text}");
        }
        for text in ["x", "1x", "-", " 1", "18446744073709551616", "1.0"] {
            assert_eq!(cursor(text.as_bytes()), None, "{text}");
        }
    }
}
