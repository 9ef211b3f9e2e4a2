//! What of a connection survives hibernation.
//!
//! A STOMP frame may arrive in pieces, and the object may leave memory between two of them. A small
//! unfinished frame is saved; of a large one only the fact is saved that there was one: where the
//! memory was lost, the socket must be closed with 1012 (rules, 25). A piece of exactly `"\n"` is
//! answered by the platform as a heart-beat and never arrives here: clients must not cut there.

use ::stomp::{HeartBeat, Limits, Parser, Version};
use presence::time::Millis;
use serde::{Deserialize, Serialize};

use super::Connection;
use super::subscriptions::Subscriptions;

/// The bytes of an unfinished frame that are saved.
pub const MAX_HALF_FRAME: usize = 8192;

/// A connection at rest. Absent fields have the value of a new connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Saved {
    #[serde(skip_serializing_if = "Option::is_none")]
    offered: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    ended: bool,
    /// There was an unfinished frame too large to save.
    lost: bool,
    subscriptions: Subscriptions,
}

impl Connection {
    /// The state to keep, with the bytes of the unfinished frame (at most [`MAX_HALF_FRAME`]).
    pub fn save(&self) -> (Saved, &[u8]) {
        let half = if self.ended { &[] } else { self.parser.pending() };
        let lost = half.len() > MAX_HALF_FRAME;
        let text = |version: Version| version.as_str().to_owned();
        let saved = Saved {
            offered: self.offered.map(text),
            version: self.version.map(text),
            ended: self.ended,
            lost,
            subscriptions: self.subscriptions.clone(),
        };
        (saved, if lost { &[] } else { half })
    }

    /// Takes up a connection after its memory was lost; `None` if an unfinished frame was lost
    /// with it. `epoch` as in [`Connection::new`].
    pub fn restore(saved: Saved, half: &[u8], epoch: Millis) -> Option<Self> {
        if saved.lost {
            return None;
        }
        let read = |text: Option<String>| text.as_deref().and_then(Version::parse);
        let (offered, version) = (read(saved.offered), read(saved.version));
        let limits = Limits::default();
        let mut parser = version.map_or(Parser::new(limits), |v| Parser::with_version(limits, v));
        parser.push(half);
        Some(Self {
            offered,
            version,
            heart_beat: HeartBeat::default(),
            ended: saved.ended,
            subscriptions: saved.subscriptions,
            before: None,
            parser,
            epoch,
            messages: 0,
        })
    }
}
