//! Where commands have their keys, as a node tells it by `COMMAND`: nothing is guessed, and commands of
//! modules and of tomorrow are known.

use std::collections::HashMap;

use ::redis::Value;

use crate::redis::reply::text;

/// Where a command has its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Nowhere.
    None,
    /// From the first position to the last, so many apart. The name is position 0; a last one below
    /// zero counts from the end.
    At { first: usize, last: i64, step: usize },
    /// It depends on the arguments: `COMMAND GETKEYS` knows.
    Ask,
}

/// Commands by name, subcommands as `XINFO|STREAM`.
#[derive(Debug, Default)]
pub(super) struct Catalogue(HashMap<String, Where>);

impl Catalogue {
    /// Reads the reply to `COMMAND`; what is not understood in it is left out.
    pub(super) fn read(said: &Value) -> Self {
        let mut found = HashMap::new();
        read_into(&mut found, said);
        Self(found)
    }

    /// Where a command has its keys; `None` if the nodes do not know it.
    pub(super) fn find(&self, name: &str, first: Option<&[u8]>) -> Option<Where> {
        let below = first
            .map(|first| format!("{name}|{}", String::from_utf8_lossy(first).to_ascii_uppercase()));
        let below = below.and_then(|below| self.0.get(&below));
        below.or_else(|| self.0.get(name)).copied()
    }
}

fn read_into(found: &mut HashMap<String, Where>, said: &Value) {
    let Value::Array(rows) = said else { return };
    for row in rows {
        let Value::Array(parts) = row else { continue };
        let [name, _, flags, Value::Int(first), Value::Int(last), Value::Int(step), rest @ ..] =
            parts.as_slice()
        else {
            continue;
        };
        if let Some(name) = text(name) {
            found.insert(name.to_ascii_uppercase(), place(flags, *first, *last, *step));
        }
        // From Redis 7 on: categories, hints, key specifications, subcommands.
        if let [_, _, _, subcommands] = rest {
            read_into(found, subcommands);
        }
    }
}

fn place(flags: &Value, first: i64, last: i64, step: i64) -> Where {
    let movable = |flag: &Value| text(flag) == Some("movablekeys");
    if matches!(flags, Value::Array(flags) if flags.iter().any(movable)) {
        return Where::Ask;
    }
    match (usize::try_from(first), usize::try_from(step)) {
        (Ok(first @ 1..), Ok(step @ 1..)) => Where::At { first, last, step },
        _ => Where::None,
    }
}

#[cfg(test)]
mod tests {
    use ::redis::Value;

    use super::{Catalogue, Where};

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn row(name: &str, flag: &str, keys: [i64; 3], below: Vec<Value>) -> Value {
        let flags = Value::Array(vec![Value::SimpleString(flag.to_owned())]);
        let none = || Value::Array(Vec::new());
        let mut parts = vec![bulk(name), Value::Int(2), flags];
        parts.extend(keys.map(Value::Int));
        parts.extend([none(), none(), none(), Value::Array(below)]);
        Value::Array(parts)
    }

    #[test]
    fn commands_and_subcommands_say_where_their_keys_are() {
        let below = vec![row("object|encoding", "readonly", [2, 2, 1], vec![])];
        let said = Value::Array(vec![
            row("get", "readonly", [1, 1, 1], vec![]),
            row("mset", "write", [1, -1, 2], vec![]),
            row("eval", "movablekeys", [0, 0, 0], vec![]),
            row("ping", "fast", [0, 0, 0], vec![]),
            row("object", "", [0, 0, 0], below),
            Value::Nil,
        ]);
        let catalogue = Catalogue::read(&said);
        assert_eq!(catalogue.find("GET", None), Some(Where::At { first: 1, last: 1, step: 1 }));
        assert_eq!(catalogue.find("MSET", None), Some(Where::At { first: 1, last: -1, step: 2 }));
        assert_eq!(catalogue.find("EVAL", Some(b"x")), Some(Where::Ask));
        assert_eq!(catalogue.find("PING", None), Some(Where::None));
        let encoding = Some(Where::At { first: 2, last: 2, step: 1 });
        assert_eq!(catalogue.find("OBJECT", Some(b"encoding")), encoding);
        assert_eq!(catalogue.find("OBJECT", Some(b"help")), Some(Where::None));
        assert_eq!(catalogue.find("NOSUCH", None), None);
    }
}
