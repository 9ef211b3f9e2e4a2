//! What is sent where, and how parts become one answer again.

use redis_rest::{Command, Outcome, RedisError, Reply};

use super::keys;
use super::nodes::Nodes;
use super::pieces::Piece;
use super::slot;
use crate::redis::Unavailable;

/// As Redis words it.
pub(super) const CROSS_SLOT: &str = "CROSSSLOT Keys in request don't hash to the same slot";

/// How one command is carried out.
pub(super) enum Plan {
    /// By its pieces, each where its slot is: mostly one.
    Pieces(Vec<Piece>, Merge),
    /// By every master.
    Everywhere(Merge),
    /// By one master after another, as the cursor goes.
    Scan,
    /// Not at all.
    Refused(RedisError),
}

/// How the outcomes of the parts become the outcome of the whole. An error is the whole's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Merge {
    /// All say the same.
    First,
    /// Numbers add up.
    Sum,
    /// Arrays follow one another.
    Join,
    /// The first that is there.
    Any,
}

impl Plan {
    pub(super) fn merge(&self) -> Merge {
        match self {
            Self::Pieces(_, merge) | Self::Everywhere(merge) => *merge,
            Self::Scan | Self::Refused(_) => Merge::First,
        }
    }
}

/// Plans each command.
pub(super) async fn all(nodes: &Nodes, commands: &[&Command]) -> Result<Vec<Plan>, Unavailable> {
    let view = nodes.view().await?;
    let slots = keys::slots(nodes, &view, commands).await?;
    Ok(commands.iter().zip(slots).map(|(command, slots)| one(command, &slots)).collect())
}

fn one(command: &Command, slots: &[u16]) -> Plan {
    let name = command.name();
    let Some(first) = slots.first() else { return keyless(command, &name) };
    if slots.iter().all(|slot| slot == first) {
        let piece = Piece { command: command.clone(), slot: Some(*first) };
        return Plan::Pieces(vec![piece], Merge::First);
    }
    match name.as_str() {
        "DEL" | "UNLINK" | "EXISTS" | "TOUCH" => split(command, 1, Merge::Sum),
        "MGET" => split(command, 1, Merge::Join),
        "MSET" if command.arguments().len().is_multiple_of(2) => split(command, 2, Merge::First),
        _ => Plan::Refused(RedisError(CROSS_SLOT.to_owned())),
    }
}

/// One piece a key, which is followed by what belongs to it.
fn split(command: &Command, step: usize, merge: Merge) -> Plan {
    let name = command.parts().iter().take(1);
    let pieces = command.arguments().chunks(step).filter_map(|part| {
        let slot = part.first().map(|key| slot::of(key));
        let command = Command::from_parts(name.clone().chain(part).cloned().collect())?;
        Some(Piece { command, slot })
    });
    Plan::Pieces(pieces.collect(), merge)
}

fn keyless(command: &Command, name: &str) -> Plan {
    let below = command.arguments().first().map(|word| word.to_ascii_uppercase());
    match (name, below.as_deref()) {
        ("DBSIZE", _) => Plan::Everywhere(Merge::Sum),
        ("KEYS", _) => Plan::Everywhere(Merge::Join),
        ("RANDOMKEY", _) => Plan::Everywhere(Merge::Any),
        ("FLUSHDB" | "FLUSHALL", _)
        | ("SCRIPT", Some(b"LOAD" | b"FLUSH"))
        | ("FUNCTION", Some(b"LOAD" | b"DELETE" | b"FLUSH" | b"RESTORE")) => {
            Plan::Everywhere(Merge::First)
        }
        ("SCAN", _) => Plan::Scan,
        _ => Plan::Pieces(vec![Piece { command: command.clone(), slot: None }], Merge::First),
    }
}

