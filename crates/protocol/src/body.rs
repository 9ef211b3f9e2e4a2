//! The bodies of what a client hears; both protocols send the same objects.

use presence::calls::{Message, TargetOutcome};
use presence::close::CloseCode;
use presence::effects::{DeliveredTo, Reply, ServerMessage, Welcome};
use presence::errors::{ErrorCode, Refusal};
use presence::ids::{MessageId, SessionId, UserId};
use presence::state::{EndReason, Presence, Session};
use presence::time::Millis;
use serde::Serialize;

/// For how long a typing indicator counts, unless it is repeated.
pub(crate) const TYPING_EXPIRES_IN_MS: i64 = 5000;

/// One object for a client.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub(crate) enum Body<'a> {
    Welcome {
        session_id: &'a SessionId,
        user_id: &'a UserId,
        session_ttl_ms: i64,
        heartbeat_ms: i64,
        resume_token: &'a str,
        resumed: bool,
        server_time: Millis,
    },
    Presence(&'a Presence),
    Presences {
        presences: &'a [Presence],
    },
    Message(&'a Message),
    Typing {
        from: &'a UserId,
        typing: bool,
        expires_in_ms: i64,
    },
    Session {
        event: &'static str,
        session: &'a Session,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<EndReason>,
    },
    Ok {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        #[serde(flatten)]
        reply: ReplyBody<'a>,
    },
    Error {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        code: ErrorCode,
        detail: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        target_user_id: Option<&'a UserId>,
    },
}

/// What an answer holds beside its mark.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(crate) enum ReplyBody<'a> {
    Outcomes {
        results: &'a [TargetOutcome],
    },
    Sent {
        message_id: &'a MessageId,
        #[serde(skip_serializing_if = "Option::is_none")]
        client_message_id: Option<&'a str>,
        delivered_to: &'a [DeliveredTo],
    },
    Presence {
        presence: &'a Presence,
    },
    Presences {
        presences: &'a [Presence],
        unavailable: &'a [UserId],
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        invalid: &'a [String],
    },
    Nothing {},
}

impl<'a> Body<'a> {
    /// The body of this message.
    pub(crate) fn of(message: &'a ServerMessage) -> Self {
        match message {
            ServerMessage::Welcome(welcome) => Self::welcome(welcome),
            ServerMessage::Presence(presence) => Self::Presence(presence),
            ServerMessage::Presences(presences) => Self::Presences { presences },
            ServerMessage::Message(message) => Self::Message(message),
            ServerMessage::Typing { from, typing } => {
                Self::Typing { from, typing: *typing, expires_in_ms: TYPING_EXPIRES_IN_MS }
            }
            ServerMessage::Session { session, ended } => {
                let event = if ended.is_some() { "ended" } else { "started" };
                Self::Session { event, session, reason: *ended }
            }
            ServerMessage::SubscriptionRefused { target, refusal } => {
                Self::error(None, refusal, Some(target))
            }
            ServerMessage::Reply { correlation, reply } => Self::ok(correlation.as_deref(), reply),
            ServerMessage::Refused { correlation, refusal } => {
                Self::error(correlation.as_deref(), refusal, None)
            }
        }
    }

    fn welcome(welcome: &'a Welcome) -> Self {
        Self::Welcome {
            session_id: &welcome.session,
            user_id: &welcome.user,
            session_ttl_ms: welcome.session_ttl_ms,
            heartbeat_ms: welcome.heartbeat_ms,
            resume_token: welcome.resume_token.as_str(),
            resumed: welcome.resumed,
            server_time: welcome.server_time,
        }
    }

    /// The answer to a command.
    pub(crate) fn ok(id: Option<&'a str>, reply: &'a Reply) -> Self {
        let reply = match reply {
            Reply::Ok => ReplyBody::Nothing {},
            Reply::Outcomes(results) => ReplyBody::Outcomes { results },
            Reply::Sent { message_id, client_message_id, delivered_to } => ReplyBody::Sent {
                message_id,
                client_message_id: client_message_id.as_deref(),
                delivered_to,
            },
            Reply::Presence(presence) => ReplyBody::Presence { presence },
            Reply::Presences { presences, unavailable, invalid } => {
                ReplyBody::Presences { presences, unavailable, invalid }
            }
        };
        Self::Ok { id, reply }
    }

    /// A refusal.
    pub(crate) fn error(
        id: Option<&'a str>,
        refusal: &'a Refusal,
        target_user_id: Option<&'a UserId>,
    ) -> Self {
        Self::Error { id, code: refusal.code, detail: &refusal.detail, target_user_id }
    }

    /// The body as JSON.
    pub(crate) fn to_json(&self) -> String {
        to_json(self)
    }
}

/// Compact JSON. Only a map with keys that are no strings could fail, and no body has one.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The close code for a frame that cannot be answered otherwise.
pub(crate) fn close_for(code: ErrorCode) -> CloseCode {
    match code {
        ErrorCode::FrameTooLarge => CloseCode::TooBig,
        _ => CloseCode::ProtocolError,
    }
}
