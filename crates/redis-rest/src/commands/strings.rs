//! `GET`, `MGET` and `SET`.

use super::decode;
use crate::{Ask, Command, Plain, Reply};

/// `GET`: the string at a key, if there is one.
pub fn get(key: impl AsRef<[u8]>) -> Plain<Option<Vec<u8>>> {
    Plain::new(Command::new("GET").arg(key), decode::maybe)
}

/// `MGET`: the string at each of `keys`, in their order; nothing where there is none, or something else.
/// Redis refuses none at all.
pub fn mget<I>(keys: I) -> Plain<Vec<Option<Vec<u8>>>>
where
    I: IntoIterator,
    I::Item: AsRef<[u8]>,
{
    Plain::new(Command::new("MGET").args(keys), decode::maybes)
}

/// `SET`: whether it was written, which only [`Set::nx`] and [`Set::xx`] leave open.
pub fn set(key: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Set {
    Set { command: Command::new("SET").arg(key).arg(value), lifetime: None, condition: None }
}

/// `SET` with its options. Of two lifetimes, or two conditions, the last one counts.
#[derive(Clone, Debug)]
#[must_use]
pub struct Set {
    command: Command,
    lifetime: Option<Lifetime>,
    condition: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
enum Lifetime {
    Seconds(u64),
    Millis(u64),
    Kept,
}

impl Set {
    /// `EX`: gone after so many seconds.
    pub fn ex(self, seconds: u64) -> Self {
        Self { lifetime: Some(Lifetime::Seconds(seconds)), ..self }
    }

    /// `PX`: gone after so many milliseconds.
    pub fn px(self, millis: u64) -> Self {
        Self { lifetime: Some(Lifetime::Millis(millis)), ..self }
    }

    /// `KEEPTTL`: gone when what was there before would have been.
    pub fn keep_ttl(self) -> Self {
        Self { lifetime: Some(Lifetime::Kept), ..self }
    }

    /// `NX`: only where there is nothing.
    pub fn nx(self) -> Self {
        Self { condition: Some("NX"), ..self }
    }

    /// `XX`: only where there is something.
    pub fn xx(self) -> Self {
        Self { condition: Some("XX"), ..self }
    }
}

impl Ask for Set {
    type Value = bool;

    fn command(&self) -> Command {
        let command = self.command.clone().args(self.condition);
        match self.lifetime {
            None => command,
            Some(Lifetime::Seconds(seconds)) => command.arg("EX").arg(seconds.to_string()),
            Some(Lifetime::Millis(millis)) => command.arg("PX").arg(millis.to_string()),
            Some(Lifetime::Kept) => command.arg("KEEPTTL"),
        }
    }

    fn decode(&self, reply: Reply) -> Result<bool, Reply> {
        match reply {
            Reply::Null if self.condition.is_some() => Ok(false),
            reply => decode::word(reply, "OK").map(|()| true),
        }
    }
}
