//! `SCAN` and `SSCAN`: a page at a time.

use super::decode;
use crate::{Ask, Command, Reply};

/// Where a scan goes on: whatever the server gave, to be handed back as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor(String);

impl Cursor {
    /// The beginning.
    pub fn start() -> Self {
        Self("0".to_owned())
    }

    /// From a stored one.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For storing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page of a scan: perhaps empty although there are more, perhaps with some that were there
/// before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Where the next page begins; `None` after the last.
    pub next: Option<Cursor>,
    /// Keys or members.
    pub items: Vec<Vec<u8>>,
}

/// `SSCAN`: members of a set.
pub fn sscan(key: impl AsRef<[u8]>, cursor: &Cursor) -> Sscan {
    Sscan { command: Command::new("SSCAN").arg(key).arg(&cursor.0) }
}

/// `SCAN`: keys.
pub fn scan(cursor: &Cursor) -> Scan {
    Scan { command: Command::new("SCAN").arg(&cursor.0) }
}

/// `SSCAN` with its options.
#[derive(Clone, Debug)]
#[must_use]
pub struct Sscan {
    command: Command,
}

impl Sscan {
    /// `MATCH`: only members like this.
    pub fn matching(self, pattern: impl AsRef<[u8]>) -> Self {
        Self { command: self.command.arg("MATCH").arg(pattern) }
    }

    /// `COUNT`: about so many a page.
    pub fn count(self, count: u32) -> Self {
        Self { command: self.command.arg("COUNT").arg(count.to_string()) }
    }
}

impl Ask for Sscan {
    type Value = Page;

    fn command(&self) -> Command {
        self.command.clone()
    }

    fn decode(&self, reply: Reply) -> Result<Page, Reply> {
        page(reply)
    }
}

/// `SCAN` with its options.
#[derive(Clone, Debug)]
#[must_use]
pub struct Scan {
    command: Command,
}

impl Scan {
    /// `MATCH`: only keys like this.
    pub fn matching(self, pattern: impl AsRef<[u8]>) -> Self {
        Self { command: self.command.arg("MATCH").arg(pattern) }
    }

    /// `COUNT`: about so many a page.
    pub fn count(self, count: u32) -> Self {
        Self { command: self.command.arg("COUNT").arg(count.to_string()) }
    }

    /// `TYPE`: only keys that hold this, such as `set`.
    pub fn of_type(self, name: &str) -> Self {
        Self { command: self.command.arg("TYPE").arg(name) }
    }
}

impl Ask for Scan {
    type Value = Page;

    fn command(&self) -> Command {
        self.command.clone()
    }

    fn decode(&self, reply: Reply) -> Result<Page, Reply> {
        page(reply)
    }
}

fn page(reply: Reply) -> Result<Page, Reply> {
    let Reply::Array(parts) = reply else { return Err(reply) };
    let [cursor, items]: [Reply; 2] = parts.try_into().map_err(Reply::Array)?;
    let cursor = match cursor {
        Reply::Integer(number) => number.to_string(),
        reply => decode::text(reply)?,
    };
    let next = (cursor != "0").then_some(Cursor(cursor));
    Ok(Page { next, items: decode::list(items)? })
}
