//! How a hub is set, as an input chooses.

use presence::config::MOST_EVENTS;
use presence::mirror::Refresh;
use presence::outbox::{Publishing, WhenFull};

use super::Shell;

/// So few that a short history fills it.
const LITTLE_ROOM: usize = 12;

impl Shell {
    /// With Redis and Kafka or without, and how they are kept: told from the length of an input and from its
    /// last byte, so that what was found before still means what it meant.
    pub(crate) fn set_by(mut self, input: &[u8]) -> Self {
        let ways = [Refresh::Off, Refresh::Exact, Refresh::Transitions];
        self.config.refresh = ways[input.len() % ways.len()];
        let last = usize::from(input.last().copied().unwrap_or(0));
        self.config.publishing =
            [Publishing::Off, Publishing::Full, Publishing::Metadata][last % 3];
        self.config.when_full = [WhenFull::Block, WhenFull::DropOldest][last / 3 % 2];
        self.room = [MOST_EVENTS, LITTLE_ROOM][last / 6 % 2];
        self.restart();
        self
    }
}
