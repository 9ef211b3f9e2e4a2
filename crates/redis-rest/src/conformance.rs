//! What any server of the protocol must do, whichever Redis is behind it.
//!
//! [`check`] runs all of it against a server through a [`Client`] and says what was wrong. It writes
//! only below the prefix that it is given, and deletes that; [`check_flush`] empties the server.
//! [`check_stranger`] wants a client with a wrong token.
//!
//! Not here: whether keys really go when their time is over (that takes time), and the answers to
//! requests that this client does not make, which the server's own tests look at.

mod hashes;
mod keys;
mod many;
mod scans;
mod sets;
mod strings;

use std::fmt::Debug;

use crate::commands::{dbsize, del, info, ping, scan, set};
use crate::{
    Ask, Client, Command, Environment, Error, How, Outcome, Refusal, Reply, Transport, commands,
};

/// Time enough for a slow server.
const HOW: How = How { deadline_ms: 20_000, repeat: crate::Repeat::Never };

/// What a check found: nothing, or what was wrong.
pub type Verdict = Result<(), String>;

/// Checks all that a server must do, with keys that begin with `prefix`.
pub async fn check<T: Transport, E: Environment>(client: &Client<T, E>, prefix: &str) -> Verdict {
    let case = Case { client, prefix };
    case.sweep().await?;
    strings::check(&case).await?;
    keys::check(&case).await?;
    sets::check(&case).await?;
    hashes::check(&case).await?;
    scans::check(&case).await?;
    many::check(&case).await?;
    server(&case).await?;
    case.sweep().await
}

/// Checks that the server forgets all when it is told to.
pub async fn check_flush<T: Transport, E: Environment>(client: &Client<T, E>) -> Verdict {
    let case = Case { client, prefix: "flush:" };
    case.ask(&set(case.key("a"), "1")).await?;
    case.ask(&commands::flushdb()).await?;
    same("DBSIZE after FLUSHDB", &case.ask(&dbsize()).await?, &0)
}

/// Checks that a client with a wrong token is refused as one, whatever it sends.
pub async fn check_stranger<T: Transport, E: Environment>(client: &Client<T, E>) -> Verdict {
    let ping = [Command::new("PING")];
    for refused in [
        client.single(&Command::new("PING"), HOW).await.map(|_| ()),
        client.pipeline(&ping, HOW).await.map(|_| ()),
        client.transaction(&ping, HOW).await.map(|_| ()),
    ] {
        if !matches!(refused, Err(Error::Refused(Refusal::Auth(_)))) {
            return Err(format!("a wrong token: wanted a refusal, got {refused:?}"));
        }
    }
    Ok(())
}

async fn server<T: Transport, E: Environment>(case: &Case<'_, T, E>) -> Verdict {
    case.ask(&ping()).await?;
    let before = case.ask(&dbsize()).await?;
    case.ask(&set(case.key("counted"), "1")).await?;
    // Others may be at work, so only that it grew is asked.
    if case.ask(&dbsize()).await? < before.max(1) {
        return Err("DBSIZE did not count a new key".to_owned());
    }
    let info = case.ask(&info(None)).await?;
    if info.field("redis_version").is_none() {
        return Err("INFO has no redis_version".to_owned());
    }
    case.fails(Command::new("NOSUCHCOMMAND").arg("a"), "ERR unknown command").await
}

/// One run against one server.
struct Case<'a, T, E> {
    client: &'a Client<T, E>,
    prefix: &'a str,
}

impl<T: Transport, E: Environment> Case<'_, T, E> {
    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The value of a command that must succeed.
    async fn ask<A: Ask>(&self, ask: &A) -> Result<A::Value, String> {
        let said = self.client.ask(ask, HOW).await;
        said.map_err(|error| format!("{}: {error}", spelled(&ask.command())))
    }

    /// Compares the value of a command with what it must be.
    async fn gives<A: Ask>(&self, ask: &A, wanted: A::Value) -> Verdict
    where
        A::Value: Debug + PartialEq,
    {
        same(&spelled(&ask.command()), &self.ask(ask).await?, &wanted)
    }

    /// Compares the reply to a command with what it must be.
    async fn replies(&self, command: Command, wanted: &Reply) -> Verdict {
        match self.outcome(&command).await? {
            Ok(reply) => same(&spelled(&command), &reply, wanted),
            Err(error) => Err(format!("{}: {error}", spelled(&command))),
        }
    }

    /// Compares the error of a command with how it must begin.
    async fn fails(&self, command: Command, wanted: &str) -> Verdict {
        fails(&spelled(&command), &self.outcome(&command).await?, wanted)
    }

    async fn outcome(&self, command: &Command) -> Result<Outcome, String> {
        let said = self.client.single(command, HOW).await;
        said.map_err(|error| format!("{}: {error}", spelled(command)))
    }

    /// Deletes what is there below the prefix.
    async fn sweep(&self) -> Verdict {
        let mut next = Some(commands::Cursor::start());
        while let Some(cursor) = next {
            let page = scan(&cursor).matching(self.key("*")).count(100);
            let page = self.ask(&page).await?;
            for key in page.items {
                self.ask(&del(key)).await?;
            }
            next = page.next;
        }
        Ok(())
    }
}

fn fails(what: &str, outcome: &Outcome, wanted: &str) -> Verdict {
    match outcome {
        Err(error) if error.0.starts_with(wanted) => Ok(()),
        other => Err(format!("{what}: wanted the error {wanted:?}, got {other:?}")),
    }
}

fn same<V: Debug + PartialEq>(what: &str, got: &V, wanted: &V) -> Verdict {
    if got == wanted {
        return Ok(());
    }
    Err(format!("{what}: wanted {}, got {}", short(wanted), short(got)))
}

fn short<V: Debug>(value: &V) -> String {
    format!("{value:?}").chars().take(200).collect()
}

fn spelled(command: &Command) -> String {
    let parts = command.parts().iter().map(|part| String::from_utf8_lossy(part).into_owned());
    parts.collect::<Vec<_>>().join(" ").chars().take(80).collect()
}

fn bulk(text: &str) -> Reply {
    Reply::Bulk(text.as_bytes().to_vec())
}

/// As Redis words it.
const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";
