//! One hub with what the platform keeps for it: sockets, alarm, timer.

use std::collections::BTreeMap;
use std::rc::Rc;

use presence::config::HubConfig;
use presence::effects::{Attached, Step, Turn};
use presence::hub::Hub;
use presence::ids::{SessionId, SocketKey, UserId};
use presence::sqlite::SqliteStore;
use presence::store::{Row, Store};
use presence::time::Millis;

use super::{ClientId, Seed};

pub type TestHub = Hub<Rc<SqliteStore>>;

/// An open socket as the platform keeps it: with its attachment.
#[derive(Clone)]
pub struct Socket {
    pub client: ClientId,
    pub session: Option<(SessionId, u32)>,
    pub opened_at: Millis,
    pub last_frame: Millis,
    /// When it beat for the first time, and when it stopped.
    pub beats: Option<(Millis, Option<Millis>)>,
    pub token_expires_at: Option<Millis>,
    /// Half open: what is sent to it arrives nowhere.
    pub deaf: bool,
}

pub struct Node {
    user: UserId,
    config: HubConfig,
    disk: Rc<SqliteStore>,
    hub: TestHub,
    pub sockets: BTreeMap<SocketKey, Socket>,
    /// By the world's clock, as the timer.
    pub alarm: Option<Millis>,
    pub timer: Option<Millis>,
    /// Refuses every call while false.
    pub reachable: bool,
    /// This hub's clock, against the world's.
    pub skew: i64,
}

impl Node {
    pub fn new(user: &UserId, config: HubConfig) -> Self {
        let disk = Rc::new(SqliteStore::in_memory().unwrap());
        let hub = Hub::new(disk.clone(), user.clone(), config);
        let sockets = BTreeMap::new();
        let user = user.clone();
        Self {
            user,
            config,
            disk,
            hub,
            sockets,
            alarm: None,
            timer: None,
            reachable: true,
            skew: 0,
        }
    }

    pub fn store(&self) -> &SqliteStore {
        &self.disk
    }

    /// A new hub value over the same storage.
    pub fn restart(&mut self) {
        self.hub = Hub::new(self.disk.clone(), self.user.clone(), self.config);
    }

    /// The same with other settings.
    pub fn reconfigure(&mut self, config: HubConfig) {
        self.config = config;
        self.restart();
    }

    pub fn input<T>(
        &mut self,
        now: Millis,
        seed: &mut Seed,
        input: impl FnOnce(&mut TestHub, Turn<'_>) -> Step<T>,
    ) -> Step<T> {
        let sockets = self.attached(now);
        let clock = now + self.skew;
        input(
            &mut self.hub,
            Turn { clock, sockets, alarm: self.alarm.map(|at| at + self.skew), entropy: seed },
        )
    }

    pub fn attached(&self, now: Millis) -> Vec<Attached> {
        let interval = self.config.heartbeat;
        let attached = |(key, socket): (&SocketKey, &Socket)| Attached {
            key: *key,
            session: socket.session.clone(),
            opened_at: socket.opened_at,
            last_seen: socket.last_seen(now, interval) + self.skew,
            token_expires_at: socket.token_expires_at,
        };
        self.sockets.iter().map(attached).collect()
    }

    /// Rows of a query, for looking at the tables.
    pub fn rows(&self, sql: &str) -> Vec<Row> {
        self.disk.query(sql, &[]).unwrap()
    }
}

impl Socket {
    /// The later of the last frame and the last beat that the platform answered.
    fn last_seen(&self, now: Millis, interval: i64) -> Millis {
        let beat = self.beats.map_or(self.opened_at, |(from, to)| {
            let until = to.unwrap_or(now).min(now);
            from + until.since(from).max(0) / interval * interval
        });
        self.last_frame.max(beat).max(self.opened_at)
    }
}
