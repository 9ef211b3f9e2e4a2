//! One turn: an input's transaction, from the sweep to the effects.
//!
//! Invariant 3: a user's version grows by one with each change that others may see, in
//! [`Scope::finish`] and nowhere else, before anything that carries it is sent.

use crate::calls::Viewer;
use crate::close::CloseCode;
use crate::config::HubConfig;
use crate::core::{Core, Link, Live, SessionRow};
use crate::effects::{Attached, Effect, Entropy, LogEntry, ServerMessage};
use crate::events::{Event, EventKind};
use crate::ids::{SocketKey, UserId};
use crate::projection::{View, project};
use crate::state::{Presence, Session};
use crate::store::{Row, Store, StoreError, Value};
use crate::time::Millis;
use crate::work::Work;

/// What storage refuses ends the turn; everything else is a value.
pub(crate) type Sql<T> = Result<T, StoreError>;

/// Everything that a turn works with.
pub(crate) struct Scope<'a, S: Store> {
    pub store: &'a S,
    pub config: HubConfig,
    /// How many events the outbox may hold.
    pub room: usize,
    pub user: &'a UserId,
    pub core: &'a mut Core,
    pub work: &'a mut Work,
    /// The wall clock, but never before what is stored (rules, 4).
    pub now: Millis,
    pub sockets: Vec<Attached>,
    pub alarm: Option<Millis>,
    pub entropy: &'a mut dyn Entropy,
    pub effects: Vec<Effect>,
    pub events: Vec<Event>,
    /// Whether what this turn changed has its number. Until then what is stored is how the user
    /// looked when the turn began.
    pub numbered: bool,
    /// The alarm may move to a later time.
    pub postpone: bool,
    /// The own devices lost what they were told: they are told once the turn's change has its number.
    pub tell_self: bool,
}

