//! The query of a URL: decoded once, read by name.

/// The decoded pairs, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `a=1&b=2` as forms are written. Broken escapes stay as they are, bytes that are no UTF-8
    /// become U+FFFD: a query never makes a request fail by its form alone.
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match (hex(ahead.next()), hex(ahead.next())) {
                (Some(high), Some(low)) => {
                    bytes.push(high << 4 | low);
                    rest = ahead;
                }
                _ => bytes.push(b'%'),
            },
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(byte: Option<u8>) -> Option<u8> {
    (byte? as char).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_found_by_name() {
        let query = Query::parse("a=1&b=x+y%20z&c=%C3%A9&a=2&flag&=odd&&d=a=b");
        let found = |name| query.get(name);
        assert_eq!(found("a"), Some("1"));
        assert_eq!(found("b"), Some("x y z"));
        assert_eq!(found("c"), Some("é"));
        assert_eq!(found("flag"), Some(""));
        assert_eq!(found("d"), Some("a=b"));
        assert_eq!(found("e"), None);
    }

    #[test]
    fn broken_escapes_and_bytes_do_no_harm() {
        let query = Query::parse("a=%&b=%zz&c=%ff%fe&d=%4&e=%%41");
        let found = |name| query.get(name);
        assert_eq!((found("a"), found("b"), found("d")), (Some("%"), Some("%zz"), Some("%4")));
        assert_eq!((found("c"), found("e")), (Some("\u{fffd}\u{fffd}"), Some("%A")));
    }
}
