//! Replies as values. A reply that does not fit, or the part of it, is handed back.

use crate::Reply;

pub(super) fn integer(reply: Reply) -> Result<i64, Reply> {
    match reply {
        Reply::Integer(number) => Ok(number),
        other => Err(other),
    }
}

pub(super) fn count(reply: Reply) -> Result<u64, Reply> {
    let number = integer(reply)?;
    u64::try_from(number).map_err(|_| Reply::Integer(number))
}

/// 0 or 1.
pub(super) fn flag(reply: Reply) -> Result<bool, Reply> {
    match integer(reply)? {
        0 => Ok(false),
        1 => Ok(true),
        number => Err(Reply::Integer(number)),
    }
}

pub(super) fn bytes(reply: Reply) -> Result<Vec<u8>, Reply> {
    match reply {
        Reply::Bulk(bytes) => Ok(bytes),
        Reply::Status(text) => Ok(text.into_bytes()),
        other => Err(other),
    }
}

pub(super) fn text(reply: Reply) -> Result<String, Reply> {
    String::from_utf8(bytes(reply)?).map_err(|error| Reply::Bulk(error.into_bytes()))
}

/// A string, or nothing where there is none.
pub(super) fn maybe(reply: Reply) -> Result<Option<Vec<u8>>, Reply> {
    match reply {
        Reply::Null => Ok(None),
        reply => bytes(reply).map(Some),
    }
}

pub(super) fn flags(reply: Reply) -> Result<Vec<bool>, Reply> {
    each(reply, flag)
}

pub(super) fn maybes(reply: Reply) -> Result<Vec<Option<Vec<u8>>>, Reply> {
    each(reply, maybe)
}

pub(super) fn list(reply: Reply) -> Result<Vec<Vec<u8>>, Reply> {
    each(reply, bytes)
}

fn each<T>(reply: Reply, read: impl Fn(Reply) -> Result<T, Reply>) -> Result<Vec<T>, Reply> {
    match reply {
        Reply::Array(replies) => replies.into_iter().map(read).collect(),
        other => Err(other),
    }
}

/// This word and nothing else.
pub(super) fn word(reply: Reply, expected: &str) -> Result<(), Reply> {
    if reply.as_bytes() == Some(expected.as_bytes()) { Ok(()) } else { Err(reply) }
}
