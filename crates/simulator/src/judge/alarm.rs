//! When a hub looks next: the alarm is armed once a turn and only to make it earlier (rules, 21), it stands
//! for all that is due, and nothing outlives its deadline by more than one of them (invariant 1).

use presence::config::HubConfig;
use presence::effects::{Attached, Effect};
use presence::ids::UserId;
use presence::mirror::Refresh;
use presence::outbox::Publishing;

use super::person::{Link, Person, Visit, socket_of};
use super::span::Span;
use super::{Check, Input, Outcome, Seen, breach};

/// An alarm comes at most so late, and storage that refused is tried again within five seconds.
const ALARM_DELAY: i64 = 30_000;
const SLACK: i64 = 10_000;

/// What begins to rest may say so.
fn postpones(seen: &Seen<'_>, config: &HubConfig) -> bool {
    let follows = config.publishing != Publishing::Off || config.refresh != Refresh::Off;
    matches!(seen.input, Input::Answer) && follows
}

impl Person {
    /// The alarm is armed once a turn, in an alarm's before all else, and only to make it earlier, or later
    /// with an answer of Redis or Kafka (rules, 21); and never too late.
    pub(super) fn check_alarm(&mut self, seen: &Seen<'_>, config: &HubConfig) -> Check {
        let rings = matches!(seen.input, Input::Alarm);
        let set: Vec<(usize, i64)> = seen.effects.iter().enumerate().filter_map(armed).collect();
        if set.len() > 1 {
            return breach(
                "21: the alarm was armed twice in a turn",
                format!("{}: {set:?}", seen.user),
            );
        }
        let mut stands = if rings { None } else { seen.alarm };
        if let Some((place, at)) = set.first() {
            if stands
                .is_some_and(|stands| stands == *at || stands < *at && !postpones(seen, config))
            {
                let detail = format!("{}: {stands:?} stood, {at} was set", seen.user);
                return breach("21: the alarm was armed without need", detail);
            }
            if rings && *place > 0 {
                let detail = format!("{}: after {:?}", seen.user, seen.effects.first());
                return breach("21: an alarm acted before it armed the next", detail);
            }
            stands = Some(*at);
        }
        let stands = stands.or(seen.alarm);
        let now = self.moment(seen.clock);
        let Some(due) = self.due(seen.sockets, now, config) else { return Ok(()) };
        let undone = matches!(seen.outcome, Outcome::Undone);
        let latest = due.hi.max(now.hi) + if undone { 5_000 } else { 0 };
        if stands.is_none_or(|at| at > latest) {
            let detail = format!("{}: due {due:?}, the alarm stands at {stands:?}", seen.user);
            return breach("1: no alarm stands for what is due", detail);
        }
        Ok(())
    }

    fn due(&self, sockets: &[Attached], now: Span, config: &HubConfig) -> Option<Span> {
        let sessions = self.visits.iter().map(|visit| match visit.link {
            // Vanished, and the turn that would have found out was undone.
            Link::Attached if socket_of(visit, sockets).is_none() => now.plus(config.session_ttl),
            _ => Self::deadline(visit, sockets, config),
        });
        let leases = self.wants.values().map(|want| self.lease(want, config));
        let all: Vec<Span> =
            if self.visits.is_empty() { leases.collect() } else { sessions.collect() };
        all.into_iter().reduce(Span::min)
    }

    /// No session outlives its deadline by more than one late alarm (invariant 1).
    pub(super) fn check_overdue(
        &self,
        user: &UserId,
        clock: i64,
        now: i64,
        sockets: &[Attached],
        config: &HubConfig,
    ) -> Check {
        let patience = ALARM_DELAY + SLACK;
        if now - self.trouble < patience {
            return Ok(());
        }
        // One that vanished and was not discovered yet has no deadline; its alarm is checked instead.
        let known = |v: &&Visit| v.link != Link::Attached || socket_of(v, sockets).is_some();
        for visit in self.visits.iter().filter(known) {
            let deadline = Self::deadline(visit, sockets, config);
            if deadline.hi + patience < clock {
                let detail =
                    format!("{user}: {} was due at {}, now {clock}", visit.id, deadline.hi);
                return breach("1: a session outlived its deadline by more than an alarm", detail);
            }
        }
        Ok(())
    }
}

fn armed((place, effect): (usize, &Effect)) -> Option<(usize, i64)> {
    if let Effect::SetAlarm(at) = effect { Some((place, at.0)) } else { None }
}
