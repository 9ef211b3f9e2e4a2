//! The server itself: `DBSIZE`, `INFO`, `PING`, `FLUSHDB`.

use super::decode;
use crate::{Command, Plain};

/// `DBSIZE`: how many keys there are.
pub fn dbsize() -> Plain<u64> {
    Plain::new(Command::new("DBSIZE"), decode::count)
}

/// `FLUSHDB`: forgets all.
pub fn flushdb() -> Plain<()> {
    Plain::new(Command::new("FLUSHDB"), |reply| decode::word(reply, "OK"))
}

/// `PING`.
pub fn ping() -> Plain<()> {
    Plain::new(Command::new("PING"), |reply| decode::word(reply, "PONG"))
}

/// `INFO`, all of it or one section such as `memory`.
pub fn info(section: Option<&str>) -> Plain<Info> {
    Plain::new(Command::new("INFO").args(section), |reply| decode::text(reply).map(Info))
}

/// What a server says about itself. Servers leave out what they do not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info(String);

impl Info {
    /// The text as it came.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// A field, such as `redis_version`.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.0.lines().filter_map(|line| line.split_once(':'));
        fields.find_map(|(field, value)| (field == name).then_some(value.trim()))
    }

    /// A field that is a whole number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.field(name)?.parse().ok()
    }

    /// The memory in use, in bytes.
    pub fn used_memory(&self) -> Option<u64> {
        self.number("used_memory")
    }
}
