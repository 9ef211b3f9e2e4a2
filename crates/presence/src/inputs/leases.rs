//! Leases belong to the subscriber and end by its clock alone (rules, 10): while one of its sessions
//! lives its subscriptions live, with no call and no row; `SUBSCRIPTION_TTL` after the last session
//! ended, or after a renewal without a session, they end.

use crate::effects::LogEntry;
use crate::events::{EventKind, SubscriptionEnd};
use crate::ids::UserId;
use crate::scope::{Scope, Sql};
use crate::store::{Store, Value};
use crate::time::Millis;

const OLDEST: &str = "SELECT min(renewed_at) FROM watching WHERE wanted = 1";
const ENDED: &str =
    "SELECT target FROM watching WHERE wanted = 1 AND renewed_at <= ? ORDER BY target LIMIT ?";
const END: &str = "UPDATE watching SET wanted = 0, generation = ? WHERE target = ?";
const FORGET: &str = "DELETE FROM watching WHERE target = ?";

impl<S: Store> Scope<'_, S> {
    /// When the first lease ends; nothing while a session lives.
    pub(crate) fn leases_due(&mut self) -> Sql<Option<Millis>> {
        if !self.core.sessions.is_empty() {
            return Ok(None);
        }
        if let Some(known) = self.work.lease_due {
            return Ok(known);
        }
        let rows = self.query(OLDEST, &[])?;
        let oldest = rows.first().and_then(|row| row.first()).and_then(Value::integer);
        let due = oldest.map(|at| self.lease_end(Millis(at)));
        self.work.lease_due = Some(due);
        Ok(due)
    }

    /// When a lease renewed then ends, if its subscriber is away and stays so from now on.
    pub(crate) fn lease_end(&self, renewed_at: Millis) -> Millis {
        let from = if self.core.sessions.is_empty() { self.core.meta.ended_at } else { self.now };
        from.max(renewed_at) + self.config.subscription_ttl
    }

    /// Ends up to `limit` leases whose time is over; each target is told by the edges' follower.
    pub(crate) fn end_leases(&mut self, limit: i64) -> Sql<()> {
        if self.leases_due()?.is_none_or(|at| at > self.now) {
            return Ok(());
        }
        let renewed_before = self.now - self.config.subscription_ttl;
        let rows = self.query(ENDED, &[renewed_before.into(), limit.into()])?;
        let ended: Vec<UserId> = rows.iter().filter_map(|row| target_of(row)).collect();
        // A target that is no user id has no hub to be told; left here, it would be due for ever.
        for row in rows.iter().filter(|row| target_of(row).is_none()) {
            self.execute(FORGET, row.get(..1).unwrap_or_default())?;
        }
        let generation = self.next_generation();
        for target in &ended {
            self.execute(END, &[generation.into(), target.as_str().into()])?;
            self.edge_changed(target, generation, false)?;
            let (reason, visible) = (SubscriptionEnd::Expired, !self.core.meta.hidden());
            self.event(EventKind::SubscriptionEnded { target: target.clone(), reason, visible });
        }
        self.work.lease_due = None;
        let (user_id, count, reason) = (self.user.clone(), ended.len(), SubscriptionEnd::Expired);
        self.log(LogEntry::SubscriptionEnded { user_id, count, reason });
        Ok(())
    }

    /// A number for the next change of an edge: greater than any before it, also of edges that are
    /// forgotten (rules, 5).
    pub(crate) fn next_generation(&mut self) -> i64 {
        self.core.meta.generation = self.core.meta.generation.saturating_add(1).max(self.now.0);
        self.core.meta.generation
    }
}

/// The user id in a row's first column.
pub(crate) fn target_of(row: &[Value]) -> Option<UserId> {
    row.first().and_then(Value::text).and_then(|text| UserId::parse(text).ok())
}
