//! Redis as the gateway sees it: commands in, outcomes out, or why not.

mod cluster;
mod dial;
mod gate;
mod link;
mod reply;
mod sentinel;
mod tls;
mod transaction;
mod unavailable;

use std::sync::Arc;

use redis_rest::{Command, Outcome, RedisError, Shape};

use crate::{Config, Target};
use cluster::Cluster;
use dial::{Dialer, Route};
pub(crate) use gate::Access;
use link::Link;
use tls::Tls;
pub use unavailable::{Taken, Unavailable};

/// The Redis that is served.
pub struct Redis {
    served: Served,
    strict_transactions: bool,
}

enum Served {
    One(Arc<Link>),
    Cluster(Box<Cluster>),
}

/// What became of commands that Redis took.
#[derive(Debug, PartialEq)]
pub(crate) enum Ran {
    /// One outcome a command.
    Outcomes(Vec<Outcome>),
    /// A transaction was refused as a whole; nothing of it was done.
    Refused(RedisError),
}

impl Redis {
    /// Prepares to serve a Redis. Nothing is connected yet.
    pub fn new(target: Target, config: &Config) -> Result<Self, String> {
        let served = match target {
            Target::Cluster { seeds, login, tls } => {
                let tls = tls.then(|| Tls::read(&config.tls)).transpose()?;
                Served::Cluster(Box::new(Cluster::new(seeds, login, tls, config.times)))
            }
            target => Served::One(Arc::new(one(target, config)?)),
        };
        Ok(Self { served, strict_transactions: config.strict_transactions })
    }

    /// Runs commands. What `access` does not allow, and what would harm the connection that all
    /// share, is refused before anything is sent.
    pub(crate) async fn run(
        &self,
        shape: Shape,
        commands: &[Command],
        access: Access,
    ) -> Result<Ran, Unavailable> {
        let refusals: Vec<_> = commands.iter().map(|each| gate::refusal(each, access)).collect();
        if shape == Shape::Transaction {
            return match refusals.into_iter().flatten().next() {
                Some(refusal) => Ok(Ran::Refused(refusal)),
                None => self.transaction(commands).await,
            };
        }
        let allowed = commands.iter().zip(&refusals).filter(|(_, refusal)| refusal.is_none());
        let allowed: Vec<&Command> = allowed.map(|(command, _)| command).collect();
        let mut outcomes = self.pipeline(&allowed).await?.into_iter();
        let lost = || Err(RedisError("ERR an outcome is missing".to_owned()));
        let outcome = |refusal: Option<RedisError>| {
            refusal.map_or_else(|| outcomes.next().unwrap_or_else(lost), Err)
        };
        Ok(Ran::Outcomes(refusals.into_iter().map(outcome).collect()))
    }

    async fn pipeline(&self, commands: &[&Command]) -> Result<Vec<Outcome>, Unavailable> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        match &self.served {
            Served::One(link) => {
                let values = link.send(&link::pipeline(commands)).await?;
                Ok(values.into_iter().map(reply::outcome).collect())
            }
            Served::Cluster(cluster) => cluster.pipeline(commands).await,
        }
    }

    async fn transaction(&self, commands: &[Command]) -> Result<Ran, Unavailable> {
        let commands: Vec<&Command> = commands.iter().collect();
        if commands.is_empty() {
            return Ok(Ran::Outcomes(Vec::new()));
        }
        match &self.served {
            Served::One(link) => transaction::run(link, &commands).await,
            Served::Cluster(cluster) => {
                cluster.transaction(&commands, self.strict_transactions).await
            }
        }
    }

    /// Whether Redis is there: all of it, if it is a Cluster.
    pub async fn ping(&self) -> Result<(), Unavailable> {
        match &self.served {
            Served::One(link) => link.ping().await,
            Served::Cluster(cluster) => cluster.ping().await,
        }
    }
}

fn one(target: Target, config: &Config) -> Result<Link, String> {
    let name = target.to_string();
    let (route, login, secure) = match target {
        Target::One { place, login } => {
            let secure = matches!(place, crate::config::Place::Tcp { tls: true, .. });
            (Route::To(place), login, secure)
        }
        Target::Sentinel { sentinels, master, at_sentinels, login, tls } => {
            (Route::Sentinel { sentinels, master, at_sentinels }, login, tls)
        }
        Target::Cluster { .. } => return Err("a Cluster is more than one server".to_owned()),
    };
    let tls = secure.then(|| Tls::read(&config.tls)).transpose()?;
    Ok(Link::new(name, Dialer { route, login, tls }, config.times))
}
