//! What must hold when the faults are over and all that was due has run.

use std::collections::BTreeSet;

use presence::ids::UserId;
use presence::mirror::Refresh;

use super::person::{Link, Person};
use super::view::View;
use super::{Check, Judge, breach};
use crate::world::World;
use crate::world::device::Device;

impl Judge {
    /// Invariants 1, 2, 4, 5 and 8, messages, the directory, and that nothing is left under way.
    pub fn rest(&mut self, world: &World) -> Check {
        self.devices(world)?;
        self.edges(world)?;
        self.letters()?;
        Self::quiet(world)
    }

    fn devices(&mut self, world: &World) -> Check {
        for device in world.devices.iter().filter(|device| device.hears) {
            let user = &world.nodes[device.owner].user;
            let person = self.people.get(user);
            let alive = |person: &Person| {
                person.visits.iter().any(|visit| {
                    visit.link == Link::Attached
                        && device.session.as_ref().is_some_and(|id| *id.as_str() == *visit.id)
                })
            };
            let Some(person) = person.filter(|person| alive(person)) else {
                return breach(
                    "1: a device beats and its session is gone",
                    format!("{user}: {device:?}"),
                );
            };
            self.beliefs(user, person, device)?;
            self.shown_messages(world, device)?;
            if !device.unanswered.is_empty() {
                return breach(
                    "a command was never answered",
                    format!("{user}: {:?}", device.unanswered),
                );
            }
        }
        Ok(())
    }

    /// What a watcher believes is what is (invariant 4).
    fn beliefs(&self, user: &UserId, person: &Person, device: &Device) -> Check {
        for target in person.wants.keys().filter(|target| device.is_told_of(target)) {
            let version = device.view.get(target).map(|seen| seen.version);
            let truth = match self.people.get(target) {
                // Own devices are told when they see a difference, which not every revision is.
                Some(them) if target == user => (version.unwrap_or(0), them.owner()),
                Some(them) => (them.version, them.public()),
                None => (0, View::offline()),
            };
            let believed = device.view.get(target).map(|seen| (seen.version, View::of(seen)));
            if believed.as_ref() != Some(&truth) {
                let detail = format!("{user} believes {target} {believed:?}, which is {truth:?}");
                return breach("4: a watcher does not hold the newest state", detail);
            }
        }
        Ok(())
    }

    /// An edge is at both ends or at neither (invariant 5).
    fn edges(&self, world: &World) -> Check {
        let mut wanted: BTreeSet<(UserId, UserId)> = BTreeSet::new();
        for (user, person) in &self.people {
            wanted.extend(person.wants.keys().map(|target| (user.clone(), target.clone())));
        }
        let mut held = BTreeSet::new();
        for node in &world.nodes {
            let rows = node.disk.look("SELECT subscriber FROM audience WHERE ended_at IS NULL");
            let subscribers =
                rows.iter().filter_map(|row| UserId::parse(row.first()?.text()?).ok());
            held.extend(subscribers.map(|subscriber| (subscriber, node.user.clone())));
            let open = node
                .disk
                .look("SELECT target FROM watching WHERE wanted = 0 OR confirmed <> generation");
            if !open.is_empty() {
                return breach(
                    "5: an edge was never confirmed",
                    format!("{} -> {open:?}", node.user),
                );
            }
        }
        match wanted.symmetric_difference(&held).next() {
            Some(edge) => breach("5: an edge is at one end only", format!("{edge:?}")),
            None => Ok(()),
        }
    }

    /// Nothing is under way, and whoever has a row is in the directory (rules, 10).
    fn quiet(world: &World) -> Check {
        for node in &world.nodes {
            // Where keys are kept exact there is a flush at each look.
            let flushes = node.flushing.is_some() && world.config.refresh == Refresh::Exact;
            let holds = node.publishing.is_some() && world.kafka.holds_some(world.now);
            let calls = usize::from(flushes) + usize::from(holds);
            // Whoever is refused since an outbox is full comes again and again.
            let timer = node.timer.is_some() && !world.kafka.holds_some(world.now);
            if node.calls.len() > calls || timer {
                return breach("rest: work is left", format!("{}: {:?}", node.user, node.calls));
            }
            let rows = !node.disk.look("SELECT 1 FROM meta").is_empty();
            if rows && !world.is_registered(&node.user) {
                return breach(
                    "10: a hub with rows is unknown to the directory",
                    node.user.to_string(),
                );
            }
        }
        Ok(())
    }

    /// When everybody has left and all leases are over, nothing is left: no alarm either.
    pub fn end(&self, world: &World) -> Check {
        for node in &world.nodes {
            if node.alarm.is_some() || node.timer.is_some() {
                return breach(
                    "end: something keeps a hub awake",
                    format!("{}: {:?}", node.user, node.alarm),
                );
            }
        }
        let left = self.people.iter().find(|(_, p)| !p.visits.is_empty() || !p.wants.is_empty());
        match left {
            Some((user, person)) => breach("end: something is left", format!("{user}: {person:?}")),
            None => Ok(()),
        }
    }
}
