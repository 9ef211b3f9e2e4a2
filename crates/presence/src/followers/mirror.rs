//! Makes Redis say what this hub says (contract §4; rules, 18 to 20).
//!
//! Invariant 6: at rest Redis equals the projection of the truth, whatever was lost. The position is
//! [`crate::marks::Mirror`], in the user's row. One flush at a time; what changes meanwhile is
//! marked, and goes with the next. A flush that may still land after a later one makes the later one
//! provisional: it is written once more before its marks go.

use crate::config::{CALL_LIFETIME, MIRROR_DELAY, MIRROR_FULL};
use crate::core::{Core, SessionRow};
use crate::effects::Effect;
use crate::ids::{SessionId, UserId};
use crate::inputs::target_of;
use crate::marks::Marks;
use crate::mirror::{Flush, Refresh, SessionState, Standing, Ttl};
use crate::scope::{Scope, Sql};
use crate::store::{Row, Store, Value};
use crate::time::Millis;
use crate::work::{Flight, Pending};

const TARGETS: &str = "SELECT target, renewed_at FROM watching WHERE wanted = 1 ORDER BY target";
pub(crate) const AUDIENCE: &str =
    "SELECT subscriber, slot FROM audience WHERE ended_at IS NULL ORDER BY subscriber";
const ANY_TARGET: &str = "SELECT target FROM watching WHERE wanted = 1 LIMIT 1";
const ANY_WATCHER: &str = "SELECT subscriber FROM audience WHERE ended_at IS NULL LIMIT 1";

/// A key lives so much longer than the hub needs for its next look (rules, 20), in milliseconds.
const SLACK: i64 = 30_000;
/// In seconds: keys that nothing refreshes soon, and the sets about who watches.
const LONG: i64 = 86_400;