impl Merge {
    /// The outcome of the whole.
    pub(super) fn apply(self, parts: Vec<Outcome>) -> Outcome {
        let mut replies = parts.into_iter().collect::<Result<Vec<Reply>, _>>()?;
        let one = replies.len() == 1;
        match self {
            Self::Sum if !one => Ok(Reply::Integer(replies.iter().filter_map(number).sum())),
            Self::Join if !one => Ok(Reply::Array(replies.into_iter().flat_map(items).collect())),
            Self::Any => {
                let found = replies.into_iter().find(|reply| *reply != Reply::Null);
                Ok(found.unwrap_or(Reply::Null))
            }
            _ if replies.is_empty() => Err(RedisError("ERR no node answered".to_owned())),
            _ => Ok(replies.swap_remove(0)),
        }
    }
}

fn number(reply: &Reply) -> Option<i64> {
    if let Reply::Integer(number) = reply { Some(*number) } else { None }
}

fn items(reply: Reply) -> Vec<Reply> {
    if let Reply::Array(items) = reply { items } else { vec![reply] }
}

#[cfg(test)]
mod tests {
    use redis_rest::{Command, RedisError, Reply};

    use super::{Merge, Plan, one, slot};

    fn plan(words: &str, keys: &[&str]) -> Plan {
        let parts = words.split(' ').map(|part| part.as_bytes().to_vec()).collect();
        let slots: Vec<u16> = keys.iter().map(|key| slot::of(key.as_bytes())).collect();
        one(&Command::from_parts(parts).unwrap(), &slots)
    }

    fn pieces(words: &str, keys: &[&str]) -> Vec<String> {
        let Plan::Pieces(pieces, _) = plan(words, keys) else { return Vec::new() };
        let spelled = |command: &Command| {
            let parts =
                command.parts().iter().map(|part| String::from_utf8_lossy(part).into_owned());
            parts.collect::<Vec<_>>().join(" ")
        };
        pieces.iter().map(|piece| spelled(&piece.command)).collect()
    }

    #[test]
    fn commands_about_several_slots_are_split_where_that_changes_nothing() {
        assert_eq!(pieces("DEL a b", &["a", "b"]), ["DEL a", "DEL b"]);
        assert_eq!(pieces("MSET a 1 b 2", &["a", "b"]), ["MSET a 1", "MSET b 2"]);
        assert_eq!(pieces("DEL {a}1 {a}2", &["{a}1", "{a}2"]), ["DEL {a}1 {a}2"]);
    }

    #[test]
    fn others_are_refused_as_redis_would() {
        for words in ["SINTERSTORE a b", "RENAME a b", "MSETNX a 1 b 2"] {
            let Plan::Refused(error) = plan(words, &["a", "b"]) else { panic!("{words}") };
            assert_eq!(error.code(), "CROSSSLOT");
        }
    }

    #[test]
    fn what_is_about_all_keys_asks_all_nodes() {
        assert!(matches!(plan("DBSIZE", &[]), Plan::Everywhere(Merge::Sum)));
        assert!(matches!(plan("keys *", &[]), Plan::Everywhere(Merge::Join)));
        assert!(matches!(plan("SCRIPT load x", &[]), Plan::Everywhere(Merge::First)));
        assert!(matches!(plan("SCAN 0", &[]), Plan::Scan));
        assert_eq!(pieces("PING", &[]), ["PING"]);
    }

    #[test]
    fn parts_become_one_answer_and_an_error_is_the_whole_s() {
        let numbers = || vec![Ok(Reply::Integer(2)), Ok(Reply::Integer(3))];
        assert_eq!(Merge::Sum.apply(numbers()), Ok(Reply::Integer(5)));
        let arrays = vec![Ok(Reply::Array(vec![Reply::Null])), Ok(Reply::Array(vec![Reply::ok()]))];
        assert_eq!(Merge::Join.apply(arrays), Ok(Reply::Array(vec![Reply::Null, Reply::ok()])));
        let some = vec![Ok(Reply::Null), Ok(Reply::Integer(1))];
        assert_eq!(Merge::Any.apply(some), Ok(Reply::Integer(1)));
        let error = RedisError("OOM".to_owned());
        let mut parts = numbers();
        parts.push(Err(error.clone()));
        assert_eq!(Merge::Sum.apply(parts), Err(error));
        assert_eq!(Merge::First.apply(vec![Ok(Reply::ok())]), Ok(Reply::ok()));
    }
}
