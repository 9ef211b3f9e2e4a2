//! What the REST API reads from a hub. Nothing here writes a row.

use crate::calls::{HubResponse, Page, Subscriber, Subscription, SubscriptionStatus};
use crate::ids::UserId;
use crate::inputs::leases::target_of;
use crate::scope::{Scope, Sql};
use crate::store::{Row, Store, Value};
use crate::time::Millis;

const SUBSCRIPTIONS: &str = "SELECT target, since, renewed_at FROM watching \
    WHERE wanted = 1 AND target > ? ORDER BY target LIMIT ?";
const COUNT_SUBSCRIPTIONS: &str = "SELECT count(*) FROM watching WHERE wanted = 1";
const SUBSCRIBERS: &str = "SELECT subscriber, since, slot FROM audience \
    WHERE ended_at IS NULL AND subscriber > ? ORDER BY subscriber LIMIT ?";
const COUNT_SUBSCRIBERS: &str = "SELECT count(*) FROM audience WHERE ended_at IS NULL";

impl<S: Store> Scope<'_, S> {
    /// A page of whom this user watches.
    pub(crate) fn subscriptions(&self, page: &Page) -> Sql<HubResponse> {
        let (rows, next) = self.page(SUBSCRIPTIONS, page)?;
        let read = |row: &Row| {
            Some(Subscription {
                user_id: target_of(row)?,
                since: time(row, 1),
                expires_at: self.lease_end(time(row, 2)),
                status: SubscriptionStatus::Active,
                presence: None,
            })
        };
        let subscriptions = rows.iter().filter_map(read).collect();
        let count = self.count(COUNT_SUBSCRIPTIONS)?;
        Ok(HubResponse::Subscriptions { subscriptions, count, next })
    }

    /// A page of who watches this user.
    pub(crate) fn subscribers(&self, page: &Page) -> Sql<HubResponse> {
        let (rows, next) = self.page(SUBSCRIBERS, page)?;
        let asleep = &self.core.follower.asleep;
        let read = |row: &Row| {
            let slot = row.get(2).and_then(Value::integer)?;
            let watching_now = !asleep.get(slot);
            Some(Subscriber { user_id: target_of(row)?, since: time(row, 1), watching_now })
        };
        let subscribers = rows.iter().filter_map(read).collect();
        let count = self.count(COUNT_SUBSCRIBERS)?;
        Ok(HubResponse::Subscribers { subscribers, count, next })
    }

    /// Whether this user watches `target`.
    pub(crate) fn subscribed_to(&self, target: &UserId) -> Sql<HubResponse> {
        let edge = self.edge(target)?.filter(|edge| edge.wanted);
        let status =
            if edge.is_some() { SubscriptionStatus::Active } else { SubscriptionStatus::None };
        let expires_at = edge.as_ref().map(|edge| self.lease_end(Millis(edge.renewed_at)));
        Ok(HubResponse::SubscribedTo { subscribed: edge.is_some(), status, expires_at })
    }

    /// All sessions, oldest first.
    pub(crate) fn sessions(&self) -> HubResponse {
        let mut sessions: Vec<_> =
            self.core.sessions.iter().map(|row| self.session_view(row)).collect();
        sessions.sort_by_key(|session| session.connected_at);
        HubResponse::Sessions { sessions }
    }

    /// One more row than asked for tells whether there is a next page.
    fn page(&self, sql: &str, page: &Page) -> Sql<(Vec<Row>, Option<UserId>)> {
        let after = page.after.as_ref().map_or("", UserId::as_str);
        let limit = page.limit.clamp(1, 1000);
        let mut rows = self.query(sql, &[after.into(), (limit + 1).into()])?;
        let more = rows.len() as i64 > limit;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| more).and_then(|row| target_of(row));
        Ok((rows, next))
    }

    fn count(&self, sql: &str) -> Sql<i64> {
        let rows = self.query(sql, &[])?;
        Ok(rows.first().and_then(|row| row.first()).and_then(Value::integer).unwrap_or(0))
    }
}

fn time(row: &Row, column: usize) -> Millis {
    Millis(row.get(column).and_then(Value::integer).unwrap_or(0))
}
