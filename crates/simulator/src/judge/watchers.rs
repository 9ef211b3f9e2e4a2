//! Who stands among those whom a user would tell: somebody who hides neither comes to stand there nor
//! stays beyond the user's next change, as nobody does who is away (invariant 8; rules, 12).

use std::collections::BTreeSet;

use presence::ids::UserId;

use super::keys::Audience;
use super::person::Person;
use super::{Check, Judge, breach};

/// What was said before somebody hid is not on its way any more.
const TRAVELS: i64 = 60_000;
const SHOWS: &str = "8: a hidden user comes to stand among the watchers of another";

impl Judge {
    /// The hub of `user` writes the set.
    pub(super) fn watchers_written(
        &mut self,
        user: &UserId,
        now: i64,
        members: &BTreeSet<String>,
    ) -> Check {
        let before = self.stood.insert(user.clone(), (now, members.clone()));
        let Some((then, stood)) = before else { return Ok(()) };
        match members.difference(&stood).find(|name| self.hid_before(name, then - TRAVELS)) {
            Some(name) => breach(SHOWS, format!("{name} among those of {user}")),
            None => Ok(()),
        }
    }

    /// The hub of `user` has lost its memory: it may have forgotten who was found asleep, and find it again.
    pub fn forgets(&mut self, user: &UserId) {
        self.stood.remove(user);
    }

    /// Who of an audience may stand in the set at rest, where keys are kept exact.
    pub(super) fn may_stand(&self, person: &Person, audience: &Audience) -> BTreeSet<String> {
        let changed = person.shown.get(&person.version).map_or(i64::MIN, |shown| shown.at);
        let gone = |name: &&String| self.hid_before(name, changed - TRAVELS);
        audience.awake.iter().filter(|name| !gone(name)).cloned().collect()
    }

    /// Whether this user has hidden since before `at`.
    fn hid_before(&self, name: &str, at: i64) -> bool {
        let person = UserId::parse(name).ok().and_then(|id| self.people.get(&id));
        person.and_then(|person| person.hidden_since).is_some_and(|since| since < at)
    }
}
