//! Of all that hubs say to a socket, what its client gets: a STOMP connection passes on of presence
//! only what was subscribed to.

use std::collections::BTreeMap;

use presence::close::CloseCode;
use presence::effects::ServerMessage;
use presence::ids::SocketKey;
use presence::state::Presence;

use super::answers::wire;
use super::player::Player;
use super::seen::Frame;
use crate::world::BEGIN;
use crate::world::heard::{Heard, Sound};

/// What passed.
#[derive(Default)]
pub(super) struct Sieve {
    pub frames: BTreeMap<SocketKey, Vec<Frame>>,
    pub closed: BTreeMap<SocketKey, CloseCode>,
    /// By device and target: the versions that were told, and when first.
    pub told: BTreeMap<(usize, String), BTreeMap<i64, i64>>,
}

impl Player {
    /// Sifts what was heard since the last time, by the subscriptions of now.
    pub(super) fn sift(&mut self) {
        let heard = self.world.heard.take().unwrap_or_default();
        for one in heard.iter().skip(self.sifted) {
            self.sift_one(one);
        }
        self.sifted = heard.len();
        self.world.heard = Some(heard);
    }

    fn sift_one(&mut self, heard: &Heard) {
        match &heard.what {
            Sound::Closed(code) => drop(self.sieve.closed.insert(heard.socket, *code)),
            // Answers stand beside what they answer.
            Sound::Said(message) if is_answer(message) => {}
            Sound::Said(message) => {
                if let Some(message) = self.pass(heard, message) {
                    let frame = Frame { at: heard.at - BEGIN, body: wire(&message) };
                    self.sieve.frames.entry(heard.socket).or_default().push(frame);
                }
            }
        }
    }

    fn pass(&mut self, heard: &Heard, message: &ServerMessage) -> Option<ServerMessage> {
        let presences = match message {
            ServerMessage::Presence(presence) => vec![presence.clone()],
            ServerMessage::Presences(several) => several.clone(),
            other => return Some(other.clone()),
        };
        let of = |kit: &super::player::Kit| {
            kit.sockets.last().is_some_and(|(key, _)| *key == heard.socket)
        };
        let device = self.kits.iter().position(of)?;
        let kit = &self.kits[device];
        let sees =
            |presence: &Presence| kit.hears_all || kit.topics.contains(presence.user_id.as_str());
        let passed: Vec<Presence> = presences.into_iter().filter(sees).collect();
        for presence in &passed {
            let name = (device, presence.user_id.as_str().to_owned());
            let told = self.sieve.told.entry(name).or_default();
            told.entry(presence.version).or_insert(heard.at);
        }
        (!passed.is_empty()).then_some(ServerMessage::Presences(passed))
    }
}

fn is_answer(message: &ServerMessage) -> bool {
    matches!(message, ServerMessage::Reply { .. } | ServerMessage::Refused { .. })
}
