//! The one registry of error codes, for REST (RFC 9457 problem details) and sockets alike.

use serde::{Deserialize, Serialize};

macro_rules! registry {
    ($( $(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal; )*) => {
        /// A refusal's code: closed list, documented, stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode { $( $(#[$doc])* #[serde(rename = $code)] $name, )* }

        impl ErrorCode {
            /// Every code, for documentation and tests.
            pub const ALL: &[Self] = &[ $( Self::$name, )* ];

            /// The code on the wire.
            pub fn code(self) -> &'static str {
                match self { $( Self::$name => $code, )* }
            }

            /// The HTTP status that carries it.
            pub fn status(self) -> u16 {
                match self { $( Self::$name => $status, )* }
            }

            /// A short sentence, the same for each occurrence.
            pub fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )* }
            }
        }
    };
}

registry! {
    /// The body or a frame is not JSON.
    MalformedJson = "malformed_json", 400, "The body is not valid JSON";
    /// A query parameter cannot be read.
    InvalidParameter = "invalid_parameter", 400, "A query parameter is invalid";
    /// A user id in a path or alone in a body.
    InvalidUserId = "invalid_user_id", 400, "This is not a user id";
    /// A session id that cannot be one.
    InvalidSessionId = "invalid_session_id", 400, "This is not a session id";
    /// Only `bearer.*` was offered as a subprotocol.
    SubprotocolRequired = "subprotocol_required", 400, "Offer a subprotocol besides the bearer token";
    /// No token, or one that is not valid.
    Unauthorized = "unauthorized", 401, "A valid token is required";
    /// Somebody else's resource.
    Forbidden = "forbidden", 403, "This token may not do that";
    /// The page's origin is not allowed.
    OriginNotAllowed = "origin_not_allowed", 403, "This origin is not allowed";
    /// No such path.
    NotFound = "not_found", 404, "There is nothing here";
    /// No such session.
    SessionNotFound = "session_not_found", 404, "There is no such session";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "This method is not allowed here";
    /// Scheduled tasks run one at a time.
    CleanupRunning = "cleanup_running", 409, "A cleanup is under way";
    /// A body over the limit.
    PayloadTooLarge = "payload_too_large", 413, "The body is too large";
    /// Not `application/json`.
    UnsupportedMediaType = "unsupported_media_type", 415, "Send application/json";
    /// Well-formed JSON of the wrong shape.
    InvalidBody = "invalid_body", 422, "The body does not have the right shape";
    /// More entries than a list may have.
    TooManyIds = "too_many_ids", 422, "Too many ids in one call";
    /// Conditional subscriptions do not exist yet.
    UnsupportedFilter = "unsupported_filter", 422, "Filters are not supported yet";
    /// A status that cannot be set, or not with this scope.
    InvalidStatus = "invalid_status", 422, "This status cannot be set";
    /// A status message over 256 characters.
    MessageTooLong = "message_too_long", 422, "The status message is too long";
    /// A message's content over 16 KiB.
    ContentTooLarge = "content_too_large", 422, "The message's content is too large";
    /// `/ws` without an upgrade.
    UpgradeRequired = "upgrade_required", 426, "Open a WebSocket here";
    /// The user's list of subscriptions is full.
    TooManySubscriptions = "too_many_subscriptions", 422, "This user watches as many as allowed";
    /// The target's list of subscribers is full.
    TooManySubscribers = "too_many_subscribers", 422, "The target is watched by as many as allowed";
    /// A frame of an unknown `type`.
    UnknownType = "unknown_type", 422, "This type of frame is unknown";
    /// A STOMP destination that does not exist.
    UnknownDestination = "unknown_destination", 422, "This destination is unknown";
    /// A STOMP socket holds as many subscriptions as one may.
    TooManyDestinations = "too_many_destinations", 422, "Too many subscriptions on one socket";
    /// A frame or header over its limit (STOMP ERROR, close 1009).
    FrameTooLarge = "frame_too_large", 413, "The frame is too large";
    /// A frame that breaks the protocol (close 4000).
    ProtocolError = "protocol_error", 400, "The frame breaks the protocol";
    /// Part of the contract that is not built yet.
    NotYet = "not_yet", 501, "This is not built yet";
    /// A call that came after its deadline (internal).
    TooLate = "too_late", 503, "The call came too late";
    /// A setting is missing or wrong.
    Misconfigured = "misconfigured", 503, "The service is misconfigured";
    /// Events could not be delivered for so long that no more fit (`OUTBOX_FULL=block`).
    OutboxFull = "outbox_full", 503, "Events cannot be delivered; try again later";
    /// Storage or another object did not answer; try again.
    Unavailable = "unavailable", 503, "Try again in a moment";
}

/// A refused request or command: the code, and what was wrong this time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which refusal.
    pub code: ErrorCode,
    /// What was wrong, for a person to read.
    pub detail: String,
}

impl Refusal {
    /// A refusal with its detail.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.code(), self.detail)
    }
}

impl std::error::Error for Refusal {}
