//! What a hibernating socket keeps about itself: the platform stores at most 16,384 bytes a socket,
//! and gives them back after the object's memory is gone.
//!
//! The form is JSON, a NUL, then the bytes of an unfinished STOMP frame as they are. Every part is
//! bounded, so that the whole always fits (`tests/attachment.rs` fills every part).

use presence::effects::{Attached, Connect};
use presence::ids::{ResumeToken, SessionId, SocketKey, UserId};
use presence::state::{Device, Protocol};
use presence::time::Millis;
use serde::{Deserialize, Serialize};

use crate::body::to_json;
use crate::stomp::Saved;

/// The platform's limit for a serialized attachment, in bytes.
pub const MAX_ATTACHMENT: usize = 16_384;
/// The longest text of the connect that is kept, in bytes; what is longer is cut.
const MAX_TEXT: usize = 512;
/// A resume token has 22 characters; a longer text is none.
const MAX_RESUME: usize = 64;

/// Everything that must outlive the object's memory about one socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// The socket's name in the domain.
    pub key: SocketKey,
    /// Whose hub this is.
    pub user: UserId,
    /// The session and the connection's number; absent before CONNECT.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<(SessionId, u32)>,
    /// When it was accepted.
    pub opened_at: Millis,
    /// When its last frame came; the platform's answers to beats are not among them.
    pub last_frame_at: Millis,
    /// When its token ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_expires_at: Option<Millis>,
    /// What it speaks; absent until the first frame where nothing was agreed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaks: Option<Speaks>,
    /// What the upgrade said; absent once the session began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// A STOMP connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stomp: Option<Saved>,
    /// The server has closed it: it is no socket of the hub any more, and is not read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closing: bool,
    /// The unfinished frame of a STOMP connection.
    #[serde(skip)]
    pub half: Vec<u8>,
}

/// Which protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaks {
    /// `rollcall.v1.json`.
    Json,
    /// STOMP, in the version of its CONNECT.
    Stomp,
}

/// What the upgrade said of a client whose session has not begun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pending {
    /// From the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resume: Option<ResumeToken>,
    /// From the query.
    pub device: Device,
    /// `User-Agent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Country by the edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Data centre by the edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colo: Option<String>,
}

impl Attachment {
    /// The bytes to attach: at most [`MAX_ATTACHMENT`].
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = to_json(self).into_bytes();
        bytes.push(0);
        bytes.extend_from_slice(&self.half);
        bytes
    }

    /// Reads what [`Attachment::encode`] wrote; `None` for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == 0)?;
        let mut attachment: Self = serde_json::from_slice(bytes.get(..end)?).ok()?;
        attachment.half = bytes.get(end + 1..)?.to_vec();
        Some(attachment)
    }

    /// The socket as the domain sees it; `answered_at` is when the platform last answered a beat.
    pub fn attached(&self, answered_at: Option<Millis>) -> Attached {
        let frame = self.opened_at.max(self.last_frame_at);
        Attached {
            key: self.key,
            session: self.bound.clone(),
            opened_at: self.opened_at,
            last_seen: answered_at.map_or(frame, |at| at.max(frame)),
            token_expires_at: self.token_expires_at,
        }
    }
}

impl Pending {
    /// The same with every text short enough for the attachment, and without control characters,
    /// which JSON writes as six bytes each.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.resume = self.resume.filter(|token| token.as_str().len() <= MAX_RESUME);
        let Device { name, os, app_version, .. } = &mut self.device;
        let texts =
            [name, os, app_version, &mut self.user_agent, &mut self.country, &mut self.colo];
        for text in texts.into_iter().flatten() {
            text.retain(|c| !c.is_control());
            text.truncate(text.floor_char_boundary(MAX_TEXT));
        }
        self
    }

    /// The connect of this socket; `resume` goes before the token of the query.
    pub fn connect(
        self,
        socket: SocketKey,
        protocol: Protocol,
        resume: Option<ResumeToken>,
    ) -> Connect {
        Connect {
            socket,
            protocol,
            resume: resume.or(self.resume),
            device: self.device,
            user_agent: self.user_agent,
            country: self.country,
            colo: self.colo,
            wants_presence: protocol == Protocol::Json,
        }
    }
}
