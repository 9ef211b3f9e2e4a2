//! When something will end by itself, as the tables and the platform know it.

use std::collections::BTreeSet;

use presence::store::Value;

use super::MARGIN;
use crate::world::World;

const SESSIONS: &str = "SELECT id, connection, closed_at, vanished_until FROM sessions";
const LEASES: &str =
    "SELECT max(w.renewed_at, m.ended_at) FROM watching w, meta m WHERE w.wanted = 1";

/// Those to come, and those that have passed: both are kept away from.
#[derive(Default)]
pub(super) struct Deadlines {
    to_come: BTreeSet<i64>,
    passed: BTreeSet<i64>,
}

impl Deadlines {
    /// Looks at the world anew.
    pub(super) fn look(&mut self, world: &World) {
        let (passed, _) = std::mem::take(&mut self.to_come)
            .into_iter()
            .partition::<Vec<_>, _>(|at| *at <= world.now);
        self.passed.extend(passed);
        self.to_come = (0..world.nodes.len()).flat_map(|hub| of_hub(world, hub)).collect();
        self.passed = self.passed.split_off(&(world.now - 2 * MARGIN));
    }

    /// The next time from `at` on that is near none.
    pub(super) fn clear_from(&self, at: i64) -> i64 {
        let near = |at: i64| {
            let range = at - MARGIN + 1..at + MARGIN;
            let all = self.passed.range(range.clone()).chain(self.to_come.range(range));
            all.max().copied()
        };
        let mut at = at;
        while let Some(deadline) = near(at) {
            at = next_tenth(deadline + MARGIN);
        }
        at
    }

    /// Whether one is to come in this span.
    pub(super) fn any_in(&self, from: i64, to: i64) -> bool {
        self.to_come.range(from..=to).next().is_some()
    }
}

fn next_tenth(at: i64) -> i64 {
    (at + 99) / 100 * 100
}

fn of_hub(world: &World, hub: usize) -> Vec<i64> {
    let node = &world.nodes[hub];
    let sessions = if is_new(world, hub) { Vec::new() } else { node.disk.look(SESSIONS) };
    if sessions.is_empty() {
        return of_leases(world, hub);
    }
    let attached = node.attached(world.now, |_, _, _| false);
    let mut all = Vec::new();
    for row in sessions {
        let number = |at: usize| row.get(at).and_then(Value::integer);
        let closed = number(2).map(|at| at + world.config.offline_grace);
        let socket = attached.iter().find(|socket| {
            socket.session.as_ref().is_some_and(|(id, connection)| {
                Some(id.as_str()) == row[0].text() && Some(i64::from(*connection)) == number(1)
            })
        });
        let silent = socket.filter(|socket| {
            node.sockets.get(&socket.key).is_some_and(|socket| socket.beats.until.is_some())
        });
        let expires = silent.map(|socket| socket.last_seen.0 + world.config.session_ttl);
        all.extend(closed.or(number(3)).or(expires));
    }
    all
}

fn of_leases(world: &World, hub: usize) -> Vec<i64> {
    if is_new(world, hub) {
        return Vec::new();
    }
    let rows = world.nodes[hub].disk.look(LEASES);
    let ends = rows.iter().filter_map(|row| row[0].integer());
    ends.map(|from| from + world.config.subscription_ttl).collect()
}

/// It has no tables.
pub(super) fn is_new(world: &World, hub: usize) -> bool {
    let sql = "SELECT 1 FROM sqlite_master WHERE name = 'sessions'";
    world.nodes[hub].disk.look(sql).is_empty()
}
