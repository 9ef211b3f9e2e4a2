//! Patterns as Redis matches them, with its ways at the edges: `[` without an end, an escape as the
//! last character, `**` against nothing.

/// Whether `pattern` matches all of `text`. Only the last `*` is ever gone back to, so that no pattern
/// takes longer than its length times the text's.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    // A pattern that is one star is never looked at in Redis: it lets even nothing through.
    if pattern == b"*" {
        return true;
    }
    if text.is_empty() {
        return pattern.is_empty();
    }
    let (mut pattern, mut text, mut star) = (pattern, text, None);
    while !text.is_empty() {
        if pattern.first() == Some(&b'*') {
            pattern = without_stars(pattern);
            if pattern.is_empty() {
                return true;
            }
            star = Some((pattern, text));
        } else if let Some((after, rest)) = one(pattern, text) {
            (pattern, text) = (after, rest);
        } else {
            let Some((after, from)) = star else { return false };
            text = from.get(1..).unwrap_or_default();
            pattern = after;
            star = Some((after, text));
        }
    }
    without_stars(pattern).is_empty()
}

fn without_stars(pattern: &[u8]) -> &[u8] {
    let stars = pattern.iter().take_while(|byte| **byte == b'*').count();
    pattern.get(stars..).unwrap_or_default()
}

/// What is left of both when the pattern's first element has matched the text's first byte.
fn one<'a, 'b>(pattern: &'a [u8], text: &'b [u8]) -> Option<(&'a [u8], &'b [u8])> {
    let (byte, text) = text.split_first()?;
    let after = match pattern {
        [b'?', after @ ..] => after,
        [b'[', class @ ..] => in_class(class, *byte)?,
        [b'\\', escaped, after @ ..] => (escaped == byte).then_some(after)?,
        [literal, after @ ..] => (literal == byte).then_some(after)?,
        [] => return None,
    };
    Some((after, text))
}

/// What follows a class, `[` taken away, if the byte is in it. One without an end reaches to the end.
fn in_class(class: &[u8], byte: u8) -> Option<&[u8]> {
    let (negated, mut class) = match class {
        [b'^', rest @ ..] => (true, rest),
        _ => (false, class),
    };
    let mut found = false;
    loop {
        class = match class {
            [b'\\', escaped, rest @ ..] => {
                found |= *escaped == byte;
                rest
            }
            [b']', rest @ ..] => return (found != negated).then_some(rest),
            [] => return (found != negated).then_some(class),
            [low, b'-', high, rest @ ..] => {
                found |= within(*low, *high, byte);
                rest
            }
            [literal, rest @ ..] => {
                found |= *literal == byte;
                rest
            }
        };
    }
}

/// Redis compares characters, which have a sign where it usually runs.
fn within(low: u8, high: u8, byte: u8) -> bool {
    let (low, high, byte) = (low as i8, high as i8, byte as i8);
    (low.min(high)..=low.max(high)).contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::matches;

    fn all(cases: &[(&str, &str)], wanted: bool) {
        for (pattern, text) in cases {
            let found = matches(pattern.as_bytes(), text.as_bytes());
            assert_eq!(found, wanted, "{pattern} against {text}");
        }
    }

    #[test]
    fn stars_and_question_marks_stand_for_what_they_should() {
        all(&[("*", ""), ("*", "a"), ("a*", "a"), ("**a", "bba"), ("h?llo", "hallo")], true);
        all(&[("presence:user:*:online:*", "presence:user:ada:online:7")], true);
        all(&[("a*b*c", "a-b-b-c"), ("*a*", "bab"), ("", "")], true);
        all(&[("a", ""), ("", "a"), ("a?", "a"), ("*a", "ab"), ("a*b", "a"), ("A", "a")], false);
    }

    #[test]
    fn classes_have_ranges_negation_and_escapes() {
        all(
            &[("[a-c]", "b"), ("[c-a]", "b"), ("[^a]", "b"), ("[\\]]", "]"), ("[\\-a]", "-")],
            true,
        );
        all(
            &[("[a-c]", "d"), ("[^a]", "a"), ("[a\\-c]", "b"), ("[]", "]"), ("[^a-z]x", "bx")],
            false,
        );
    }

    #[test]
    fn odd_ends_are_read_as_redis_reads_them() {
        all(&[("[abc", "b"), ("[a-", "-"), ("\\", "\\"), ("\\*", "*"), ("[^", "x")], true);
        all(&[("[abc", "d"), ("[", "["), ("\\*", "a"), ("**", "")], false);
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let (pattern, text) = ("a*".repeat(2_000) + "b", "a".repeat(20_000));
        assert!(!matches(pattern.as_bytes(), text.as_bytes()));
    }
}
