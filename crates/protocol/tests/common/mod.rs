//! What several tests need: ids, presences, and a STOMP connection that is fed text.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]
#![allow(dead_code, reason = "each test binary uses its own part")]

use presence::effects::{ServerMessage, Welcome};
use presence::ids::{ResumeToken, SessionId, UserId};
use presence::state::{Presence, Status};
use presence::time::Millis;
use protocol::stomp::{Action, Connection};
use stomp::{Event, Frame, Limits, Parser, Version};

pub(crate) const NOW: Millis = Millis(1_795_491_606_120);

pub(crate) fn user(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

pub(crate) fn presence(of: &str, version: i64) -> Presence {
    Presence {
        user_id: user(of),
        online: true,
        status: Status::Online,
        message: None,
        devices: Vec::new(),
        last_active_at: Some(NOW),
        version,
        as_of: NOW,
    }
}

pub(crate) fn welcome() -> ServerMessage {
    ServerMessage::Welcome(Welcome {
        session: SessionId::new(&user("ann"), [1; 16]),
        user: user("ann"),
        session_ttl_ms: 60_000,
        heartbeat_ms: 25_000,
        resume_token: ResumeToken::new([2; 16]),
        resumed: false,
        server_time: NOW,
    })
}

/// A STOMP connection with a convenient way in and out.
pub(crate) struct Client {
    pub(crate) connection: Connection,
    pub(crate) version: Version,
    /// Whether another socket of the user holds the topic that is given up.
    pub(crate) elsewhere: bool,
}

impl Client {
    pub(crate) fn new(version: Version) -> Self {
        Self { connection: Connection::new(Some(version), NOW), version, elsewhere: false }
    }

    /// After CONNECT in STOMP 1.2, welcomed.
    pub(crate) fn connected() -> Self {
        Self::connected_as(Version::V12)
    }

    pub(crate) fn connected_as(version: Version) -> Self {
        let mut client = Self::new(version);
        let accept = if version == Version::V10 {
            String::new()
        } else {
            format!("accept-version:{version}\n")
        };
        let action = client.one(&format!("CONNECT\n{accept}host:x\n\n\0"));
        assert!(matches!(action, Action::Connect { .. }), "{action:?}");
        client.connection.deliver(&welcome());
        client
    }

    /// All actions that these bytes lead to.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Vec<Action> {
        self.connection.push(bytes);
        let elsewhere = self.elsewhere;
        std::iter::from_fn(|| self.connection.advance(&|_| elsewhere)).collect()
    }

    /// The one action that this text leads to.
    pub(crate) fn one(&mut self, text: &str) -> Action {
        let mut actions = self.bytes(text.as_bytes());
        assert_eq!(actions.len(), 1, "{text:?}: {actions:?}");
        actions.remove(0)
    }

    /// The frames that this text is answered with, without the domain.
    pub(crate) fn sent(&mut self, text: &str) -> Vec<Frame> {
        match self.one(text) {
            Action::Send(frames) => self.read(&frames),
            other => panic!("{text:?}: {other:?}"),
        }
    }

    pub(crate) fn subscribe(&mut self, id: &str, destination: &str) -> Action {
        self.one(&format!("SUBSCRIBE\nid:{id}\ndestination:{destination}\n\n\0"))
    }

    pub(crate) fn deliver(&mut self, message: &ServerMessage) -> Vec<Frame> {
        let frames = self.connection.deliver(message);
        self.read(&frames)
    }

    pub(crate) fn read(&self, texts: &[String]) -> Vec<Frame> {
        texts.iter().map(|text| frame(text, self.version)).collect()
    }
}

/// Exactly one frame.
pub(crate) fn frame(text: &str, version: Version) -> Frame {
    let mut parser = Parser::with_version(Limits::default(), version);
    parser.push(text.as_bytes());
    let Ok(Some(Event::Frame(frame))) = parser.next() else { panic!("no frame: {text:?}") };
    assert!(parser.pending().is_empty(), "more than a frame: {text:?}");
    frame
}

pub(crate) fn body(frame: &Frame) -> serde_json::Value {
    serde_json::from_slice(&frame.body).unwrap()
}
