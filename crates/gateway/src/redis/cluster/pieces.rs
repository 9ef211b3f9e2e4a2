//! Sending commands to the nodes that own their slots, and following where nodes point to.

use std::collections::BTreeMap;

use ::redis::{Pipeline, Value};
use futures_util::future::join_all;
use redis_rest::{Command, Outcome, RedisError};

use super::nodes::{Nodes, View};
use crate::config::Host;
use crate::redis::link::{packed, pipeline};
use crate::redis::{Unavailable, reply};

/// How often a command follows where it is pointed to. A Cluster at rest points at most once.
const ROUNDS: usize = 5;

/// A command for one slot, or for any node.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) command: Command,
    pub(super) slot: Option<u16>,
}

/// Where a command that was not taken should go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pointer {
    /// The slot lives there now.
    Moved(Host),
    /// The key is there already, the slot not yet.
    Ask(Host),
}

/// A piece on its way.
struct Errand {
    index: usize,
    to: Host,
    asking: bool,
}

/// Runs pieces; those of one slot in their order. Answers one outcome a piece.
pub(super) async fn run(nodes: &Nodes, pieces: Vec<Piece>) -> Result<Vec<Outcome>, Unavailable> {
    let view = nodes.view().await?;
    let mut outcomes: Vec<Outcome> = pieces.iter().map(|_| Err(unserved())).collect();
    let mut errands = first_errands(&view, &pieces);
    let mut sent = false;
    for round in 1..=ROUNDS {
        let said = send(nodes, &pieces, &errands, sent).await?;
        sent = true;
        let mut next = Vec::new();
        for (index, value) in said {
            match pointer(&value).filter(|_| round < ROUNDS) {
                Some(pointer) => next.push(errand(nodes, index, pointer)),
                None => set(&mut outcomes, index, reply::outcome(value)),
            }
        }
        if next.is_empty() {
            break;
        }
        next.sort_by_key(|errand| errand.index);
        errands = next;
    }
    Ok(outcomes)
}

/// The outcomes of a command at every master.
pub(super) async fn everywhere(
    nodes: &Nodes,
    command: &Command,
) -> Result<Vec<Outcome>, Unavailable> {
    let view = nodes.view().await?;
    let links: Vec<_> = view.map.masters.iter().map(|host| nodes.link(host)).collect();
    let question = pipeline(&[command]);
    let said = joined(nodes, join_all(links.iter().map(|link| link.send(&question))).await, false)?;
    Ok(said.into_iter().flatten().map(reply::outcome).collect())
}

/// Everything, or a failure that says whether something was done.
fn joined<T>(
    nodes: &Nodes,
    results: Vec<Result<T, Unavailable>>,
    sent: bool,
) -> Result<Vec<T>, Unavailable> {
    let sent = sent || results.iter().any(Result::is_ok);
    results.into_iter().collect::<Result<_, _>>().map_err(|failure: Unavailable| {
        nodes.suspect();
        if sent { failure.partly() } else { failure }
    })
}

fn first_errands(view: &View, pieces: &[Piece]) -> Vec<Errand> {
    let to = |piece: &Piece| match piece.slot {
        Some(slot) => view.map.owner(slot).cloned(),
        None => view.map.masters.first().cloned(),
    };
    let known = pieces.iter().enumerate().filter_map(|(index, piece)| Some((index, to(piece)?)));
    known.map(|(index, to)| Errand { index, to, asking: false }).collect()
}

fn errand(nodes: &Nodes, index: usize, pointer: Pointer) -> Errand {
    match pointer {
        Pointer::Moved(to) => {
            nodes.suspect();
            Errand { index, to, asking: false }
        }
        Pointer::Ask(to) => Errand { index, to, asking: true },
    }
}

/// Sends all errands, one write a node; answers values by the index of their piece.
async fn send(
    nodes: &Nodes,
    pieces: &[Piece],
    errands: &[Errand],
    sent: bool,
) -> Result<Vec<(usize, Value)>, Unavailable> {
    let mut by_node: BTreeMap<&Host, Vec<&Errand>> = BTreeMap::new();
    for errand in errands {
        by_node.entry(&errand.to).or_default().push(errand);
    }
    let sending = by_node.iter().map(|(host, errands)| to_one(nodes, host, pieces, errands));
    Ok(joined(nodes, join_all(sending).await, sent)?.into_iter().flatten().collect())
}

async fn to_one(
    nodes: &Nodes,
    host: &Host,
    pieces: &[Piece],
    errands: &[&Errand],
) -> Result<Vec<(usize, Value)>, Unavailable> {
    let mut pipeline = Pipeline::with_capacity(errands.len());
    let mut places = Vec::with_capacity(errands.len());
    for errand in errands {
        let Some(piece) = pieces.get(errand.index) else { continue };
        if errand.asking {
            pipeline.cmd("ASKING");
            places.push(None);
        }
        pipeline.add_command(packed(&piece.command));
        places.push(Some(errand.index));
    }
    let said = nodes.link(host).send(&pipeline).await?;
    Ok(places.into_iter().zip(said).filter_map(|(place, value)| Some((place?, value))).collect())
}

fn set(outcomes: &mut [Outcome], index: usize, outcome: Outcome) {
    if let Some(place) = outcomes.get_mut(index) {
        *place = outcome;
    }
}

/// Where a node points to: `MOVED 3999 127.0.0.1:6381`, `ASK …`.
pub(super) fn pointer(value: &Value) -> Option<Pointer> {
    let error = reply::as_error(value)?;
    let mut words = error.0.split(' ');
    let (code, _, address) = (words.next()?, words.next()?, words.next()?);
    let (name, port) = address.rsplit_once(':')?;
    let host = Host { name: name.to_owned(), port: port.parse().ok()? };
    match code {
        "MOVED" if !name.is_empty() => Some(Pointer::Moved(host)),
        "ASK" if !name.is_empty() => Some(Pointer::Ask(host)),
        _ => None,
    }
}

/// As Redis words it.
pub(super) fn unserved() -> RedisError {
    RedisError("CLUSTERDOWN Hash slot not served".to_owned())
}

#[cfg(test)]
mod tests {
    use ::redis::parse_redis_value;

    use super::{Host, Pointer, pointer};

    fn pointed(wire: &str) -> Option<Pointer> {
        pointer(&parse_redis_value(wire.as_bytes()).unwrap())
    }

    #[test]
    fn nodes_point_to_others_by_their_errors() {
        let host = |name: &str, port| Host { name: name.to_owned(), port };
        let moved = Pointer::Moved(host("127.0.0.1", 6381));
        assert_eq!(pointed("-MOVED 3999 127.0.0.1:6381\r\n"), Some(moved));
        assert_eq!(pointed("-ASK 3999 ::1:7\r\n"), Some(Pointer::Ask(host("::1", 7))));
        assert_eq!(pointed("-MOVED 3999 :6381\r\n"), None);
        assert_eq!(pointed("-ERR x\r\n"), None);
        assert_eq!(pointed("+MOVED\r\n"), None);
    }
}
