//! The facts of a hub as rows, held in memory while the object lives and written when they change.

use crate::bitmap::Bitmap;
use crate::ids::{SessionId, SocketKey};
use crate::marks::Mirror;
use crate::outbox_rows::Outbox;
use crate::schema;
use crate::state::{Device, EndReason, Protocol, Status};
use crate::store::{Row, Store, StoreError, Value};
use crate::time::Millis;

/// One row: the user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    /// Counts every change; the `version` that the owner's devices see.
    pub revision: i64,
    /// Counts every change that others see.
    pub version: i64,
    /// Set by the user: `Away`, `Busy` or `Invisible`; `None` is `ONLINE`.
    pub declared: Option<Status>,
    /// Set by the user beside the status.
    pub message: Option<String>,
    /// When `version` last grew.
    pub changed_at: Millis,
    /// The last proof of life of a session that has ended.
    pub last_active: Option<Millis>,
    /// The same, as far as others may know: frozen while the user is hidden.
    pub public_active: Option<Millis>,
    /// When the last session ended: leases run from here.
    pub ended_at: Millis,
    /// The last generation of any edge that this user made (rules, 5).
    pub generation: i64,
    /// A wake is due: ask all targets what changed since then (0: everything).
    pub wake: Option<Millis>,
    /// When the last wake's answers were all sent: a socket that proved its life later has them.
    pub woken_at: Millis,
    /// Whether the directory knows this user.
    pub registered: bool,
    /// The newest time in these tables: `now` never lies before it (rules, 4).
    pub newest: Millis,
    /// What Redis has not confirmed.
    pub mirror: Mirror,
    /// The sequences of the events.
    pub outbox: Outbox,
}

/// Where a session's socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Attached: the deadline is a TTL after the socket's last proof of life.
    Attached,
    /// Closed with a close event.
    Closed {
        /// When.
        at: Millis,
        /// The socket's last proof of life.
        seen: Millis,
        /// What its end will be called if nobody comes back.
        reason: EndReason,
    },
    /// The socket was gone and no close event had come (rules, 1).
    Vanished {
        /// Discovery plus a TTL.
        until: Millis,
    },
}

/// One row: a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionRow {
    pub id: SessionId,
    /// The number of the current attach (rules, 3).
    pub connection: u32,
    pub protocol: Protocol,
    pub device: Device,
    pub user_agent: Option<String>,
    pub country: Option<String>,
    pub colo: Option<String>,
    pub connected_at: Millis,
    /// When the current socket was attached.
    pub attached_at: Millis,
    pub heartbeat: i64,
    pub resume_hash: Vec<u8>,
    /// `scope:"device"`, `AWAY`.
    pub away: bool,
    /// What this session's client may lack and has not asked for yet (a STOMP socket asks when it
    /// subscribes to the queue): anything since then (0: everything).
    pub unasked: Option<Millis>,
    pub link: Link,
}

/// One row: what the audience was told. Asleep: has no socket, will ask when it wakes. Owed: was
/// missed by a pass. Unseen: does not stand among those who would be told now, since it is asleep, or
/// hides and may show nothing that somebody asleep would not (rules, 12).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Follower {
    pub told: i64,
    /// When the last pass or repeat was over: a watcher last heard of before may have missed it.
    pub told_at: Millis,
    /// The next free slot.
    pub slots: i64,
    pub asleep: Bitmap,
    pub owed: Bitmap,
    pub unseen: Bitmap,
    /// Counts how often `unseen` changed while the audience did not.
    pub naps: i64,
}

/// All of it, with marks of what is to be written.
#[derive(Debug, Default)]
pub(crate) struct Core {
    /// The schema's version in storage; 0: this hub has no row of any kind.
    pub schema: usize,
    pub meta: Meta,
    pub sessions: Vec<SessionRow>,
    pub follower: Follower,
    /// All own subscriptions are confirmed. Written with what is written anyway: an edge that is not
    /// confirmed any more has taken a new generation, so that it is written at once.
    pub settled: bool,
    stored: Stored,
}

