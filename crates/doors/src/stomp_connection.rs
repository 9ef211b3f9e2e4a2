//! One STOMP connection: CONNECT, SUBSCRIBE, SEND and all that, over bytes in any pieces, with its
//! memory lost between them.

use presence::close::CloseCode;
use presence::effects::{Reply, ServerMessage, Welcome};
use presence::errors::{ErrorCode, Refusal};
use presence::ids::{ResumeToken, SessionId, UserId};
use presence::state::{Presence, Status};
use presence::time::Millis;
use protocol::stomp::{Action, Connection, MAX_HALF_FRAME};
use stomp::{Command, Event, Frame, Limits, Parser, Version};

use crate::pieces::{chunks, split};

const NOW: Millis = Millis(1_795_491_606_120);

/// The actions are the same whatever the pieces, and with the memory lost after each; every frame that
/// is given out can be read; what the domain says arrives as JSON in one MESSAGE a subscription.
pub fn stomp_connection(data: &[u8]) {
    let Some(([choice, step], stream)) = split(data) else { return };
    let offered =
        [None, Some(Version::V10), Some(Version::V11), Some(Version::V12)][usize::from(choice % 4)];
    let script = Script { offered, elsewhere: choice & 4 != 0, refusing: choice & 8 != 0 };
    let whole = script.play([stream].into_iter(), false);
    assert_eq!(script.play(chunks(stream, step), false), whole, "cut every {step} bytes");
    if let Some(hibernated) = script.play(chunks(stream, step), true) {
        assert_eq!(Some(hibernated), whole, "hibernated every {step} bytes");
    }
}

struct Script {
    offered: Option<Version>,
    /// Another socket of the user has the topics too.
    elsewhere: bool,
    /// The domain refuses every command.
    refusing: bool,
}

impl Script {
    /// What came of it, as far as it must not depend on the pieces; `None` if more was lost than is kept.
    fn play<'a>(
        &self,
        pieces: impl Iterator<Item = &'a [u8]>,
        hibernating: bool,
    ) -> Option<Vec<String>> {
        let mut connection = Connection::new(self.offered, NOW);
        let mut version = self.offered.unwrap_or(Version::V12);
        let mut heard = Vec::new();
        for piece in pieces {
            connection.push(piece);
            while let Some(action) = connection.advance(&|_| self.elsewhere) {
                heard.extend(self.carry_out(&mut connection, &mut version, action));
            }
            if hibernating {
                let (saved, half) = connection.save();
                assert!(half.len() <= MAX_HALF_FRAME);
                let text = serde_json::to_string(&saved).unwrap();
                let read = serde_json::from_str(&text).unwrap();
                assert_eq!(read, saved, "{text}");
                let half = half.to_vec();
                connection = Connection::restore(read, &half, NOW)?;
            }
        }
        heard.extend(hear_news(&mut connection, version));
        Some(heard)
    }

    fn carry_out(
        &self,
        connection: &mut Connection,
        version: &mut Version,
        action: Action,
    ) -> Vec<String> {
        match action {
            Action::Connect { protocol, resume } => {
                *version = Version::from_subprotocol(protocol.as_str()).unwrap();
                let welcome = connection.deliver(&welcome());
                let [connected] = welcome.as_slice() else { panic!("{welcome:?}") };
                assert_eq!(frame(connected, *version).command, Command::Connected);
                // What was offered as heart-beat is part of it, and is not kept any longer.
                vec![format!("{protocol:?} {:?} {connected}", resume.map(|r| r.hash()))]
            }
            Action::Run { commands, correlation, receipt } => {
                assert!(!commands.is_empty());
                if let Some(receipt) = &receipt {
                    assert_eq!(frame(receipt, *version).command, Command::Receipt);
                }
                let mut heard = vec![format!("{commands:?} {correlation:?} {receipt:?}")];
                heard.extend(self.answer(connection, *version, correlation));
                heard
            }
            Action::Send(frames) => frames.iter().map(|text| plain(text, *version)).collect(),
            Action::Fail { frame: text, close } => {
                assert!(matches!(close, CloseCode::ProtocolError | CloseCode::TooBig));
                assert_eq!(frame(&text, *version).command, Command::Error);
                // A frame may be known to be broken before the piece comes that asks for its receipt.
                let kept = text.lines().filter(|line| !line.starts_with("receipt-id:"));
                vec![format!("{:?} {close:?}", kept.collect::<Vec<_>>())]
            }
        }
    }

    fn answer(
        &self,
        connection: &mut Connection,
        version: Version,
        correlation: Option<String>,
    ) -> Vec<String> {
        let message = if self.refusing {
            connection.refused();
            let refusal = Refusal::new(ErrorCode::TooManySubscriptions, "as many as may be");
            ServerMessage::Refused { correlation, refusal }
        } else {
            ServerMessage::Reply { correlation, reply: Reply::Ok }
        };
        connection.deliver(&message).iter().map(|text| plain(text, version)).collect()
    }
}

/// What subscriptions are told at the end.
fn hear_news(connection: &mut Connection, version: Version) -> Vec<String> {
    let news = [
        ServerMessage::Presence(presence("bo")),
        ServerMessage::Presences(vec![presence("bo"), presence("cy")]),
        ServerMessage::Typing { from: user("bo"), typing: true },
    ];
    let frames = news.iter().flat_map(|message| connection.deliver(message)).collect::<Vec<_>>();
    frames.iter().map(|text| plain(text, version)).collect()
}

/// The frame without its id, which begins anew with each memory.
fn plain(text: &str, version: Version) -> String {
    let read = frame(text, version);
    if read.command == Command::Message {
        let body: serde_json::Value = serde_json::from_slice(&read.body).unwrap();
        assert!(body.is_object(), "{body}");
    }
    let headers: Vec<_> = read.headers.iter().filter(|(name, _)| *name != "message-id").collect();
    format!("{} {headers:?} {}", read.command, String::from_utf8_lossy(&read.body))
}

/// Exactly one frame.
fn frame(text: &str, version: Version) -> Frame {
    let limits = Limits { max_frame: 1 << 20, max_header: 1 << 20, max_headers: 100 };
    let mut parser = Parser::with_version(limits, version);
    parser.push(text.as_bytes());
    let Ok(Some(Event::Frame(frame))) = parser.next() else { panic!("no frame: {text:?}") };
    assert!(parser.pending().is_empty(), "more than a frame: {text:?}");
    frame
}

fn user(text: &str) -> UserId {
    UserId::parse(text).unwrap()
}

fn presence(of: &str) -> Presence {
    Presence {
        user_id: user(of),
        online: true,
        status: Status::Online,
        message: Some("\u{0}:\\\n é".to_owned()),
        devices: Vec::new(),
        last_active_at: Some(NOW),
        version: 1,
        as_of: NOW,
    }
}

fn welcome() -> ServerMessage {
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
