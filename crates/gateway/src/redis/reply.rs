//! Redis's replies as the REST protocol knows them, in the shapes of RESP2.

use ::redis::{ServerError, Value};
use redis_rest::{Outcome, RedisError, Reply};

/// A reply, or the error that it is. An error inside an array is the error of the whole: the protocol
/// has no place for it there.
pub(super) fn outcome(value: Value) -> Outcome {
    Ok(match value {
        Value::Nil => Reply::Null,
        Value::Int(number) => Reply::Integer(number),
        Value::BulkString(bytes) => Reply::Bulk(bytes),
        Value::SimpleString(text) => Reply::Status(text),
        Value::Okay => Reply::ok(),
        Value::Array(values) | Value::Set(values) | Value::Push { data: values, .. } => {
            array(values.into_iter())?
        }
        Value::Map(pairs) => array(pairs.into_iter().flat_map(|(key, value)| [key, value]))?,
        Value::Attribute { data, .. } => outcome(*data)?,
        Value::Double(number) => Reply::Double(number),
        Value::Boolean(yes) => Reply::Integer(yes.into()),
        Value::VerbatimString { text, .. } => Reply::Bulk(text.into_bytes()),
        Value::BigNumber(digits) => Reply::Bulk(digits),
        Value::ServerError(said) => return Err(error(&said)),
        _ => return Err(RedisError("ERR a reply of a kind that is not known".to_owned())),
    })
}

fn array(values: impl Iterator<Item = Value>) -> Outcome {
    values.map(outcome).collect::<Result<_, _>>().map(Reply::Array)
}

/// An error as Redis worded it.
pub(super) fn error(error: &ServerError) -> RedisError {
    let code = error.code();
    RedisError(error.details().map_or(code.to_owned(), |details| format!("{code} {details}")))
}

/// The error that a reply is, if it is one.
pub(super) fn as_error(value: &Value) -> Option<RedisError> {
    if let Value::ServerError(said) = value { Some(error(said)) } else { None }
}

/// A string that should be text.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ::redis::{Value, parse_redis_value};
    use redis_rest::{Outcome, RedisError, Reply};

    use super::outcome;

    fn parsed(wire: &str) -> Outcome {
        outcome(parse_redis_value(wire.as_bytes()).unwrap())
    }

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    #[test]
    fn every_kind_of_resp2_has_its_place() {
        assert_eq!(parsed("$-1\r\n"), Ok(Reply::Null));
        assert_eq!(parsed("*-1\r\n"), Ok(Reply::Null));
        assert_eq!(parsed(":-7\r\n"), Ok(Reply::Integer(-7)));
        assert_eq!(parsed("+OK\r\n"), Ok(Reply::ok()));
        assert_eq!(parsed("+string\r\n"), Ok(Reply::Status("string".to_owned())));
        let nested =
            Reply::Array(vec![bulk("a"), Reply::Array(vec![Reply::Integer(1), Reply::Null])]);
        assert_eq!(parsed("*2\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n"), Ok(nested));
    }

    #[test]
    fn what_resp3_adds_takes_the_shape_that_it_has_in_resp2() {
        let pairs = Reply::Array(vec![bulk("a"), Reply::Integer(1), bulk("b"), Reply::Integer(2)]);
        assert_eq!(parsed("%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n"), Ok(pairs));
        assert_eq!(parsed("#t\r\n"), Ok(Reply::Integer(1)));
        assert_eq!(parsed(",1.5\r\n"), Ok(Reply::Double(1.5)));
        assert_eq!(parsed("_\r\n"), Ok(Reply::Null));
    }

    #[test]
    fn errors_keep_their_words() {
        for words in [
            "WRONGTYPE Operation against a key holding the wrong kind of value",
            "ERR unknown command 'x', with args beginning with: ",
            "MOVED 3999 127.0.0.1:6381",
            "CUSTOM",
        ] {
            let value = parse_redis_value(format!("-{words}\r\n").as_bytes()).unwrap();
            assert!(matches!(value, Value::ServerError(_)));
            assert_eq!(outcome(value), Err(RedisError(words.to_owned())));
        }
    }

    #[test]
    fn an_error_inside_is_the_error_of_the_whole() {
        assert_eq!(parsed("*2\r\n:1\r\n-ERR x\r\n"), Err(RedisError("ERR x".to_owned())));
    }
}
