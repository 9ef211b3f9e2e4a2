//! Where a walk through all users goes on: in the directory, shard by shard.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use presence::directory::SHARDS;
use presence::ids::UserId;

/// A place in the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The shard.
    pub shard: u32,
    /// The last user of it that was looked at.
    pub after: Option<UserId>,
}

/// Marks a cursor's form.
const MARK: &str = "h:";

impl Place {
    /// As a cursor: opaque to who gets it.
    pub fn to_cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.to_text())
    }

    /// Reads a cursor.
    pub fn from_cursor(cursor: &str) -> Option<Self> {
        Self::from_text(&decoded(cursor)?)
    }

    pub(crate) fn to_text(&self) -> String {
        match &self.after {
            None => format!("{MARK}{}", self.shard),
            Some(after) => format!("{MARK}{}:{after}", self.shard),
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(MARK)?.splitn(2, ':');
        let shard = parts.next()?.parse().ok().filter(|shard| *shard < SHARDS)?;
        let after = parts.next().map(|id| UserId::parse(id).ok());
        Some(Self { shard, after: after.map_or(Some(None), |id| id.map(Some))? })
    }
}

/// The text within a cursor.
pub(crate) fn decoded(cursor: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()
}
