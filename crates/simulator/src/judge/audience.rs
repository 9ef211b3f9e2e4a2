//! Who watches a user, by the calls that the user's hub has taken and by nothing else (rules, 5 and 6):
//! the highest generation counts, an ended edge stays ended, and "not watching" or "no sockets" counts
//! only for the edge that was meant.

use std::collections::BTreeMap;

use presence::calls::{HubRequest, HubResponse};
use presence::ids::UserId;
use presence::store::Value;

use super::span::Span;
use super::{Check, Input, Judge, Outcome, Seen, breach};
use crate::disk::Disk;

const HELD: &str = "SELECT subscriber, generation FROM audience WHERE ended_at IS NULL";
const WRONG: &str = "5: a hub holds another edge than it was asked to hold";

/// The edge of one subscriber.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub generation: i64,
    pub held: bool,
    pub since: Span,
    /// The subscriber has said of this edge that it does not want it.
    denied: bool,
    /// The subscriber has said that it has no sockets, and has not watched anew since.
    pub asleep: bool,
}

impl Edge {
    fn new(generation: i64, held: bool, since: Span) -> Self {
        Self { generation, held, since, denied: false, asleep: false }
    }
}

impl Judge {
    /// Moves the model of the edges on, and holds the hub's rows to it.
    pub(super) fn audience(&mut self, seen: &Seen<'_>, now: Span) -> Check {
        if let Input::Call(request) = seen.input {
            self.edge_call(seen, request, now);
        }
        let called = matches!(
            seen.input,
            Input::Call(HubRequest::Watch { .. } | HubRequest::Unwatch { .. })
        );
        if called || seen.wrote.contains_key("audience") {
            return self.check_edges(seen);
        }
        Ok(())
    }

    fn edge_call(&mut self, seen: &Seen<'_>, request: &HubRequest, now: Span) {
        let Outcome::Answered(answer) = seen.outcome else { return };
        match (request, answer) {
            (HubRequest::Watch { subscriber, generation, .. }, HubResponse::Watched { .. }) => {
                let edges = &mut self.person(seen.user).audience;
                let edge = edges.entry(subscriber.clone());
                let edge = edge.or_insert_with(|| Edge::new(i64::MIN, false, now));
                if edge.generation < *generation {
                    let since = if edge.held { edge.since } else { now };
                    *edge = Edge::new(*generation, true, since);
                } else if edge.generation == *generation && edge.held {
                    edge.asleep = false;
                }
            }
            (HubRequest::Unwatch { subscriber, generation }, HubResponse::Unwatched) => {
                let edges = &mut self.person(seen.user).audience;
                let edge = edges.entry(subscriber.clone());
                let edge = edge.or_insert_with(|| Edge::new(i64::MIN, false, now));
                if edge.generation <= *generation {
                    (edge.generation, edge.held) = (*generation, false);
                }
            }
            (
                HubRequest::Notify { generation, presence },
                HubResponse::Notified { watching, awake, .. },
            ) => {
                let edges = &mut self.person(&presence.user_id).audience;
                let edge = edges.get_mut(seen.user);
                if let Some(edge) = edge.filter(|edge| edge.generation == *generation) {
                    edge.denied |= !watching;
                    edge.asleep |= *watching && !awake;
                }
            }
            _ => {}
        }
    }

    fn check_edges(&mut self, seen: &Seen<'_>) -> Check {
        let mut rows = held(seen.disk);
        // That one stays local, and is known from the subscriptions (rules, 11).
        rows.remove(seen.user);
        let may_end = matches!(seen.input, Input::Answer);
        for (subscriber, edge) in &mut self.person(seen.user).audience {
            let row = rows.remove(subscriber);
            // A "not watching" has arrived.
            edge.held &= !(may_end && edge.denied && row.is_none());
            if row != edge.held.then_some(edge.generation) {
                let detail = format!("{subscriber} -> {}: {row:?}, not {edge:?}", seen.user);
                return breach(WRONG, detail);
            }
        }
        match rows.pop_first() {
            Some(row) => breach(WRONG, format!("{row:?} -> {}, which nobody made", seen.user)),
            None => Ok(()),
        }
    }

    /// Whether no subscriber more may be held.
    pub(super) fn is_full(&self, user: &UserId) -> bool {
        let held = self.people.get(user).map_or(0, |person| {
            let others = person.audience.values().filter(|edge| edge.held).count();
            others + usize::from(person.wants.contains_key(user))
        });
        held as i64 >= self.config.max_subscribers
    }
}

fn held(disk: &Disk) -> BTreeMap<UserId, i64> {
    let rows = disk.look(HELD);
    let read = |row: &presence::store::Row| {
        let subscriber = UserId::parse(row.first()?.text()?).ok()?;
        Some((subscriber, row.get(1).and_then(Value::integer)?))
    };
    rows.iter().filter_map(read).collect()
}
