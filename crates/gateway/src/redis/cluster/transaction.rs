//! Transactions on a Cluster: one MULTI … EXEC a slot, each atomic by itself.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use redis_rest::{Command, Outcome, RedisError};

use super::nodes::{Nodes, View};
use super::pieces::{Piece, unserved};
use super::plan::{self, CROSS_SLOT, Plan};
use crate::redis::{Ran, Unavailable, transaction};

/// The commands of one slot, each with the index of the command that it is of.
type Part = Vec<(usize, Piece)>;

/// Runs a transaction.
pub(super) async fn run(
    nodes: &Nodes,
    commands: &[&Command],
    strict: bool,
) -> Result<Ran, Unavailable> {
    let plans = plan::all(nodes, commands).await?;
    let parts = match parts(commands, &plans) {
        Ok(parts) if strict && parts.len() > 1 => {
            return Ok(Ran::Refused(RedisError(CROSS_SLOT.to_owned())));
        }
        Ok(parts) => parts,
        Err(error) => return Ok(Ran::Refused(error)),
    };
    let view = nodes.view().await?;
    let ran = join_all(parts.values().map(|part| one(nodes, &view, part))).await;
    let done = ran.iter().any(|each| matches!(each, Ok(Ran::Outcomes(_))));
    let ran = ran.into_iter().collect::<Result<Vec<Ran>, Unavailable>>();
    let ran = ran.map_err(|failure| if done { failure.partly() } else { failure })?;
    Ok(together(&plans, parts.values().zip(ran).collect()))
}

/// By slot. What has no key goes with the first that has one.
fn parts(commands: &[&Command], plans: &[Plan]) -> Result<BTreeMap<u16, Part>, RedisError> {
    let mut slots = plans.iter().filter_map(|plan| match plan {
        Plan::Pieces(pieces, _) => pieces.iter().find_map(|piece| piece.slot),
        _ => None,
    });
    let home = slots.next().unwrap_or_default();
    let mut parts: BTreeMap<u16, Part> = BTreeMap::new();
    for (index, (command, plan)) in commands.iter().zip(plans).enumerate() {
        match plan {
            Plan::Pieces(pieces, _) => {
                for piece in pieces {
                    parts
                        .entry(piece.slot.unwrap_or(home))
                        .or_default()
                        .push((index, piece.clone()));
                }
            }
            Plan::Refused(error) => return Err(error.clone()),
            Plan::Everywhere(_) | Plan::Scan => {
                let said = command.name().to_ascii_lowercase();
                let why =
                    "it asks all nodes of a Cluster, and cannot be part of a transaction there";
                return Err(RedisError(format!("ERR Command is not available: '{said}'. {why}")));
            }
        }
    }
    Ok(parts)
}

/// Runs one part where its slot is. A node that does not own it took nothing, so that the owner may be
/// asked once.
async fn one(nodes: &Nodes, view: &View, part: &Part) -> Result<Ran, Unavailable> {
    let slot = part.iter().find_map(|(_, piece)| piece.slot).unwrap_or_default();
    let ran = at_owner(nodes, view, slot, part).await?;
    if !matches!(&ran, Ran::Refused(error) if error.0.contains("because of: MOVED ")) {
        return Ok(ran);
    }
    match nodes.newer_than(view).await {
        Ok(newer) => at_owner(nodes, &newer, slot, part).await,
        Err(_) => Ok(ran),
    }
}

async fn at_owner(nodes: &Nodes, view: &View, slot: u16, part: &Part) -> Result<Ran, Unavailable> {
    let Some(host) = view.map.owner(slot) else { return Ok(Ran::Refused(unserved())) };
    let commands: Vec<&Command> = part.iter().map(|(_, piece)| &piece.command).collect();
    let ran = transaction::run(&nodes.link(host), &commands).await;
    ran.inspect_err(|_| nodes.suspect())
}

/// Refused if every part was; otherwise the commands of a refused part have its refusal as their outcome.
fn together(plans: &[Plan], ran: Vec<(&Part, Ran)>) -> Ran {
    let mut refusals = ran.iter().filter_map(|(_, ran)| match ran {
        Ran::Refused(error) => Some(error.clone()),
        Ran::Outcomes(_) => None,
    });
    let first = refusals.next();
    if let Some(error) = first.filter(|_| refusals.count() + 1 == ran.len()) {
        return Ran::Refused(error);
    }
    let mut answers: Vec<Vec<(usize, Outcome)>> = plans.iter().map(|_| Vec::new()).collect();
    for (part, ran) in ran {
        let outcomes = match ran {
            Ran::Outcomes(outcomes) => outcomes,
            Ran::Refused(error) => vec![Err(error); part.len()],
        };
        for ((index, piece), outcome) in part.iter().zip(outcomes) {
            let order = place(plans.get(*index), piece);
            if let Some(parts) = answers.get_mut(*index) {
                parts.push((order, outcome));
            }
        }
    }
    let in_order = |mut parts: Vec<(usize, Outcome)>| {
        parts.sort_by_key(|(order, _)| *order);
        parts.into_iter().map(|(_, outcome)| outcome).collect()
    };
    Ran::Outcomes(
        plans
            .iter()
            .zip(answers)
            .map(|(plan, parts)| plan.merge().apply(in_order(parts)))
            .collect(),
    )
}

/// Which of its command's pieces a piece is: parts come back by slot.
fn place(plan: Option<&Plan>, piece: &Piece) -> usize {
    let Some(Plan::Pieces(pieces, _)) = plan else { return 0 };
    pieces.iter().position(|each| each.command == piece.command).unwrap_or_default()
}