impl<S: Store> Scope<'_, S> {
    /// Whether this turn counts as a change for the owner's devices: what they see differs, or a
    /// session began or ended.
    fn revises(&self) -> bool {
        let of_session = |e: &Event| {
            matches!(e.kind, EventKind::SessionStarted { .. } | EventKind::SessionEnded { .. })
        };
        View::owner(self.core.stored()) != View::owner(self.core.facts())
            || self.events.iter().any(of_session)
    }

    /// Whether others see a difference.
    fn shows(&self) -> bool {
        View::public(self.core.stored()) != View::public(self.core.facts())
    }

    /// Numbers what changed, makes the presence event, and writes the rows. Most turns of a large
    /// audience (an answer to a notice) change nothing, and cost nothing here.
    pub(crate) fn finish(&mut self) -> Sql<()> {
        self.note_whether_settled();
        let changed = self.core.is_changed() && self.number()?;
        self.numbered = true;
        let revision = self.core.meta.revision;
        self.events.iter_mut().for_each(|event| event.revision = revision);
        self.note_whether_open();
        self.record_events()?;
        self.core.save(self.store, self.now)?;
        let tell_self = std::mem::take(&mut self.tell_self);
        if changed || tell_self { self.tell_own_devices() } else { Ok(()) }
    }

    /// True if the owner sees a difference.
    fn number(&mut self) -> Sql<bool> {
        let (before, after) = (View::owner(self.core.stored()), View::owner(self.core.facts()));
        let (revises, shows) = (self.revises(), self.shows());
        self.mark_changes(revises, shows)?;
        self.core.meta.revision += i64::from(revises);
        if shows {
            self.core.meta.version += 1;
            self.core.meta.changed_at = self.now;
        }
        self.numbered = true;
        self.freeze_what_others_may_know();
        if self.core.stored().meta.hidden() && !self.core.meta.hidden() {
            self.show_to_targets()?;
        }
        let changed = before != after;
        if changed {
            self.presence_event(&before, &after);
        }
        Ok(changed)
    }

    /// `public_active` takes over only what happens while the user is visible: what they did while
    /// hidden stays unknown, also after they show themselves again. Showing oneself is itself the
    /// first activity that others may know, so that an older beat or end never shows after it.
    pub(crate) fn freeze_what_others_may_know(&mut self) {
        let stored = self.core.stored();
        let (was, is) = (stored.meta.hidden(), self.core.meta.hidden());
        let was_online = !stored.sessions.is_empty();
        let ended = self.core.meta.last_active;
        let known = match (was, is) {
            (false, true) if was_online => self.last_proof_of_life().max(ended),
            (false, _) if ended != stored.meta.last_active => ended,
            (true, false) if !self.core.sessions.is_empty() => Some(self.now),
            _ => return,
        };
        self.core.meta.public_active = known.max(self.core.meta.public_active);
    }

    fn presence_event(&mut self, before: &View, owner: &View) {
        let presence = self.presence(&Viewer::Owner);
        let visible = !self.core.meta.hidden();
        let kind = match (before.online, owner.online) {
            (false, true) => EventKind::Online { presence, visible },
            (true, false) => EventKind::Offline { presence, visible },
            _ => EventKind::Changed { presence, visible },
        };
        self.event(kind);
        self.log(LogEntry::PresenceChanged {
            user_id: self.user.clone(),
            status: owner.status,
            online: owner.online,
            visible,
            revision: self.core.meta.revision,
            version: self.core.meta.version,
        });
    }

    /// This user as `viewer` sees them now. What this turn changed, by its sweep for one, already
    /// counts: no version may show two states.
    pub(crate) fn presence(&self, viewer: &Viewer) -> Presence {
        let mut presence =
            project(self.core.facts(), self.user, viewer, self.last_proof_of_life(), self.now);
        if !self.numbered && self.core.is_changed() {
            let owner = matches!(viewer, Viewer::Owner);
            presence.version += i64::from(if owner { self.revises() } else { self.shows() });
        }
        presence
    }

    /// As the subscriber `other` sees them: their own devices see everything.
    pub(crate) fn presence_for(&self, other: &UserId) -> Presence {
        let viewer = if other == self.user { Viewer::Owner } else { Viewer::User(other.clone()) };
        self.presence(&viewer)
    }

    fn last_proof_of_life(&self) -> Option<Millis> {
        self.core.sessions.iter().map(|row| self.last_seen(row)).max()
    }

    /// The socket that `row` is attached to, if it is there.
    pub(crate) fn live(&self, row: &SessionRow) -> Option<Live> {
        if row.link != Link::Attached {
            return None;
        }
        let mine = |s: &&Attached| {
            s.session
                .as_ref()
                .is_some_and(|(id, number)| *id == row.id && *number == row.connection)
        };
        let socket = self.sockets.iter().find(mine)?;
        Some(Live { key: socket.key, last_seen: socket.last_seen.max(row.attached_at) })
    }

    /// A session's last proof of life (rules, 1 and 9): of a vanished socket only the attach is known.
    pub(crate) fn last_seen(&self, row: &SessionRow) -> Millis {
        match row.link {
            Link::Closed { seen, .. } => seen,
            Link::Attached => self.live(row).map_or(row.attached_at, |live| live.last_seen),
            Link::Vanished { .. } => row.attached_at,
        }
    }

    /// The sockets of all attached sessions.
    pub(crate) fn open_sockets(&self) -> Vec<SocketKey> {
        self.core.sessions.iter().filter_map(|row| self.live(row)).map(|live| live.key).collect()
    }

    /// A session as its owner reads it.
    pub(crate) fn session_view(&self, row: &SessionRow) -> Session {
        Session {
            session_id: row.id.clone(),
            user_id: self.user.clone(),
            protocol: row.protocol,
            device: crate::state::Device {
                kind: Some(row.device.kind.unwrap_or_default()),
                ..row.device.clone()
            },
            user_agent: row.user_agent.clone(),
            country: row.country.clone(),
            colo: row.colo.clone(),
            connected_at: row.connected_at,
            last_seen_at: self.last_seen(row),
            expires_at: self.deadline(row),
            heartbeat_interval_ms: row.heartbeat,
            connected: self.live(row).is_some(),
        }
    }

    /// Reads rows; a hub without tables has none.
    pub(crate) fn query(&self, sql: &str, params: &[Value]) -> Sql<Vec<Row>> {
        if self.core.schema == 0 { Ok(Vec::new()) } else { self.store.query(sql, params) }
    }

    /// Writes rows; creates the tables first if this is the hub's first row.
    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Sql<()> {
        self.core.upgrade(self.store)?;
        self.store.execute(sql, params)
    }

    /// Tells a socket.
    pub(crate) fn send(&mut self, socket: SocketKey, message: ServerMessage) {
        self.effects.push(Effect::Send(socket, message));
    }

    /// Closes a socket and forgets it.
    pub(crate) fn close(&mut self, socket: SocketKey, code: CloseCode) {
        self.effects.push(Effect::Close(socket, code));
        self.sockets.retain(|s| s.key != socket);
        self.work.mail.remove(&socket);
    }

    /// Records what happened; its revision is set when the turn ends.
    pub(crate) fn event(&mut self, kind: EventKind) {
        self.events.push(Event { user: self.user.clone(), time: self.now, revision: 0, kind });
    }

    /// Writes a log line once the turn is durable.
    pub(crate) fn log(&mut self, entry: LogEntry) {
        self.effects.push(Effect::Log(entry));
    }
}
