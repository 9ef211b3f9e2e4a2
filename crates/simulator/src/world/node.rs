//! One hub with what the platform keeps for it: storage, sockets, alarm, timer.

use std::collections::{BTreeMap, BTreeSet};

use presence::config::HubConfig;
use presence::effects::{Attached, CallId, Step, Turn};
use presence::hub::Hub;
use presence::ids::{SessionId, SocketKey, UserId};
use presence::time::Millis;

use crate::disk::Disk;
use crate::random::{Random, word};

/// An open socket as the platform keeps it, with its attachment. Times are the hub's.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Which device holds the other end.
    pub device: usize,
    /// What is bound to it; nothing before STOMP's CONNECT.
    pub session: Option<(SessionId, u32)>,
    /// When it was accepted.
    pub opened_at: i64,
    /// When its last frame came.
    pub last_frame: i64,
    /// When its token ends.
    pub token_expires_at: Option<i64>,
    /// By the world's clock: since when, how often, and until when it beats.
    pub beats: Beats,
    /// The client's end is gone; what is sent to it arrives nowhere.
    pub deaf: bool,
}

/// Beats are not events: when the last one came is worked out when somebody looks, as at the edge.
#[derive(Clone, Copy, Debug)]
pub struct Beats {
    /// When the socket opened.
    pub from: i64,
    /// How often.
    pub every: i64,
    /// When they ceased.
    pub until: Option<i64>,
}

/// An alarm that stands: for when (by the hub's clock), and when it fires (by the world's).
#[derive(Clone, Copy, Debug)]
pub struct Alarm {
    /// What the hub asked for.
    pub at: i64,
    /// The how manieth of its hub; the event of an older one finds another number here.
    pub number: u64,
    /// It will fire too late.
    pub late: bool,
}

/// One hub.
pub struct Node {
    /// Whose.
    pub user: UserId,
    /// The same as a number: names what becomes of all that is its own.
    pub name: u64,
    /// Its storage.
    pub disk: Disk,
    hub: Hub<Disk>,
    config: HubConfig,
    room: usize,
    entropy: Random,
    /// Open, as the platform sees it.
    pub sockets: BTreeMap<SocketKey, Socket>,
    /// The one alarm.
    pub alarm: Option<Alarm>,
    /// The one timer: its number; lost with memory.
    pub timer: Option<u64>,
    /// Its clock against the world's.
    pub skew: i64,
    /// Answers no calls before then.
    pub unreachable_until: i64,
    /// Calls under way, by this incarnation.
    pub calls: BTreeSet<CallId>,
    /// The flush under way, by this incarnation.
    pub flushing: Option<CallId>,
    /// The batch of events under way, by this incarnation.
    pub publishing: Option<CallId>,
    /// Rows that statements wrote.
    pub written: u64,
    /// Alarms that were set, which numbers the next one.
    pub alarms_set: u64,
    /// Turns whose effects were carried out.
    pub turns: u64,
    /// When its last turn was, since it is in memory.
    last_turn: Option<i64>,
    /// Since when it could not hibernate, and whether a call is the reason.
    waits: Option<(bool, i64)>,
    /// How often it crashed: close events of sockets from before do not come.
    pub crashes: u32,
    /// How often memory was lost: an answer to an earlier one goes nowhere.
    pub incarnation: u32,
    /// The next commit is followed by a crash after so many effects.
    pub crash_at_commit: Option<usize>,
    /// The next call that takes effect is followed by a crash.
    pub crash_in_flight: bool,
}

impl Node {
    /// A hub that was never touched.
    pub fn new(user: UserId, config: HubConfig, room: usize, entropy: Random) -> Self {
        let disk = Disk::new();
        Self {
            hub: Hub::new(disk.clone(), user.clone(), config).with_room(room),
            name: word(user.as_str()),
            user,
            disk,
            config,
            room,
            entropy,
            sockets: BTreeMap::new(),
            alarm: None,
            timer: None,
            skew: 0,
            unreachable_until: 0,
            calls: BTreeSet::new(),
            flushing: None,
            publishing: None,
            written: 0,
            alarms_set: 0,
            turns: 0,
            last_turn: None,
            waits: None,
            crashes: 0,
            incarnation: 0,
            crash_at_commit: None,
            crash_in_flight: false,
        }
    }

