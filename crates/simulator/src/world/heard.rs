//! What arrived at clients, in order, for whoever compares it with what others heard.

use presence::close::CloseCode;
use presence::effects::ServerMessage;
use presence::ids::SocketKey;

use super::World;

/// Something arrived on an open socket whose client was there.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When.
    pub at: i64,
    /// On which socket.
    pub socket: SocketKey,
    /// What.
    pub what: Sound,
}

/// What can arrive.
#[derive(Clone, Debug)]
pub enum Sound {
    /// The hub said this.
    Said(Box<ServerMessage>),
    /// The hub closed the socket.
    Closed(CloseCode),
}

impl World {
    pub(super) fn hear(&mut self, socket: SocketKey, what: impl FnOnce() -> Sound) {
        let at = self.now;
        if let Some(heard) = &mut self.heard {
            heard.push(Heard { at, socket, what: what() });
        }
    }
}
