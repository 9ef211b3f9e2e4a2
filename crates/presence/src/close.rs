//! The one registry of WebSocket close codes (contract §3); the documentation is tested against it.

/// What a client should do after a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reconnect {
    /// Stay away.
    No,
    /// Come back, the first time already after a random delay.
    Jittered,
    /// Come back at once or later.
    Yes,
    /// Come back with another token.
    WithNewToken,
    /// Come back after the `retryAfterMs` of the reason.
    AfterDelay,
}

macro_rules! registry {
    ($( $(#[$doc:meta])* $name:ident = $code:literal, $reason:literal, $reconnect:ident; )*) => {
        /// Why the server closes a socket.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CloseCode { $( $(#[$doc])* $name, )* }

        impl CloseCode {
            /// Every code, for documentation and tests.
            pub const ALL: &[Self] = &[ $( Self::$name, )* ];

            /// The number on the wire.
            pub fn code(self) -> u16 {
                match self { $( Self::$name => $code, )* }
            }

            /// The reason on the wire.
            pub fn reason(self) -> &'static str {
                match self { $( Self::$name => $reason, )* }
            }

            /// Whether a client should come back.
            pub fn reconnect(self) -> Reconnect {
                match self { $( Self::$name => Reconnect::$reconnect, )* }
            }
        }
    };
}

registry! {
    /// Answer to DISCONNECT or leave.
    Bye = 1000, "bye", No;
    /// The server goes away.
    GoingAway = 1001, "server going away", Jittered;
    /// A frame was too big.
    TooBig = 1009, "message too big", No;
    /// State of this socket was lost.
    Restart = 1012, "restart", Jittered;
    /// No valid token, or it expired.
    Unauthorized = 3000, "unauthorized", WithNewToken;
    /// This token may not connect.
    Forbidden = 3003, "forbidden", No;
    /// The client broke the protocol.
    ProtocolError = 4000, "protocol error", No;
    /// No heartbeat for a TTL.
    Expired = 4001, "session expired (no heartbeat)", Yes;
    /// Another socket took up this session.
    Replaced = 4002, "replaced by resume", No;
    /// The session was ended by its owner or an administrator.
    Revoked = 4003, "revoked", No;
    /// Too many sessions: the oldest is told.
    TooManySessions = 4004, "too many sessions for this user", No;
    /// Too many commands.
    RateLimited = 4029, "rate limited", AfterDelay;
}
