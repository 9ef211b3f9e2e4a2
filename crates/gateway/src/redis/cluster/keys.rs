//! The slots of commands' keys.

use ::redis::{Pipeline, Value};
use redis_rest::Command;

use super::catalogue::{Catalogue, Where};
use super::nodes::{Nodes, View};
use super::slot;
use crate::redis::Unavailable;
use crate::redis::link::packed;

/// The slots of each command's keys, in the keys' order: none where a command has no keys.
pub(super) async fn slots(
    nodes: &Nodes,
    view: &View,
    commands: &[&Command],
) -> Result<Vec<Vec<u16>>, Unavailable> {
    let mut found: Vec<Option<Vec<u16>>> =
        commands.iter().map(|command| at_once(&view.catalogue, command)).collect();
    let open: Vec<&Command> = found
        .iter()
        .zip(commands)
        .filter(|(slots, _)| slots.is_none())
        .map(|(_, each)| *each)
        .collect();
    let mut asked = ask(nodes, view, &open).await?.into_iter();
    for slots in found.iter_mut().filter(|slots| slots.is_none()) {
        *slots = asked.next();
    }
    Ok(found.into_iter().map(Option::unwrap_or_default).collect())
}

/// `None` where a node has to be asked.
fn at_once(catalogue: &Catalogue, command: &Command) -> Option<Vec<u16>> {
    let first = command.arguments().first().map(Vec::as_slice);
    match catalogue.find(&command.name(), first) {
        // What no node knows, any node refuses.
        None | Some(Where::None) => Some(Vec::new()),
        Some(Where::Ask) => None,
        Some(Where::At { first, last, step }) => Some(at(command, first, last, step)),
    }
}

fn at(command: &Command, first: usize, last: i64, step: usize) -> Vec<u16> {
    let parts = command.parts();
    let end = if last < 0 { parts.len() as i64 + last } else { last };
    let keys = parts.iter().enumerate().skip(first).step_by(step);
    keys.take_while(|(position, _)| *position as i64 <= end).map(|(_, key)| slot::of(key)).collect()
}

/// By `COMMAND GETKEYS`, all in one go. A command in which the node finds no keys has none, or is wrong:
/// then any node says so.
async fn ask(
    nodes: &Nodes,
    view: &View,
    commands: &[&Command],
) -> Result<Vec<Vec<u16>>, Unavailable> {
    let Some(host) = view.map.masters.first().filter(|_| !commands.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut pipeline = Pipeline::with_capacity(commands.len());
    for command in commands {
        let question = Command::new("COMMAND").arg("GETKEYS").args(command.parts());
        pipeline.add_command(packed(&question));
    }
    let said = nodes.link(host).send(&pipeline).await.map_err(|error| {
        nodes.suspect();
        // Only a question was sent.
        Unavailable::not_taken(error.reason)
    })?;
    Ok(said.iter().map(of_reply).collect())
}

fn of_reply(said: &Value) -> Vec<u16> {
    let Value::Array(keys) = said else { return Vec::new() };
    let bytes =
        |key: &Value| if let Value::BulkString(key) = key { Some(slot::of(key)) } else { None };
    keys.iter().filter_map(bytes).collect()
}

#[cfg(test)]
mod tests {
    use redis_rest::Command;

    use super::{at, slot};

    #[test]
    fn keys_are_counted_from_both_ends() {
        let of =
            |keys: &[&str]| keys.iter().map(|key| slot::of(key.as_bytes())).collect::<Vec<_>>();
        let set = Command::new("SET").arg("k").arg("v");
        assert_eq!(at(&set, 1, 1, 1), of(&["k"]));
        let mset = Command::new("MSET").args(["a", "1", "b", "2"]);
        assert_eq!(at(&mset, 1, -1, 2), of(&["a", "b"]));
        let pop = Command::new("SINTERSTORE").args(["a", "b", "c"]);
        assert_eq!(at(&pop, 1, -1, 1), of(&["a", "b", "c"]));
        assert_eq!(at(&Command::new("GET"), 1, 1, 1), of(&[]));
    }
}
