//! A command in the path: `/set/k/v?EX=100`, a value in the body if there is one.

use super::{Request, token};
use crate::{Command, RedisError};

/// The command of a path-style request: the path's parts, then the body, then the query.
pub(super) fn command(request: &Request<'_>) -> Result<Command, RedisError> {
    let path = request.path.strip_prefix('/').unwrap_or(request.path);
    let mut parts: Vec<Vec<u8>> = path.split('/').map(|part| decode(part, false)).collect();
    if takes_body(request) {
        parts.push(request.body.to_vec());
    }
    for (name, value) in pairs(request.query.unwrap_or_default()) {
        if name != token::PARAMETER.as_bytes() {
            parts.push(name);
            parts.extend(value);
        }
    }
    Command::from_parts(parts).ok_or_else(|| RedisError("ERR empty command".to_owned()))
}

/// A body of no bytes is none: `POST /incr/k` has no second argument.
fn takes_body(request: &Request<'_>) -> bool {
    matches!(request.method, "POST" | "PUT") && !request.body.is_empty()
}

/// The pairs of a query; a name without `=` has no value, and neither has one with nothing after it
/// (`?NX=`), since that is how some clients spell a flag.
pub(super) fn pairs(query: &str) -> impl Iterator<Item = (Vec<u8>, Option<Vec<u8>>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name, true), (!value.is_empty()).then(|| decode(value, true)))
    })
}

/// Undoes percent-encoding. A `%` that begins no pair of hexadecimal digits stands for itself.
fn decode(text: &str, plus_is_space: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, escaped(tail)) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', _) if plus_is_space => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out
}

fn escaped(tail: &[u8]) -> Option<u8> {
    let [high, low, ..] = tail else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_are_undone_and_half_ones_stay() {
        assert_eq!(decode("a%20b%2Fc%ff", false), b"a b/c\xff");
        assert_eq!(decode("100%", false), b"100%");
        assert_eq!(decode("%4", false), b"%4");
        assert_eq!(decode("%zz%+1", false), b"%zz%+1");
    }

    #[test]
    fn a_plus_is_a_space_in_a_query_only() {
        assert_eq!(decode("a+b", true), b"a b");
        assert_eq!(decode("a+b", false), b"a+b");
    }
}
