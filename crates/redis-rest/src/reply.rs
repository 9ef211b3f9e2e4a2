//! What a command comes to: a reply, or an error in Redis's words.

use std::fmt;

/// What Redis answers to a command that succeeded.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Nothing there.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number that need not be whole. It travels as a string, as it does in RESP2.
    Double(f64),
    /// A fixed word: `OK`, `QUEUED`, `PONG`, the `string` of `TYPE`. Over REST only `OK` can be
    /// told from a bulk string, so a client sees the others as [`Reply::Bulk`].
    Status(String),
    /// A string of bytes.
    Bulk(Vec<u8>),
    /// Several replies in their order.
    Array(Vec<Reply>),
}

impl Reply {
    /// The reply `OK`.
    pub fn ok() -> Self {
        Self::Status("OK".to_owned())
    }

    /// The bytes of a string, whichever kind it is.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Status(text) => Some(text.as_bytes()),
            Self::Bulk(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// An error as Redis words it: a code in capitals, a space, and what happened, such as
/// `WRONGTYPE Operation against a key holding the wrong kind of value`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RedisError(pub String);

impl RedisError {
    /// Its code: the first word, such as `WRONGTYPE` or `ERR`.
    pub fn code(&self) -> &str {
        self.0.split([' ', '\r', '\n']).next().unwrap_or_default()
    }
}

impl fmt::Display for RedisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RedisError {}

/// What one command came to.
pub type Outcome = Result<Reply, RedisError>;

#[cfg(test)]
mod tests {
    use super::{RedisError, Reply};

    #[test]
    fn the_code_of_an_error_is_its_first_word() {
        assert_eq!(RedisError("WRONGTYPE Operation against".to_owned()).code(), "WRONGTYPE");
        assert_eq!(RedisError("READONLY".to_owned()).code(), "READONLY");
        assert_eq!(RedisError(String::new()).code(), "");
    }

    #[test]
    fn only_strings_have_bytes() {
        assert_eq!(Reply::ok().as_bytes(), Some(&b"OK"[..]));
        assert_eq!(Reply::Bulk(vec![0xff]).as_bytes(), Some(&[0xff][..]));
        assert_eq!(Reply::Integer(1).as_bytes(), None);
        assert_eq!(Reply::Null.as_bytes(), None);
    }
}