/// What storage holds, to write only what differs.
#[derive(Debug, Default)]
struct Stored {
    meta: Meta,
    sessions: Vec<SessionRow>,
}

/// What a presence is made of, at one time.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub meta: &'a Meta,
    pub sessions: &'a [SessionRow],
}

impl Meta {
    /// Whether others see this user as offline whatever they do.
    pub(crate) fn hidden(&self) -> bool {
        self.declared == Some(Status::Invisible)
    }
}

const META: &str = "SELECT revision, version, declared, message, changed_at, last_active, public_active, \
    ended_at, generation, wake, registered, newest, woken_at, settled, mirror, outbox FROM meta WHERE id = 1";
const SAVE_META: &str = "INSERT INTO meta (id, revision, version, declared, message, changed_at, last_active, \
    public_active, ended_at, generation, wake, registered, newest, woken_at, settled, mirror, outbox) \
    VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16) ON CONFLICT (id) DO UPDATE SET \
    revision = ?1, version = ?2, declared = ?3, message = ?4, changed_at = ?5, last_active = ?6, \
    public_active = ?7, ended_at = ?8, generation = ?9, wake = ?10, registered = ?11, newest = ?12, woken_at = ?13, \
    settled = ?14, mirror = ?15, outbox = ?16";
const SESSIONS: &str = "SELECT id, connection, protocol, device, user_agent, country, colo, connected_at, \
    attached_at, heartbeat, resume_hash, away, closed_at, seen_at, close_reason, vanished_until, unasked \
    FROM sessions ORDER BY connected_at, id";
const SAVE_SESSION: &str = "INSERT INTO sessions (id, connection, protocol, device, user_agent, country, colo, \
    connected_at, attached_at, heartbeat, resume_hash, away, closed_at, seen_at, close_reason, vanished_until, unasked) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) ON CONFLICT (id) DO UPDATE SET \
    connection = ?2, protocol = ?3, device = ?4, user_agent = ?5, country = ?6, colo = ?7, attached_at = ?9, \
    heartbeat = ?10, away = ?12, closed_at = ?13, seen_at = ?14, close_reason = ?15, vanished_until = ?16, unasked = ?17";
const DROP_SESSION: &str = "DELETE FROM sessions WHERE id = ?";
const FOLLOWER: &str =
    "SELECT told, slots, asleep, owed, told_at, naps, unseen FROM follower WHERE id = 1";
const SAVE_FOLLOWER: &str = "INSERT INTO follower (id, told, slots, asleep, owed, told_at, naps, unseen) \
    VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET \
    told = ?1, slots = ?2, asleep = ?3, owed = ?4, told_at = ?5, naps = ?6, unseen = ?7";

impl Core {
    /// Reads everything; an older schema is brought up to date first.
    pub(crate) fn load(store: &impl Store) -> Result<Self, StoreError> {
        let mut core = Self { schema: schema::version(store)?, ..Self::default() };
        if core.schema == 0 {
            return Ok(core);
        }
        core.upgrade(store)?;
        let meta = store.query(META, &[])?;
        core.meta = meta.first().map(meta_from).unwrap_or_default();
        core.settled = meta.first().and_then(|row| row.get(13)?.integer()) == Some(1);
        core.sessions = store.query(SESSIONS, &[])?.iter().filter_map(session_from).collect();
        core.follower = store.query(FOLLOWER, &[])?.first().map(follower_from).unwrap_or_default();
        // Nobody was told what never was; believed, it would be owed and sent without an end.
        core.follower.told = core.follower.told.min(core.meta.version);
        core.remember();
        Ok(core)
    }

