//! Typed commands: what is asked, and what the reply means.

use crate::{Command, Doubt, Error, Outcome, Reply};

/// A command that knows what its reply means. Put [`Ask::command`] into a pipeline and give its
/// outcome to [`Ask::read`], or let [`Client::ask`](crate::Client::ask) do both.
pub trait Ask {
    /// What the reply comes to.
    type Value;

    /// The command.
    fn command(&self) -> Command;

    /// What a reply means; what does not fit is handed back.
    fn decode(&self, reply: Reply) -> Result<Self::Value, Reply>;

    /// What an outcome means. A reply that does not fit leaves in doubt what was done.
    fn read(&self, outcome: Outcome) -> Result<Self::Value, Error> {
        let reply = outcome.map_err(Error::Command)?;
        self.decode(reply).map_err(|_| {
            Error::Ambiguous(Doubt::Garbage(format!("no reply to {}", self.command().name())))
        })
    }
}

/// A typed command without options.
#[derive(Clone, Debug)]
pub struct Plain<V> {
    command: Command,
    decode: fn(Reply) -> Result<V, Reply>,
}

impl<V> Plain<V> {
    pub(crate) fn new(command: Command, decode: fn(Reply) -> Result<V, Reply>) -> Self {
        Self { command, decode }
    }
}

impl<V> Ask for Plain<V> {
    type Value = V;

    fn command(&self) -> Command {
        self.command.clone()
    }

    fn decode(&self, reply: Reply) -> Result<V, Reply> {
        (self.decode)(reply)
    }
}
