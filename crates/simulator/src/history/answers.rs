//! What the hub answers to commands, at once or later.

use presence::effects::{Command, ServerMessage};
use presence::ids::SocketKey;
use serde_json::Value;

use super::player::Player;
use crate::world::heard::Sound;

impl Player {
    /// Sends a command; its answer if it came at once.
    pub(super) fn say(&mut self, device: usize, command: Command, from: usize) -> Option<Value> {
        let key = self.up(device)?;
        let before = self.world.devices[device].unanswered.clone();
        self.world.say(device, command, true);
        let answer = self.answer_in(from, key, None);
        if answer.is_none() {
            let mark = self.world.devices[device].unanswered.difference(&before).next().cloned();
            self.waiting.extend(mark.map(|mark| (self.operations.len(), mark)));
        }
        answer
    }

    /// The answer on this socket among what was heard since, of this mark or the first.
    pub(super) fn answer_in(
        &self,
        from: usize,
        key: SocketKey,
        mark: Option<&str>,
    ) -> Option<Value> {
        let heard = self.world.heard.as_ref()?.get(from..)?;
        heard.iter().filter(|heard| heard.socket == key).find_map(|heard| match &heard.what {
            Sound::Said(message) => answer(message, mark),
            Sound::Closed(_) => None,
        })
    }

    /// Takes the answers that came later.
    pub(super) fn take_late_answers(&mut self) {
        let heard = self.world.heard.take().unwrap_or_default();
        for (operation, mark) in std::mem::take(&mut self.waiting) {
            self.operations[operation].answer = heard.iter().find_map(|heard| match &heard.what {
                Sound::Said(message) => answer(message, Some(&mark)),
                Sound::Closed(_) => None,
            });
        }
        self.world.heard = Some(heard);
    }
}

/// As it stands on the wire, if it is an answer (to what has this mark).
fn answer(message: &ServerMessage, mark: Option<&str>) -> Option<Value> {
    let (ServerMessage::Reply { correlation, .. } | ServerMessage::Refused { correlation, .. }) =
        message
    else {
        return None;
    };
    let fits = mark.is_none() || correlation.as_deref() == mark;
    fits.then(|| wire(message))
}

/// As it stands on the wire of the native protocol.
pub(super) fn wire(message: &ServerMessage) -> Value {
    serde_json::from_str(&protocol::json::encode(message)).unwrap_or(Value::Null)
}
