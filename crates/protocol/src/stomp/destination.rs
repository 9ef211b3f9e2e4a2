//! What a client may subscribe to (contract §3, the second table).

use std::fmt;

use presence::ids::UserId;
use serde::{Deserialize, Serialize};

const TOPIC: &str = "/topic/presence.";
const QUEUE: &str = "/user/queue/";

/// A destination of SUBSCRIBE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Destination {
    /// `/user/queue/presence`: all who are watched.
    Presence,
    /// `/user/queue/messages`.
    Messages,
    /// `/user/queue/typing`.
    Typing,
    /// `/user/queue/sessions`: the user's other devices.
    Sessions,
    /// `/user/queue/replies`: answers to commands.
    Replies,
    /// `/user/queue/errors`: refused commands.
    Errors,
    /// `/topic/presence.{userId}`: one who is watched.
    Topic(UserId),
}

impl Destination {
    /// Reads the header's value; `None` if there is no such destination.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(user) = text.strip_prefix(TOPIC) {
            return UserId::parse(user).ok().map(Self::Topic);
        }
        Some(match text.strip_prefix(QUEUE)? {
            "presence" => Self::Presence,
            "messages" => Self::Messages,
            "typing" => Self::Typing,
            "sessions" => Self::Sessions,
            "replies" => Self::Replies,
            "errors" => Self::Errors,
            _ => return None,
        })
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Presence => write!(f, "{QUEUE}presence"),
            Self::Messages => write!(f, "{QUEUE}messages"),
            Self::Typing => write!(f, "{QUEUE}typing"),
            Self::Sessions => write!(f, "{QUEUE}sessions"),
            Self::Replies => write!(f, "{QUEUE}replies"),
            Self::Errors => write!(f, "{QUEUE}errors"),
            Self::Topic(user) => write!(f, "{TOPIC}{user}"),
        }
    }
}

impl TryFrom<String> for Destination {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no such destination")
    }
}

impl From<Destination> for String {
    fn from(destination: Destination) -> Self {
        destination.to_string()
    }
}