impl<S: Store> Scope<'_, S> {
    pub(super) fn mirrors(&self) -> bool {
        self.config.refresh != Refresh::Off
    }

    /// Marks what has changed. It waits for no rest after a failure that began before: Redis may be back, and
    /// where it is not, the breaker refuses without a request.
    pub(crate) fn mark(&mut self, set: impl Fn(&mut Marks)) {
        self.leave_marks(set);
        let rest = &mut self.work.mirror.backoff;
        rest.at = rest.at.min(self.now);
    }

    /// Marks what is to be written, now and, if a flush is under way, after it.
    pub(super) fn leave_marks(&mut self, set: impl Fn(&mut Marks)) {
        if !self.mirrors() {
            return;
        }
        let mirror = &mut self.core.meta.mirror;
        if mirror.marks.is_empty() {
            mirror.since = Some(self.now);
            self.work.mirror.not_before = self.now + MIRROR_DELAY;
        }
        let mut marks = Marks::default();
        set(&mut marks);
        mirror.marks.merge(&marks);
        self.work.mirror.meanwhile.merge(&marks);
    }

    /// Before the rows are written: marks what this turn changed of the user and the sessions.
    pub(crate) fn mark_changes(&mut self, revises: bool, shows: bool) -> Sql<()> {
        if !self.mirrors() {
            return Ok(());
        }
        let (sessions, ids) = (changed_sessions(self.core), are_others(self.core));
        let turned = self.core.stored().meta.hidden() != self.core.meta.hidden();
        if revises || shows || !sessions.is_empty() {
            let standing = revises || shows;
            self.mark(|marks| {
                marks.standing |= standing;
                marks.ids |= ids;
                marks.turned |= turned;
                marks.sessions.extend(sessions.iter().cloned());
            });
        }
        let was_there = !self.core.stored().sessions.is_empty();
        if was_there == self.core.sessions.is_empty() {
            self.mark_leases(!was_there)?;
        }
        Ok(())
    }

    /// The user comes or goes: the leases run from their last end on. Nobody looked after the time of the
    /// keys while they were away, and they may be gone again before the next look.
    fn mark_leases(&mut self, comes: bool) -> Sql<()> {
        let watches = !self.query(ANY_TARGET, &[])?.is_empty();
        let full_at = self.core.meta.mirror.full_at;
        if self.config.refresh == Refresh::Exact {
            if watches {
                self.mark(|marks| marks.watching = true);
            }
        } else if !comes {
            // They live for half a day longer than the leases need.
        } else if !watches && self.core.follower.slots == 0 {
            // All of the user's own keys are written with this change.
            self.core.meta.mirror.full_at = self.now;
        } else if self.now >= full_at + MIRROR_FULL {
            self.mark(|marks| marks.all = true);
        }
        Ok(())
    }

    /// A subscriber comes to stand among those who would be told now, or leaves them; true if that
    /// is new. Redis hears of it with the next change, or, where it is kept exact, at once.
    pub(crate) fn show_watcher(&mut self, slot: i64, shows: bool) -> bool {
        let turned = self.core.follower.unseen.put(slot, !shows);
        if turned {
            self.core.follower.naps += 1;
            if self.config.refresh == Refresh::Exact {
                self.mark(|marks| marks.audience = true);
            }
        }
        turned
    }

    /// The alarm is a look at everything: keys that end soon are written anew.
    pub(crate) fn look_at_the_mirror(&mut self) {
        if self.core.sessions.is_empty() {
            return;
        }
        match self.config.refresh {
            Refresh::Exact => self.work.mirror.refresh = true,
            Refresh::Transitions if self.now >= self.core.meta.mirror.full_at + MIRROR_FULL => {
                self.mark(|marks| marks.all = true);
            }
            _ => {}
        }
    }

    /// A task looks at a user who is away. Nobody else does, and the sets about who watches them live for
    /// a day: they are written anew before it is over (rules, 20).
    pub(crate) fn keep_audience_alive(&mut self) -> Sql<()> {
        let meta = &self.core.meta;
        let looked = if self.config.refresh == Refresh::Exact { meta.ended_at } else { Millis(0) };
        let written = meta.mirror.audience_at.max(meta.mirror.full_at).max(looked);
        let old = self.core.sessions.is_empty() && self.now >= written + MIRROR_FULL;
        if old && self.mirrors() && !self.query(ANY_WATCHER, &[])?.is_empty() {
            self.mark(|marks| marks.audience = true);
        }
        Ok(())
    }

    /// Somebody compared Redis with this hub and found it wrong, or these sessions there which are not
    /// here (rules, 19).
    pub(crate) fn mirror_again(&mut self, strays: Vec<SessionId>) {
        if self.core.schema > 0 {
            self.mark(|marks| {
                marks.all = true;
                marks.sessions.extend(strays.iter().cloned());
            });
        } else {
            // A user without a row stays without one.
            self.work.mirror.refresh = self.mirrors();
            self.work.mirror.strays.extend(strays);
            self.work.mirror.backoff.at = self.now;
        }
        self.work.mirror.not_before = self.now;
    }

    /// When this follower wants to go on. What only waits for more to come has the timer, and the
    /// backstop.
    pub(crate) fn mirror_due(&self) -> Option<Millis> {
        if !self.mirrors() || self.work.mirror.flight.is_some() {
            return None;
        }
        let mirror = &self.core.meta.mirror;
        let wants = !mirror.marks.is_empty() || self.work.mirror.refresh;
        let first = if wants { Some(self.now) } else { mirror.again_at };
        first.map(|at| at.max(self.work.mirror.backoff.at))
    }

    /// When the timer must go off for it.
    pub(crate) fn mirror_waits_until(&self) -> Option<Millis> {
        let marked = !self.core.meta.mirror.marks.is_empty() || self.work.mirror.refresh;
        let waits = marked && self.work.mirror.flight.is_none();
        Some(self.work.mirror.not_before).filter(|at| waits && *at > self.now)
    }

    /// Starts a flush, if one is due and none is under way.
    pub(crate) fn follow_mirror(&mut self) -> Sql<()> {
        let waits = self.work.mirror.not_before > self.now;
        if waits || self.mirror_due().is_none_or(|at| at > self.now) {
            return Ok(());
        }
        let mirror = &self.core.meta.mirror;
        let mut marks = mirror.marks.clone();
        if std::mem::take(&mut self.work.mirror.refresh) {
            marks.merge(&Marks::everything());
        }
        marks.sessions.append(&mut self.work.mirror.strays);
        let watchers = marks.all || marks.audience || (marks.standing && self.napped());
        let flush = self.flush(&marks, watchers)?;
        self.work.mirror.meanwhile = Marks::default();
        let core = &self.core;
        let naps = if watchers { core.follower.naps } else { core.meta.mirror.naps };
        let provisional = std::mem::take(&mut self.work.mirror.doubt);
        let flight = Flight { marks, provisional, naps };
        self.work.mirror.flight = Some(flight);
        let id = self.call_id(Pending::Mirror);
        let not_after = self.now + CALL_LIFETIME;
        self.effects.push(Effect::Mirror { id, not_after, flush });
        Ok(())
    }

    fn napped(&self) -> bool {
        self.core.follower.naps != self.core.meta.mirror.naps
    }

    fn flush(&self, marks: &Marks, watchers: bool) -> Sql<Flush> {
        let (subscription, lease_end) = self.targets(marks.all || marks.watching)?;
        let edges = marks.all || marks.audience;
        let audience = if edges || watchers { self.query(AUDIENCE, &[])? } else { Vec::new() };
        let sessions = self.session_states(marks);
        let ids = || self.core.sessions.iter().map(|row| row.id.clone()).collect();
        Ok(Flush {
            user: self.user.clone(),
            session_ids: (marks.all || marks.ids).then(ids),
            sessions,
            standing: (marks.all || marks.standing).then(|| self.standing()),
            subscription,
            subscribers: edges.then(|| audience.iter().filter_map(|row| target_of(row)).collect()),
            watchers: watchers.then(|| self.watchers(&audience)),
            ttl: self.ttl(lease_end),
        })
    }

    /// Who of the audience stands among those who would be told now. The user's own devices need no
    /// notice.
    pub(crate) fn watchers(&self, audience: &[Row]) -> Vec<UserId> {
        let seen = |row: &&Row| {
            let slot = row.get(1).and_then(Value::integer).unwrap_or(-1);
            !self.core.follower.unseen.get(slot)
        };
        let others = |id: &UserId| id != self.user;
        audience.iter().filter(seen).filter_map(|row| target_of(row)).filter(others).collect()
    }

    /// Whom this user watches, if that is asked for, and when the last of these leases ends.
    fn targets(&self, wanted: bool) -> Sql<(Option<Vec<UserId>>, Millis)> {
        if !wanted {
            return Ok((None, self.now));
        }
        let rows = self.query(TARGETS, &[])?;
        let renewed = rows.iter().filter_map(|row| row.get(1).and_then(Value::integer)).max();
        let end = self.lease_end(Millis(renewed.unwrap_or(0)));
        Ok((Some(rows.iter().filter_map(|row| target_of(row)).collect()), end))
    }

    fn session_states(&self, marks: &Marks) -> Vec<SessionState> {
        let whole = |row: &SessionRow| marks.all || marks.sessions.contains(&row.id);
        let live = self.core.sessions.iter().filter(|row| marks.turned || whole(row));
        let live = live.map(|row| self.session_state(row, !whole(row)));
        let gone = marks.sessions.iter().filter(|id| self.core.session(id).is_none());
        let gone =
            gone.map(|id| SessionState { id: id.clone(), session: None, shown: None, kept: false });
        live.chain(gone).collect()
    }

    fn session_state(&self, row: &SessionRow, kept: bool) -> SessionState {
        let shown = !self.core.meta.hidden();
        SessionState {
            id: row.id.clone(),
            session: Some(self.session_view(row)),
            shown: shown.then(|| row.device.kind.unwrap_or_default()),
            kept,
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        let presence = self.presence(&crate::calls::Viewer::Service);
        Standing { online: presence.online, last_active: presence.last_active_at }
    }

    /// Never shorter than what the key says is true (rules, 20).
    fn ttl(&self, lease_end: Millis) -> Ttl {
        if self.config.refresh != Refresh::Exact {
            // It was written up to half a day before the last session ended, and lives until the leases do.
            let leases = MIRROR_FULL + self.config.session_ttl + self.config.subscription_ttl;
            let subscription = LONG.max((leases + SLACK) / 1000);
            return Ttl { session: LONG, subscription, audience: LONG };
        }
        let look = self.core.sessions.iter().map(|row| self.deadline(row)).min();
        let look = look.unwrap_or(self.now).since(self.now);
        let seconds = |ms: i64| (ms.max(0) + SLACK + 999) / 1000;
        let lease = lease_end.since(self.now) + look;
        Ttl { session: seconds(look), subscription: seconds(lease), audience: LONG }
    }
}

/// Whether there are other sessions than before this turn.
fn are_others(core: &Core) -> bool {
    let stored = core.stored().sessions;
    stored.len() != core.sessions.len() || stored.iter().any(|row| core.session(&row.id).is_none())
}

/// Sessions that began, ended, or look different in Redis than before this turn. Lost sockets and resumes
/// change nothing there.
fn changed_sessions(core: &Core) -> Vec<SessionId> {
    let stored = core.stored();
    let same = |row: &SessionRow| {
        let known = stored.sessions.iter().find(|known| known.id == row.id);
        known.is_some_and(|known| known.device == row.device && known.protocol == row.protocol)
    };
    let now = core.sessions.iter().filter(|row| !same(row)).map(|row| &row.id);
    let gone = stored.sessions.iter().map(|row| &row.id).filter(|id| core.session(id).is_none());
    now.chain(gone).cloned().collect()
}
