//! MULTI … EXEC on one server.

use ::redis::{Cmd, Pipeline, Value, cmd};
use redis_rest::{Command, ErrorClass, RedisError};

use super::link::{Link, packed};
use super::{Ran, Unavailable, reply};

/// Runs commands as one transaction. All goes in one write, so nobody else's commands come between.
pub(super) async fn run(link: &Link, commands: &[&Command]) -> Result<Ran, Unavailable> {
    let values = link.send(&pipeline(commands)).await?;
    Ok(read(values, commands.len()))
}

fn pipeline(commands: &[&Command]) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(commands.len() + 2);
    let inner = commands.iter().map(|command| packed(command));
    let all: Vec<Cmd> = [cmd("MULTI")].into_iter().chain(inner).chain([cmd("EXEC")]).collect();
    for each in all {
        pipeline.add_command(each);
    }
    pipeline
}

fn read(mut values: Vec<Value>, count: usize) -> Ran {
    match values.pop() {
        Some(Value::Array(inner)) if inner.len() == count => {
            Ran::Outcomes(inner.into_iter().map(reply::outcome).collect())
        }
        Some(Value::ServerError(said)) => Ran::Refused(with_cause(reply::error(&said), &values)),
        _ => Ran::Refused(RedisError("ERR Redis did not answer EXEC as it should".to_owned())),
    }
}

/// Redis names the cause only where it finds it at EXEC. Where it found it before, and it is one that
/// passes or is somebody else's to mend, the client should know: it is named in the same words.
fn with_cause(aborted: RedisError, queued: &[Value]) -> RedisError {
    if aborted.code() != "EXECABORT" {
        return aborted;
    }
    let mut errors = queued.iter().filter_map(reply::as_error);
    match errors.find(|error| error.class() != ErrorClass::Permanent) {
        Some(cause) => RedisError(format!("EXECABORT Transaction discarded because of: {cause}")),
        None => aborted,
    }
}

#[cfg(test)]
mod tests {
    use ::redis::{Value, parse_redis_value};
    use redis_rest::{RedisError, Reply};

    use super::{Ran, read};

    fn values(wires: &[&str]) -> Vec<Value> {
        wires.iter().map(|wire| parse_redis_value(wire.as_bytes()).unwrap()).collect()
    }

    fn refused(text: &str) -> Ran {
        Ran::Refused(RedisError(text.to_owned()))
    }

    #[test]
    fn each_command_has_its_own_outcome() {
        let said = ["+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n", "*2\r\n:1\r\n-WRONGTYPE x\r\n"];
        let outcomes = vec![Ok(Reply::Integer(1)), Err(RedisError("WRONGTYPE x".to_owned()))];
        assert_eq!(read(values(&said), 2), Ran::Outcomes(outcomes));
    }

    #[test]
    fn a_wrong_command_discards_all_in_the_words_of_redis() {
        let abort = "EXECABORT Transaction discarded because of previous errors.";
        let said = ["+OK\r\n", "-ERR unknown command\r\n", &format!("-{abort}\r\n")];
        assert_eq!(read(values(&said), 1), refused(abort));
    }

    #[test]
    fn a_cause_that_passes_is_named() {
        let said = ["+OK\r\n", "-READONLY no\r\n", "-EXECABORT because of previous errors.\r\n"];
        let told = "EXECABORT Transaction discarded because of: READONLY no";
        assert_eq!(read(values(&said), 1), refused(told));
    }

    #[test]
    fn an_answer_of_the_wrong_length_is_none() {
        let said = ["+OK\r\n", "+QUEUED\r\n", "*0\r\n"];
        assert!(matches!(read(values(&said), 1), Ran::Refused(_)));
    }
}
