use std::fmt;

/// What a frame is for: its first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Client: opens a session.
    Connect,
    /// Client: opens a session, the name that 1.1 added; read exactly as `CONNECT`.
    Stomp,
    /// Client: a message to a destination.
    Send,
    /// Client: asks for the messages of a destination.
    Subscribe,
    /// Client: ends a subscription.
    Unsubscribe,
    /// Client: acknowledges a message.
    Ack,
    /// Client: refuses a message (1.1 and later).
    Nack,
    /// Client: begins a transaction.
    Begin,
    /// Client: commits a transaction.
    Commit,
    /// Client: rolls a transaction back.
    Abort,
    /// Client: ends the session.
    Disconnect,
    /// Server: the session is open.
    Connected,
    /// Server: a message of a subscription.
    Message,
    /// Server: a frame that asked for a receipt was handled.
    Receipt,
    /// Server: something failed; the connection ends.
    Error,
}

impl Command {
    /// Every command, in the order of the specification.
    pub const ALL: [Self; 15] = [
        Self::Connect,
        Self::Stomp,
        Self::Send,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Ack,
        Self::Nack,
        Self::Begin,
        Self::Commit,
        Self::Abort,
        Self::Disconnect,
        Self::Connected,
        Self::Message,
        Self::Receipt,
        Self::Error,
    ];

    /// The command that a first line names, or `None`. Commands are case-sensitive.
    pub fn parse(line: &str) -> Option<Self> {
        Self::from_bytes(line.as_bytes())
    }

    pub(crate) fn from_bytes(line: &[u8]) -> Option<Self> {
        Some(match line {
            b"CONNECT" => Self::Connect,
            b"STOMP" => Self::Stomp,
            b"SEND" => Self::Send,
            b"SUBSCRIBE" => Self::Subscribe,
            b"UNSUBSCRIBE" => Self::Unsubscribe,
            b"ACK" => Self::Ack,
            b"NACK" => Self::Nack,
            b"BEGIN" => Self::Begin,
            b"COMMIT" => Self::Commit,
            b"ABORT" => Self::Abort,
            b"DISCONNECT" => Self::Disconnect,
            b"CONNECTED" => Self::Connected,
            b"MESSAGE" => Self::Message,
            b"RECEIPT" => Self::Receipt,
            b"ERROR" => Self::Error,
            _ => return None,
        })
    }

    /// The command as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Stomp => "STOMP",
            Self::Send => "SEND",
            Self::Subscribe => "SUBSCRIBE",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Ack => "ACK",
            Self::Nack => "NACK",
            Self::Begin => "BEGIN",
            Self::Commit => "COMMIT",
            Self::Abort => "ABORT",
            Self::Disconnect => "DISCONNECT",
            Self::Connected => "CONNECTED",
            Self::Message => "MESSAGE",
            Self::Receipt => "RECEIPT",
            Self::Error => "ERROR",
        }
    }

    /// Whether it opens a session: `CONNECT`, or `STOMP`, which servers treat the same.
    pub const fn is_connect(self) -> bool {
        matches!(self, Self::Connect | Self::Stomp)
    }

    /// Whether it belongs to the handshake, whose headers are never escaped: the version that
    /// decides about escapes is only agreed on by these frames.
    pub const fn is_handshake(self) -> bool {
        matches!(self, Self::Connect | Self::Stomp | Self::Connected)
    }

    /// Whether its frames may have a body: `SEND`, `MESSAGE` and `ERROR`.
    pub const fn allows_body(self) -> bool {
        matches!(self, Self::Send | Self::Message | Self::Error)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
