//! Finding the master by asking Sentinels.

use std::collections::HashSet;

use ::redis::Value;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use redis_rest::Command;

use super::dial::{Dialed, Dialer, open};
use super::link::{packed, plain};
use super::reply;
use crate::config::{Host, Login, Place};

/// A question to all Sentinels at once.
pub(super) struct Search<'a> {
    pub(super) sentinels: &'a [Host],
    pub(super) master: &'a str,
    pub(super) at_sentinels: &'a Login,
    pub(super) dialer: &'a Dialer,
}

impl Search<'_> {
    /// A connection to the first server named that says itself that it is the master: a Sentinel that
    /// was cut off may name the one of yesterday.
    pub(super) async fn master(&self) -> Result<Dialed, String> {
        let mut answers: FuturesUnordered<_> =
            self.sentinels.iter().map(|each| self.ask(each)).collect();
        let (mut tried, mut reasons) = (HashSet::new(), Vec::new());
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(host) if !tried.insert(host.clone()) => {}
                Ok(host) => match self.try_master(&host).await {
                    Ok(dialed) => return Ok(dialed),
                    Err(reason) => reasons.push(format!("{host}: {reason}")),
                },
                Err(reason) => reasons.push(reason),
            }
        }
        Err(format!("no master of the name {}: {}", self.master, reasons.join("; ")))
    }

    async fn ask(&self, sentinel: &Host) -> Result<Host, String> {
        let told = |reason: String| format!("Sentinel {sentinel}: {reason}");
        let (mut connection, _) =
            open(&self.place(sentinel), self.dialer.tls.as_ref(), self.at_sentinels)
                .await
                .map_err(told)?;
        let question = Command::new("SENTINEL").arg("get-master-addr-by-name").arg(self.master);
        let said = connection.send_packed_command(&packed(&question)).await;
        let said = said.map_err(|error| told(plain(&error)))?;
        if let Some(error) = reply::as_error(&said) {
            return Err(told(error.0));
        }
        address(&said).ok_or_else(|| told("it knows no such master".to_owned()))
    }

    async fn try_master(&self, host: &Host) -> Result<Dialed, String> {
        let dialer = self.dialer;
        let (mut connection, driver) =
            open(&self.place(host), dialer.tls.as_ref(), &dialer.login).await?;
        let said = connection.send_packed_command(&packed(&Command::new("ROLE"))).await;
        let said = said.map_err(|error| plain(&error))?;
        if let Some(error) = reply::as_error(&said) {
            return Err(error.0);
        }
        let Value::Array(parts) = &said else { return Err("it does not say its role".to_owned()) };
        match parts.first().and_then(reply::text) {
            Some("master") => Ok((connection, driver)),
            other => Err(format!("it is {}", other.unwrap_or("nothing known"))),
        }
    }

    fn place(&self, host: &Host) -> Place {
        Place::Tcp { host: host.clone(), tls: self.dialer.tls.is_some() }
    }
}

fn address(said: &Value) -> Option<Host> {
    let Value::Array(parts) = said else { return None };
    let [name, port] = parts.as_slice() else { return None };
    Some(Host { name: reply::text(name)?.to_owned(), port: reply::text(port)?.parse().ok()? })
}
