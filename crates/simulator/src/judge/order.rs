//! In which order one socket hears of one user (contract, §2: "a client that holds version *n* ignores
//! anything ≤ *n*"). Something older may come after something newer, since calls travel at their own pace; but
//! a call is refused once its time is over (rules, 5), so not long after it ceased to be so. Of themself a
//! user hears nothing by a call, and so nothing older at all.

use std::collections::BTreeMap;

use presence::config::CALL_LIFETIME;
use presence::ids::{SocketKey, UserId};
use presence::state::Presence;

use super::{Check, Judge, breach};

/// Two clocks, each up to two seconds off, one ahead and one behind: so much later than its time a call may be
/// taken.
const CLOCKS: i64 = 4_000;
/// What a timer needs.
const SLACK: i64 = 100;

/// The newest version of each user that a socket was told.
pub(super) type Newest = BTreeMap<UserId, i64>;

impl Judge {
    /// A socket of `viewer` is told this, and not because it asked.
    pub(super) fn in_order(
        &mut self,
        viewer: &UserId,
        socket: SocketKey,
        now: i64,
        presence: &Presence,
    ) -> Check {
        let (user, version) = (&presence.user_id, presence.version);
        let newest = self.newest.entry(socket).or_default();
        let known = newest.entry(user.clone()).or_insert(version);
        let before = *known;
        *known = before.max(version);
        if version >= before {
            return Ok(());
        }
        let next = self.people.get(user).and_then(|person| person.shown.get(&(version + 1)));
        let travels = CALL_LIFETIME + CLOCKS + self.config.coalesce + SLACK;
        let past = next.map_or(i64::MIN, |next| next.at + travels);
        if viewer == user || now > past {
            let detail = format!("{viewer} on {}: {version} of {user} after {before}", socket.0);
            return breach("3: a socket hears of what is long over", detail);
        }
        Ok(())
    }
}