    /// Called before the first write of a turn: creates or upgrades the tables.
    pub(crate) fn upgrade(&mut self, store: &impl Store) -> Result<(), StoreError> {
        if self.schema < schema::MIGRATIONS.len() {
            schema::migrate(store, self.schema)?;
            self.schema = schema::MIGRATIONS.len();
        }
        Ok(())
    }

    /// Writes the user and the sessions where they differ from what is stored.
    pub(crate) fn save(&mut self, store: &impl Store, now: Millis) -> Result<(), StoreError> {
        if !self.is_changed() {
            return Ok(());
        }
        self.upgrade(store)?;
        for gone in self.stored.sessions.iter().filter(|s| self.session(&s.id).is_none()) {
            store.execute(DROP_SESSION, &[gone.id.as_str().into()])?;
        }
        for row in self.sessions.iter().filter(|row| !self.stored.sessions.contains(row)) {
            store.execute(SAVE_SESSION, &session_values(row))?;
        }
        if self.meta != self.stored.meta {
            self.meta.newest = self.meta.newest.max(now);
            store.execute(SAVE_META, &meta_values(&self.meta, self.settled))?;
        }
        self.remember();
        Ok(())
    }

    /// Writes the audience's one row.
    pub(crate) fn save_follower(&mut self, store: &impl Store) -> Result<(), StoreError> {
        self.upgrade(store)?;
        let f = &self.follower;
        let bits = |set: &Bitmap| Value::from(set.as_bytes().to_vec());
        let (asleep, owed, unseen) = (bits(&f.asleep), bits(&f.owed), bits(&f.unseen));
        let (told_at, naps) = (f.told_at.into(), f.naps.into());
        let values = [f.told.into(), f.slots.into(), asleep, owed, told_at, naps, unseen];
        store.execute(SAVE_FOLLOWER, &values)
    }

    fn remember(&mut self) {
        self.stored.meta = self.meta.clone();
        self.stored.sessions = self.sessions.clone();
    }

    /// A session by its id.
    pub(crate) fn session(&self, id: &SessionId) -> Option<&SessionRow> {
        self.sessions.iter().find(|row| row.id == *id)
    }

    /// A session by its id, to change it.
    pub(crate) fn session_mut(&mut self, id: &SessionId) -> Option<&mut SessionRow> {
        self.sessions.iter_mut().find(|row| row.id == *id)
    }

    /// The user and the sessions as they are now.
    pub(crate) fn facts(&self) -> Facts<'_> {
        Facts { meta: &self.meta, sessions: &self.sessions }
    }

    /// The same as they are stored: as they were when the turn began, until it saves them.
    pub(crate) fn stored(&self) -> Facts<'_> {
        Facts { meta: &self.stored.meta, sessions: &self.stored.sessions }
    }

    /// Whether anything of the user and the sessions is to be written.
    pub(crate) fn is_changed(&self) -> bool {
        self.meta != self.stored.meta || self.sessions != self.stored.sessions
    }

    /// The newest time that the rows hold.
    pub(crate) fn newest(&self) -> Millis {
        let of_row = |row: &SessionRow| match row.link {
            Link::Closed { at, .. } => at.max(row.attached_at),
            Link::Attached | Link::Vanished { .. } => row.attached_at,
        };
        self.sessions.iter().map(of_row).fold(self.meta.newest, Millis::max)
    }
}

/// A socket that a session is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    pub key: SocketKey,
    pub last_seen: Millis,
}

fn meta_from(row: &Row) -> Meta {
    let number = |at: usize| row.get(at).and_then(Value::integer);
    let text = |at: usize| row.get(at).and_then(Value::text);
    Meta {
        revision: number(0).unwrap_or(0),
        version: number(1).unwrap_or(0),
        declared: text(2).and_then(Status::parse),
        message: text(3).map(str::to_owned),
        changed_at: Millis(number(4).unwrap_or(0)),
        last_active: number(5).map(Millis),
        public_active: number(6).map(Millis),
        ended_at: Millis(number(7).unwrap_or(0)),
        generation: number(8).unwrap_or(0),
        wake: number(9).map(Millis),
        registered: number(10) == Some(1),
        newest: Millis(number(11).unwrap_or(0)),
        woken_at: Millis(number(12).unwrap_or(0)),
        mirror: Mirror::from_column(text(14)),
        outbox: Outbox::from_column(text(15)),
    }
}

