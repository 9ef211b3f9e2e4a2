//! What a hibernating socket keeps: arbitrary bytes in its place, and whatever a client can put in.

use arbitrary::{Arbitrary, Unstructured};
use presence::ids::{ResumeToken, SessionId, SocketKey, UserId};
use presence::state::{Device, DeviceType, Protocol};
use presence::time::Millis;
use protocol::attachment::{Attachment, MAX_ATTACHMENT, Pending, Speaks};
use protocol::stomp::Connection;
use stomp::Version;

use crate::pieces::split;

/// What was attached is read back as the same and always fits; other bytes are refused, or are read as
/// something that is written and read as the same, and that a connection can go on with.
pub fn attachments(data: &[u8]) {
    let Some(([choice], rest)) = split(data) else { return };
    if choice % 2 == 0 {
        if let Some(read) = Attachment::decode(rest) {
            assert_eq!(Attachment::decode(&read.encode()).as_ref(), Some(&read));
            take_up(&read);
        }
    } else if let Ok(client) = Client::arbitrary(&mut Unstructured::new(rest)) {
        let attached = client.attachment();
        let bytes = attached.encode();
        assert!(bytes.len() <= MAX_ATTACHMENT, "{} bytes", bytes.len());
        assert_eq!(Attachment::decode(&bytes), Some(attached));
    }
}

fn take_up(read: &Attachment) {
    let attached = read.attached(Some(Millis(1)));
    assert!(attached.last_seen >= read.opened_at.max(read.last_frame_at));
    let Some(saved) = read.stomp.clone() else { return };
    if let Some(mut connection) = Connection::restore(saved, &read.half, Millis(0)) {
        let mut actions = 0;
        while connection.advance(&|_| false).is_some() {
            actions += 1;
            assert!(actions <= read.half.len() + 1, "an action for no byte");
        }
    }
}

/// A client that says as much as it can. The texts are repeated, since only long ones are dangerous.
#[derive(Arbitrary, Debug)]
struct Client<'a> {
    resume: Option<&'a str>,
    name: Option<(&'a str, u8)>,
    os: Option<(&'a str, u8)>,
    app_version: Option<(&'a str, u8)>,
    user_agent: Option<(&'a str, u8)>,
    country: Option<&'a str>,
    colo: Option<&'a str>,
    long_user: bool,
    begun: bool,
    /// So many subscriptions, with ids of this text.
    subscriptions: (u8, &'a str, u8),
    half: (&'a [u8], u8),
}

fn long(text: Option<(&str, u8)>) -> Option<String> {
    text.map(|(text, times)| text.repeat(usize::from(times)))
}

impl Client<'_> {
    fn attachment(&self) -> Attachment {
        let user = UserId::parse(&"u".repeat(if self.long_user { 128 } else { 1 })).unwrap();
        let pending = (!self.begun).then(|| self.pending());
        let (stomp, half) = self.connection();
        Attachment {
            key: SocketKey(u64::MAX),
            bound: self.begun.then(|| (SessionId::new(&user, [255; 16]), u32::MAX)),
            user,
            opened_at: Millis(1_795_491_606_120),
            last_frame_at: Millis(1_795_491_606_120),
            token_expires_at: Some(Millis(1_795_491_606_120)),
            speaks: Some(Speaks::Stomp),
            pending,
            stomp: Some(stomp),
            closing: false,
            half,
        }
    }

    fn pending(&self) -> Pending {
        let device = Device {
            kind: Some(DeviceType::Desktop),
            name: long(self.name),
            os: long(self.os),
            app_version: long(self.app_version),
        };
        let pending = Pending {
            resume: self.resume.map(ResumeToken::received),
            device,
            user_agent: long(self.user_agent),
            country: self.country.map(str::to_owned),
            colo: self.colo.map(str::to_owned),
        };
        let bounded = pending.bounded();
        let connect = bounded.clone().connect(SocketKey(1), Protocol::Json, None);
        assert!(connect.wants_presence);
        assert_eq!(bounded.clone().bounded(), bounded, "bounded twice is bounded once");
        bounded
    }

    fn connection(&self) -> (protocol::stomp::Saved, Vec<u8>) {
        let mut connection = Connection::new(Some(Version::V12), Millis(0));
        if self.begun {
            connection.push(b"CONNECT\naccept-version:1.2\nhost:x\n\n\0");
            let (count, id, times) = self.subscriptions;
            let id = id.replace(['\n', '\r', '\0', ':', '\\'], "\\\\").repeat(usize::from(times));
            for number in 0..count {
                let text =
                    format!("SUBSCRIBE\nid:{number}{id}\ndestination:/user/queue/presence\n\n\0");
                connection.push(text.as_bytes());
                while connection.advance(&|_| false).is_some() {}
            }
        }
        let (half, times) = self.half;
        connection.push(b"SEND\n");
        connection.push(&half.repeat(usize::from(times)));
        while connection.advance(&|_| false).is_some() {}
        let (saved, half) = connection.save();
        (saved, half.to_vec())
    }
}
