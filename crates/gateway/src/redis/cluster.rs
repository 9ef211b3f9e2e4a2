//! A Cluster: each command goes to the node that owns its key, and answers come back in the order of the
//! commands.
//!
//! - `slot.rs`, `map.rs`: which node owns which key. `nodes.rs` keeps the links, and the map up to date.
//! - `catalogue.rs`, `keys.rs`: where a command's keys are, as the Cluster itself tells.
//! - `plan.rs`: what is sent where, and how parts become one answer again.
//! - `pieces.rs`: sending it, and going where nodes point to. `transaction.rs`: the same, a slot at a time.
//!
//! Commands to one slot keep their order. A command that asks all nodes is sent after what stands before it
//! is answered. Only what a node said it did not take (`MOVED`, `ASK`) is sent again.

mod catalogue;
mod keys;
mod map;
mod nodes;
mod pieces;
mod plan;
mod scan;
mod slot;
mod transaction;

use redis_rest::{Command, Outcome};

use super::{Ran, Unavailable};
use crate::Times;
use crate::config::{Host, Login};
use crate::redis::tls::Tls;
use nodes::Nodes;
use pieces::Piece;
use plan::Plan;

pub(super) struct Cluster {
    nodes: Nodes,
}

impl Cluster {
    pub(super) fn new(seeds: Vec<Host>, login: Login, tls: Option<Tls>, times: Times) -> Self {
        Self { nodes: Nodes::new(seeds, login, tls, times) }
    }

    /// Whether every slot is served by a node that answers.
    pub(super) async fn ping(&self) -> Result<(), Unavailable> {
        self.nodes.ping().await
    }

    pub(super) async fn pipeline(
        &self,
        commands: &[&Command],
    ) -> Result<Vec<Outcome>, Unavailable> {
        let plans = plan::all(&self.nodes, commands).await?;
        let mut answers: Vec<Vec<Outcome>> = Vec::new();
        answers.resize_with(commands.len(), Vec::new);
        let mut stage = Vec::new();
        let mut sent = false;
        for (index, (command, plan)) in commands.iter().zip(&plans).enumerate() {
            match plan {
                Plan::Pieces(pieces, _) => {
                    stage.extend(pieces.iter().map(|piece| (index, piece.clone())));
                }
                Plan::Everywhere(_) | Plan::Scan => {
                    self.run(std::mem::take(&mut stage), &mut answers, &mut sent).await?;
                    let said = self.apart(command, plan).await;
                    let said = said.map_err(|error| if sent { error.partly() } else { error })?;
                    sent = true;
                    put(&mut answers, index, said);
                }
                Plan::Refused(error) => put(&mut answers, index, vec![Err(error.clone())]),
            }
        }
        self.run(stage, &mut answers, &mut sent).await?;
        Ok(plans.iter().zip(answers).map(|(plan, parts)| plan.merge().apply(parts)).collect())
    }

    async fn run(
        &self,
        stage: Vec<(usize, Piece)>,
        answers: &mut [Vec<Outcome>],
        sent: &mut bool,
    ) -> Result<(), Unavailable> {
        if stage.is_empty() {
            return Ok(());
        }
        let (owners, pieces): (Vec<usize>, Vec<Piece>) = stage.into_iter().unzip();
        let said = pieces::run(&self.nodes, pieces).await;
        let said = said.map_err(|error| if *sent { error.partly() } else { error })?;
        *sent = true;
        for (index, outcome) in owners.into_iter().zip(said) {
            put(answers, index, vec![outcome]);
        }
        Ok(())
    }

    /// A command that is no key's.
    async fn apart(&self, command: &Command, plan: &Plan) -> Result<Vec<Outcome>, Unavailable> {
        match plan {
            Plan::Scan => Ok(vec![scan::run(&self.nodes, command).await?]),
            _ => pieces::everywhere(&self.nodes, command).await,
        }
    }

    pub(super) async fn transaction(
        &self,
        commands: &[&Command],
        strict: bool,
    ) -> Result<Ran, Unavailable> {
        transaction::run(&self.nodes, commands, strict).await
    }
}

fn put(answers: &mut [Vec<Outcome>], index: usize, outcomes: Vec<Outcome>) {
    if let Some(place) = answers.get_mut(index) {
        place.extend(outcomes);
    }
}
