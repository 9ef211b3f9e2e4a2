//! CONNECT and STOMP, and the CONNECTED that answers them.

use ::stomp::{Command as Verb, Frame, HeartBeat, Version};
use presence::effects::Welcome;
use presence::ids::ResumeToken;
use presence::state::Protocol;

use super::violation::Violation;
use super::{Action, Connection};

const SERVER: &str = concat!("rollcall/", env!("CARGO_PKG_VERSION"));

impl Connection {
    pub(super) fn connect(&mut self, frame: &Frame) -> Result<Action, Violation> {
        let Some(version) = negotiate(frame.header("accept-version"), self.offered) else {
            return Err(Violation::protocol("STOMP 1.0, 1.1 and 1.2 are spoken here"));
        };
        self.heart_beat = frame
            .header("heart-beat")
            .map_or(Ok(HeartBeat::default()), HeartBeat::parse)
            .map_err(|why| Violation::protocol(why.to_string()))?;
        self.version = Some(version);
        self.parser.set_version(version);
        let resume = frame.header("resume-token").filter(|token| !token.is_empty());
        Ok(Action::Connect {
            protocol: protocol(version),
            resume: resume.map(ResumeToken::received),
        })
    }

    pub(super) fn connected_frame(&self, welcome: &Welcome) -> Frame {
        let heartbeat = u32::try_from(welcome.heartbeat_ms).unwrap_or(u32::MAX);
        let version = self.version.unwrap_or(Version::V12);
        Frame::new(Verb::Connected)
            .with_header("version", version.as_str())
            .with_header("session", welcome.session.as_str())
            .with_header("resume-token", welcome.resume_token.as_str())
            .with_header("heart-beat", &answer(self.heart_beat, heartbeat).to_string())
            .with_header("server", SERVER)
    }
}

/// The version of the subprotocol where the client accepts it, since both sides agreed on it
/// already; else the newest that the client accepts.
fn negotiate(accepted: Option<&str>, offered: Option<Version>) -> Option<Version> {
    let agreed = offered.filter(|version| {
        accepted.is_some_and(|list| list.split(',').any(|item| item.trim() == version.as_str()))
    });
    agreed.or_else(|| Version::negotiate(accepted))
}

fn protocol(version: Version) -> Protocol {
    match version {
        Version::V10 => Protocol::Stomp10,
        Version::V11 => Protocol::Stomp11,
        Version::V12 => Protocol::Stomp12,
    }
}

/// What the server offers in turn. Every beat of the client is answered, so the server's beats come
/// as often as the client's: it must want them as often as the client wants its own (but often
/// enough for the session), and can then promise exactly that rate. A client that sends none is
/// promised none.
fn answer(client: HeartBeat, heartbeat: u32) -> HeartBeat {
    let wanted = match client.want_ms {
        0 => heartbeat,
        want => want.max(client.send_ms).min(heartbeat),
    };
    let promised = if client.send_ms == 0 { 0 } else { client.send_ms.max(wanted) };
    HeartBeat { send_ms: promised, want_ms: wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_promised_rate_is_the_rate_at_which_the_client_will_beat() {
        for (send, want) in [(1000, 1000), (10_000, 10_000), (1000, 30_000), (40_000, 1000), (7, 0)]
        {
            let client = HeartBeat { send_ms: send, want_ms: want };
            let server = answer(client, 25_000);
            let clients_pace = client.negotiate(server).send_ms;
            assert_eq!(server.send_ms, clients_pace, "{client}");
        }
    }

    #[test]
    fn a_client_that_sends_no_beats_is_promised_none() {
        assert_eq!(answer(HeartBeat { send_ms: 0, want_ms: 5000 }, 25_000).send_ms, 0);
    }

    #[test]
    fn the_server_never_wants_beats_more_rarely_than_the_session_needs_them() {
        for want in [0, 1, 24_000, 60_000] {
            let server = answer(HeartBeat { send_ms: 1, want_ms: want }, 25_000);
            assert!((1..=25_000).contains(&server.want_ms), "{want}");
        }
    }

    #[test]
    fn the_subprotocol_decides_where_the_client_accepts_its_version() {
        assert_eq!(negotiate(Some("1.0,1.1,1.2"), Some(Version::V11)), Some(Version::V11));
        assert_eq!(negotiate(Some("1.0,1.1"), Some(Version::V12)), Some(Version::V11));
        assert_eq!(negotiate(None, Some(Version::V12)), Some(Version::V10));
        assert_eq!(negotiate(Some("2.0"), Some(Version::V12)), None);
    }
}