fn meta_values(meta: &Meta, settled: bool) -> [Value; 16] {
    [
        meta.revision.into(),
        meta.version.into(),
        meta.declared.map(Status::as_str).into(),
        meta.message.clone().into(),
        meta.changed_at.into(),
        meta.last_active.into(),
        meta.public_active.into(),
        meta.ended_at.into(),
        meta.generation.into(),
        meta.wake.into(),
        i64::from(meta.registered).into(),
        meta.newest.into(),
        meta.woken_at.into(),
        i64::from(settled).into(),
        meta.mirror.to_column().into(),
        meta.outbox.to_column().into(),
    ]
}

/// `None` for a row that no version of this code wrote.
fn session_from(row: &Row) -> Option<SessionRow> {
    let number = |at: usize| row.get(at).and_then(Value::integer);
    let text = |at: usize| row.get(at).and_then(Value::text);
    let closed = number(12).map(|at| Link::Closed {
        at: Millis(at),
        seen: Millis(number(13).unwrap_or(at)),
        reason: text(14).and_then(EndReason::parse).unwrap_or(EndReason::Closed),
    });
    let vanished = number(15).map(|until| Link::Vanished { until: Millis(until) });
    Some(SessionRow {
        id: SessionId::parse(text(0)?)?,
        connection: u32::try_from(number(1)?).ok()?,
        protocol: Protocol::parse(text(2)?)?,
        device: serde_json::from_str(text(3)?).ok()?,
        user_agent: text(4).map(str::to_owned),
        country: text(5).map(str::to_owned),
        colo: text(6).map(str::to_owned),
        connected_at: Millis(number(7)?),
        attached_at: Millis(number(8)?),
        heartbeat: number(9)?,
        resume_hash: row.get(10).and_then(Value::blob)?.to_vec(),
        away: number(11) == Some(1),
        unasked: number(16).map(Millis),
        link: closed.or(vanished).unwrap_or(Link::Attached),
    })
}

fn session_values(row: &SessionRow) -> [Value; 17] {
    let (closed_at, seen_at, reason, vanished) = match row.link {
        Link::Attached => (None, None, None, None),
        Link::Closed { at, seen, reason } => (Some(at), Some(seen), Some(reason.as_str()), None),
        Link::Vanished { until } => (None, None, None, Some(until)),
    };
    [
        row.id.as_str().into(),
        i64::from(row.connection).into(),
        row.protocol.as_str().into(),
        serde_json::to_string(&row.device).unwrap_or_else(|_| "{}".into()).into(),
        row.user_agent.clone().into(),
        row.country.clone().into(),
        row.colo.clone().into(),
        row.connected_at.into(),
        row.attached_at.into(),
        row.heartbeat.into(),
        row.resume_hash.clone().into(),
        i64::from(row.away).into(),
        closed_at.into(),
        seen_at.into(),
        reason.into(),
        vanished.into(),
        row.unasked.into(),
    ]
}

fn follower_from(row: &Row) -> Follower {
    let number = |at: usize| row.get(at).and_then(Value::integer).unwrap_or(0);
    let bits =
        |at: usize| row.get(at).and_then(Value::blob).map(Bitmap::from_bytes).unwrap_or_default();
    let told_at = Millis(number(4));
    let (told, slots, naps) = (number(0), number(1), number(5));
    let (asleep, owed, unseen) = (bits(2), bits(3), bits(6));
    Follower { told, told_at, slots, asleep, owed, unseen, naps }
}
