//! What a presence is made of: status, devices, the view of a user, and a session as others read it.

use serde::{Deserialize, Serialize};

use crate::ids::{SessionId, UserId};
use crate::time::Millis;

/// How a user appears. `Invisible` is seen only by the user's own devices; to others it is `Offline`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// A session lives, and nothing else was said.
    Online,
    /// Set by the user, or every session says so.
    Away,
    /// Set by the user.
    Busy,
    /// Set by the user: others see `Offline`, with nothing that gives it away.
    Invisible,
    /// No session, or hidden.
    Offline,
}

impl Status {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Online => "ONLINE",
            Self::Away => "AWAY",
            Self::Busy => "BUSY",
            Self::Invisible => "INVISIBLE",
            Self::Offline => "OFFLINE",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Online, Self::Away, Self::Busy, Self::Invisible, Self::Offline]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// Whether a status is the user's, on all devices, or one session's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One durable fact of the user, until set again.
    #[default]
    User,
    /// Belongs to the session and ends with it; `ONLINE` or `AWAY` only.
    Device,
}

/// What kind of device a session is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceType {
    /// A browser.
    Web,
    /// A phone.
    Mobile,
    /// An installed program.
    Desktop,
    /// A tablet.
    Tablet,
    /// A television.
    Tv,
    /// A program that acts by itself.
    Bot,
    /// Anything else, and what was not said.
    #[default]
    Other,
}

impl DeviceType {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Mobile => "mobile",
            Self::Desktop => "desktop",
            Self::Tablet => "tablet",
            Self::Tv => "tv",
            Self::Bot => "bot",
            Self::Other => "other",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Web, Self::Mobile, Self::Desktop, Self::Tablet, Self::Tv, Self::Bot, Self::Other]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// What a client said of its device. In a patch (a heartbeat), what is absent stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// `type`; `None` in a patch leaves it.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<DeviceType>,
    /// Such as "Pixel 9".
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Such as "Android 16".
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub os: Option<String>,
    /// Such as "4.2.0".
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub app_version: Option<String>,
}

impl Device {
    /// Takes over what `patch` names; true if anything changed.
    pub fn merge(&mut self, patch: &Self) -> bool {
        let before = self.clone();
        let take = |mine: &mut Option<String>, theirs: &Option<String>| {
            if theirs.is_some() {
                mine.clone_from(theirs);
            }
        };
        self.kind = patch.kind.or(self.kind);
        take(&mut self.name, &patch.name);
        take(&mut self.os, &patch.os);
        take(&mut self.app_version, &patch.app_version);
        *self != before
    }
}

/// How a session's socket speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// One JSON object a text frame.
    #[serde(rename = "rollcall.v1.json")]
    Json,
    /// STOMP 1.0.
    #[serde(rename = "v10.stomp")]
    Stomp10,
    /// STOMP 1.1.
    #[serde(rename = "v11.stomp")]
    Stomp11,
    /// STOMP 1.2.
    #[serde(rename = "v12.stomp")]
    Stomp12,
}

impl Protocol {
    /// The WebSocket subprotocol's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "rollcall.v1.json",
            Self::Stomp10 => "v10.stomp",
            Self::Stomp11 => "v11.stomp",
            Self::Stomp12 => "v12.stomp",
        }
    }

    /// Reads the WebSocket subprotocol's name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Json, Self::Stomp10, Self::Stomp11, Self::Stomp12]
            .into_iter()
            .find(|protocol| protocol.as_str() == text)
    }
}

/// One kind of device that a user is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicePresence {
    /// Its kind; each stands once in a list.
    #[serde(rename = "type")]
    pub kind: DeviceType,
    /// `ONLINE`, `AWAY` or `BUSY`.
    pub status: Status,
}

/// A user as one viewer may see them (contract §2, `Presence`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// Whose presence.
    pub user_id: UserId,
    /// Whether a session lives that the viewer may know of.
    pub online: bool,
    /// See [`Status`].
    pub status: Status,
    /// What the user wrote beside the status, at most 256 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// One entry for each distinct kind of device.
    pub devices: Vec<DevicePresence>,
    /// The last proof of life that the viewer may know of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_active_at: Option<Millis>,
    /// Grows by one with each change that the viewer's kind may see; ignore anything not newer.
    pub version: i64,
    /// When this was read.
    pub as_of: Millis,
}

/// A session as its owner reads it (contract §2, `Session`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Names the session and its user.
    pub session_id: SessionId,
    /// Whose.
    pub user_id: UserId,
    /// What its socket speaks.
    pub protocol: Protocol,
    /// What the client said of its device.
    pub device: Device,
    /// The `User-Agent` header of the connect.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_agent: Option<String>,
    /// ISO 3166-1 alpha-2, from the edge.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub country: Option<String>,
    /// The data centre that took the connection.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub colo: Option<String>,
    /// When the session began.
    pub connected_at: Millis,
    /// The last proof of life.
    pub last_seen_at: Millis,
    /// The session's deadline (contract §3, Departure).
    pub expires_at: Millis,
    /// How often the client was told to beat.
    pub heartbeat_interval_ms: i64,
    /// Whether a socket is attached.
    pub connected: bool,
}

/// Why a session ended (contract §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The client said so.
    Left,
    /// The socket closed and nobody came back within the grace.
    Closed,
    /// No beat for a TTL.
    Expired,
    /// Ended by its owner or an administrator.
    Revoked,
    /// Made room for a newer one.
    Evicted,
    /// Its token expired.
    Unauthorized,
    /// Its client broke the protocol.
    ProtocolError,
    /// Its client sent too much.
    RateLimited,
}

impl EndReason {
    /// The name on the wire and in the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Closed => "closed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Evicted => "evicted",
            Self::Unauthorized => "unauthorized",
            Self::ProtocolError => "protocol_error",
            Self::RateLimited => "rate_limited",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Left,
            Self::Closed,
            Self::Expired,
            Self::Revoked,
            Self::Evicted,
            Self::Unauthorized,
            Self::ProtocolError,
            Self::RateLimited,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == text)
    }
}
