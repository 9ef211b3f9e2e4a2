//! What each device may and must have seen of those whom its user watches.

use std::collections::{BTreeMap, BTreeSet};

use presence::ids::SocketKey;
use presence::store::Value;

use super::deadlines::is_new;
use super::seen::Told;
use super::sieve::Sieve;
use crate::world::{World, person};

/// What a device was told here and then stood for so long while it watched, it must have seen: what
/// stood for less may have fallen together with what came next.
const STOOD: i64 = 900;
/// What ended so long before a device began to watch, it cannot have seen.
const LATE: i64 = 400;
/// After a storm, how much longer the answers to a new socket may take: its questions are spread.
pub(super) const SPREAD: i64 = 3_500;

/// A device with an open socket, as far as it can see.
pub(super) struct Eye {
    pub device: usize,
    pub owner: usize,
    pub socket: SocketKey,
    /// All who are watched, or only those of some topics.
    pub all: bool,
    pub topics: BTreeSet<String>,
    /// From when on it has certainly been told.
    pub certain_from: i64,
}

/// Looks at the world again and again.
#[derive(Default)]
pub(super) struct Eyes {
    /// By user: the numbers that others and they themselves saw, since when.
    numbers: BTreeMap<usize, [Vec<(i64, i64)>; 2]>,
    /// By device, socket and target: since when it sees.
    since: BTreeMap<(usize, SocketKey, String), i64>,
    pub told: BTreeMap<(usize, String), Told>,
}

impl Eyes {
    pub(super) fn look(&mut self, world: &World, people: usize, eyes: &[Eye], sieve: &Sieve) {
        for user in 0..people {
            self.number(world, user);
        }
        let before = std::mem::take(&mut self.since);
        for eye in eyes {
            for target in targets(world, eye.owner) {
                if eye.all || eye.topics.contains(&target) {
                    let name = (eye.device, eye.socket, target);
                    let since = before.get(&name).copied().unwrap_or(world.now);
                    let told = sieve.told.get(&(eye.device, name.2.clone()));
                    let told_at = |version| told.and_then(|told| told.get(&version)).copied();
                    self.see(world, eye, &name.2, since, told_at);
                    self.since.insert(name, since);
                }
            }
        }
    }

    fn number(&mut self, world: &World, user: usize) {
        let rows = if is_new(world, user) {
            Vec::new()
        } else {
            world.nodes[user].disk.look("SELECT version, revision FROM meta WHERE id = 1")
        };
        let all = self.numbers.entry(user).or_default();
        for (column, log) in all.iter_mut().enumerate() {
            let number = rows.first().and_then(|row| row[column].integer()).unwrap_or(0);
            if log.last().is_none_or(|last| last.1 != number) {
                log.push((world.now, number));
            }
        }
    }

    fn see(
        &mut self,
        world: &World,
        eye: &Eye,
        target: &str,
        since: i64,
        told_at: impl Fn(i64) -> Option<i64>,
    ) {
        let certain = |version: i64, stands_since: i64| {
            let from = told_at(version).map(|at| at.max(stands_since).max(since));
            from.is_some_and(|from| world.now - from.max(eye.certain_from) >= STOOD)
        };
        let told = self.told.entry((eye.device, target.to_owned())).or_default();
        let hub = (0..self.numbers.len()).find(|user| person(*user).as_str() == target);
        let Some(hub) = hub else {
            // Somebody who never comes: version 0 for ever.
            told.may.insert(0);
            if certain(0, 0) {
                told.must.insert(0);
            }
            return;
        };
        let log = &self.numbers[&hub][usize::from(hub == eye.owner)];
        let Some((stands_since, newest)) = log.last().copied() else { return };
        let oldest = log.iter().rev().find(|(at, _)| *at <= since - LATE).map_or(0, |(_, n)| *n);
        told.may.extend(oldest..=newest);
        if certain(newest, stands_since) {
            told.must.insert(newest);
        }
    }
}

/// Whom a user watches.
fn targets(world: &World, user: usize) -> Vec<String> {
    if is_new(world, user) {
        return Vec::new();
    }
    let rows = world.nodes[user].disk.look("SELECT target FROM watching WHERE wanted = 1");
    rows.iter().filter_map(|row| row.first().and_then(Value::text).map(str::to_owned)).collect()
}