    /// Whether the platform may take it out of memory (rules, 23).
    pub fn may_hibernate(&self) -> bool {
        self.calls.is_empty() && self.timer.is_none()
    }

    /// Whether its next turn finds nothing in memory.
    pub fn is_cold(&self) -> bool {
        self.last_turn.is_none()
    }

    /// Whether it was without work for so long that the platform has taken it out of memory.
    pub fn has_slept(&self, now: i64, after: i64) -> bool {
        self.may_hibernate() && self.last_turn.is_some_and(|at| now - at >= after)
    }

    /// After a turn: from now on something may keep it in memory.
    pub fn wait(&mut self, now: i64) {
        self.last_turn = Some(now);
        self.waits = (!self.may_hibernate()).then_some((!self.calls.is_empty(), now));
    }

    /// Before a turn: for what it stayed in memory until now, and how long.
    pub fn stop_waiting(&mut self, now: i64) -> Option<(bool, i64)> {
        self.waits.take().map(|(calling, since)| (calling, now - since))
    }

    /// Memory goes: a new hub on the same storage, nothing else.
    pub fn forget_memory(&mut self) {
        let hub = Hub::new(self.disk.clone(), self.user.clone(), self.config);
        self.hub = hub.with_room(self.room);
        self.timer = None;
        self.calls.clear();
        (self.flushing, self.publishing) = (None, None);
        (self.waits, self.last_turn) = (None, None);
        self.incarnation += 1;
    }

    /// One turn.
    pub fn turn<T>(
        &mut self,
        clock: i64,
        sockets: Vec<Attached>,
        input: impl FnOnce(&mut Hub<Disk>, Turn<'_>) -> Step<T>,
    ) -> Step<T> {
        let alarm = self.alarm.map(|alarm| Millis(alarm.at));
        let turn = Turn { clock: Millis(clock), sockets, alarm, entropy: &mut self.entropy };
        input(&mut self.hub, turn)
    }

    /// The sockets as a turn finds them. `lost` says which beats did not arrive.
    pub fn attached(&self, now: i64, lost: impl Fn(SocketKey, i64, i64) -> bool) -> Vec<Attached> {
        let attached = |(key, socket): (&SocketKey, &Socket)| {
            let beat = socket.beats.last(now, |number, at| lost(*key, number, at));
            let beat = beat.map_or(i64::MIN, |at| at + self.skew);
            Attached {
                key: *key,
                session: socket.session.clone(),
                opened_at: Millis(socket.opened_at),
                last_seen: Millis(socket.last_frame.max(socket.opened_at).max(beat)),
                token_expires_at: socket.token_expires_at.map(Millis),
            }
        };
        self.sockets.iter().map(attached).collect()
    }
}

impl Beats {
    /// When the last beat came that was not lost (told by its number and its time), if any.
    pub fn last(&self, now: i64, lost: impl Fn(i64, i64) -> bool) -> Option<i64> {
        let until = self.until.unwrap_or(now).min(now);
        let at = |number| self.from + number * self.every;
        let mut number = (until - self.from).max(0) / self.every;
        while number > 0 && lost(number, at(number)) {
            number -= 1;
        }
        (number > 0).then(|| at(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_beat_is_the_last_that_was_neither_lost_nor_after_the_end() {
        let beats = Beats { from: 1_000, every: 25_000, until: None };
        assert_eq!(beats.last(25_999, |_, _| false), None);
        assert_eq!(beats.last(77_000, |_, _| false), Some(76_000));
        assert_eq!(beats.last(77_000, |number, _| number == 3), Some(51_000));
        let silent = Beats { until: Some(60_000), ..beats };
        assert_eq!(silent.last(900_000, |_, _| false), Some(51_000));
    }
}
