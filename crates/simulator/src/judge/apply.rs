//! What each input ought to change, by the contract's words.

use std::collections::BTreeSet;

use presence::calls::{HubRequest, Outcome as Went, Parcel, SetStatus};
use presence::config::HubConfig;
use presence::effects::{Attached, Command, Connected};
use presence::errors::ErrorCode;
use presence::events::{EventKind, SubscriptionEnd};
use presence::ids::{ResumeToken, UserId};
use presence::state::{DeviceType, EndReason, Scope};

use super::deeds::{Deed, Sheet};
use super::lists::{Verdict, check_verdicts};
use super::person::{Link, Person, Visit, Want, is_of};
use super::span::Span;
use super::{Check, Input, Judge, Outcome, Rows, Seen, breach};

/// How many leases a turn ends that revives none; the rest follow in the next.
const LEASES_A_TURN: usize = 100;

impl Judge {
    /// Moves the model through one turn.
    pub(super) fn apply_all(&mut self, seen: &Seen<'_>, rows: &Rows) -> Check {
        let config = self.config;
        let person = self.person(seen.user);
        let now = person.moment(seen.clock);
        let before = (person.public(), person.owner());
        let ears = person.ears(seen);
        person.sweep(seen, rows, now, &config)?;
        self.end_leases(seen, rows, now);
        self.apply(seen, rows, now)?;
        self.deny(seen)?;
        self.audience(seen, now)?;
        let person = self.person(seen.user);
        let deeds = std::mem::take(&mut person.deeds);
        let changed = deeds.iter().any(|deed| deed.of_session().is_some());
        person.number((&before.0, &before.1), changed, seen.now, seen.clock);
        person.check_events(seen, &before.1, &deeds, &config)?;
        person.check_notices(seen, &deeds, &ears, &config)?;
        self.check_copies(seen, &ears)
    }

    fn end_leases(&mut self, seen: &Seen<'_>, rows: &Rows, now: Span) {
        let config = self.config;
        let person = self.person(seen.user);
        if !person.visits.is_empty() {
            return;
        }
        let over = |want: &Want| person.lease(want, &config).is_over(now);
        let due = person.wants.values().filter(|want| over(want) != Some(false)).count();
        let patient = matches!(seen.input, Input::Alarm | Input::Answer | Input::Timer);
        let many = patient && due > LEASES_A_TURN;
        let ended: Vec<UserId> = person
            .wants
            .iter()
            .filter(|(target, want)| match over(want) {
                Some(true) if many => !rows.wants.contains(*target),
                known => known.unwrap_or_else(|| !rows.wants.contains(*target)),
            })
            .map(|(target, _)| target.clone())
            .collect();
        for target in &ended {
            person.drop_want(target, SubscriptionEnd::Expired);
        }
        if !ended.is_empty() {
            self.happened.push("lease end");
        }
    }

    /// A target whose list was full ends a subscription when its answer arrives.
    fn deny(&mut self, seen: &Seen<'_>) -> Check {
        for event in seen.events {
            if let EventKind::SubscriptionEnded {
                target, reason: SubscriptionEnd::Denied, ..
            } = &event.kind
            {
                let refused = self.refusals.contains(&(seen.user.clone(), target.clone()));
                if !refused || !matches!(seen.input, Input::Answer) {
                    return breach(
                        "10: a subscription was lost",
                        format!("{} -> {target}: denied", seen.user),
                    );
                }
                self.happened.push("denied");
                self.person(seen.user).drop_want(target, SubscriptionEnd::Denied);
            }
        }
        Ok(())
    }

    fn apply(&mut self, seen: &Seen<'_>, rows: &Rows, now: Span) -> Check {
        if let Outcome::Refused(code) = seen.outcome {
            return self.refused(seen, *code);
        }
        let config = self.config;
        match seen.input {
            Input::Connect { resume, kind, stomp, .. } => {
                let Outcome::Connected(connected) = seen.outcome else { return Ok(()) };
                let device = (*kind, *stomp);
                self.connect(seen, rows, now, resume.as_ref(), device, connected)
            }
            Input::Closed(socket, reason) => {
                let mut visits = self.person(seen.user).visits.iter_mut();
                if let Some(visit) = visits.find(|v| is_of(v, socket) && v.link == Link::Attached) {
                    visit.link = Link::Closed(now, *reason);
                }
                // Without a grace it ends with its close.
                self.person(seen.user).end_dead(seen.events, seen.sockets, rows, now, &config);
                Ok(())
            }
            Input::Command(key, command) => {
                let bound = seen.sockets.iter().find(|socket| socket.key == *key);
                self.command(seen, bound, command, now)
            }
            Input::Call(request) => self.call(seen, request, now),
            Input::Answer | Input::Alarm | Input::Timer => Ok(()),
        }
    }

    /// Which refusals a well-behaved request may meet.
    fn refused(&mut self, seen: &Seen<'_>, code: ErrorCode) -> Check {
        let full = self.person(seen.user).wants.len() as i64 >= self.config.max_subscriptions;
        let fine = match (seen.input, code) {
            (_, ErrorCode::OutboxFull) => return self.check_full(seen),
            (_, ErrorCode::TooLate)
            | (Input::Connect { .. }, ErrorCode::Unauthorized)
            | (Input::Call(HubRequest::Revoke { .. }), ErrorCode::SessionNotFound) => true,
            (Input::Command(_, Command::TopicSubscribe(_)), ErrorCode::TooManySubscriptions) => {
                full
            }
            (Input::Call(HubRequest::Watch { subscriber, .. }), ErrorCode::TooManySubscribers) => {
                self.refusals.insert((subscriber.clone(), seen.user.clone()));
                self.is_full(seen.user)
            }
            _ => false,
        };
        if fine {
            Ok(())
        } else {
            breach(
                "a refusal without a reason",
                format!("{}: {code:?} to {:?}", seen.user, seen.input),
            )
        }
    }

    fn connect(
        &mut self,
        seen: &Seen<'_>,
        rows: &Rows,
        now: Span,
        resume: Option<&ResumeToken>,
        (kind, stomp): (DeviceType, bool),
        connected: &Connected,
    ) -> Check {
        let most = self.config.max_sessions;
        let person = self.person(seen.user);
        let id = connected.session.as_str().to_owned();
        if let Some(visit) = person.visits.iter_mut().find(|visit| Some(&visit.token) == resume) {
            if !connected.resumed || visit.id != id {
                return breach(
                    "2: a living session was not resumed",
                    format!("{}: {}", seen.user, visit.id),
                );
            }
            visit.number += 1;
            (visit.link, visit.attached) = (Link::Attached, now);
            (visit.kind, visit.stomp) = (kind, stomp);
            return Ok(());
        }
        if connected.resumed {
            return breach("2: an ended session was resumed", format!("{}: {id}", seen.user));
        }
        let mut capped = false;
        while person.visits.len() >= most {
            person.evict_oldest(rows, now);
            capped = true;
        }
        let token = connected.resume_token.clone();
        let (connected, attached, number, away) = (now, now, 1, false);
        let link = Link::Attached;
        let visit = Visit { id, token, number, kind, stomp, away, connected, attached, link };
        let due = now.plus(self.config.session_ttl);
        let person = self.person(seen.user);
        person.deeds.push(Deed::Started(Sheet::of(&visit, Some(due))));
        person.visits.push(visit);
        if capped {
            self.happened.push("cap");
        }
        Ok(())
    }

    fn command(
        &mut self,
        seen: &Seen<'_>,
        bound: Option<&Attached>,
        command: &Command,
        now: Span,
    ) -> Check {
        let config = self.config;
        let person = self.person(seen.user);
        let visit = person
            .visits
            .iter()
            .position(|v| v.link == Link::Attached && bound.is_some_and(|socket| is_of(v, socket)));
        // Frames of a session that has ended or moved on change nothing (rules, 3).
        let Some(at) = visit else { return Ok(()) };
        match command {
            Command::Heartbeat(Some(device)) => {
                let visit = &mut person.visits[at];
                visit.kind = device.kind.unwrap_or(visit.kind);
            }
            Command::Subscribe(targets) => {
                let verdicts = person.subscribe(targets, false, now, &config);
                return check_verdicts(seen, bound.map(|socket| socket.key), &verdicts);
            }
            Command::Unsubscribe(targets) => {
                let verdicts = person.unsubscribe(targets);
                return check_verdicts(seen, bound.map(|socket| socket.key), &verdicts);
            }
            Command::TopicSubscribe(target) => {
                person.subscribe(&[target.as_str().to_owned()], true, now, &config);
            }
            Command::TopicUnsubscribe(target) => {
                if person.wants.get(target).is_some_and(|want| want.by_topic) {
                    person.drop_want(target, SubscriptionEnd::Unsubscribed);
                }
            }
            Command::SetStatus(set) => {
                let own = person.visits[at].id.clone();
                person.set_status(set, Some(&own));
            }
            Command::Leave => {
                let own = person.visits[at].id.clone();
                person.end(&own, now, EndReason::Left);
            }
            Command::SendMessage { .. } => return self.message(seen, command, now),
            Command::Heartbeat(None)
            | Command::PresenceReady
            | Command::PresenceDone
            | Command::Typing { .. }
            | Command::Ask(_) => {}
        }
        Ok(())
    }

    fn call(&mut self, seen: &Seen<'_>, request: &HubRequest, now: Span) -> Check {
        let config = self.config;
        let person = self.person(seen.user);
        match request {
            HubRequest::Subscribe { targets } => {
                let verdicts = person.subscribe(targets, false, now, &config);
                return check_verdicts(seen, None, &verdicts);
            }
            HubRequest::Unsubscribe { targets } => {
                let verdicts = person.unsubscribe(targets);
                return check_verdicts(seen, None, &verdicts);
            }
            HubRequest::SetStatus(set) => person.set_status(set, None),
            HubRequest::Revoke { session } => {
                person.end(session.as_str(), now, EndReason::Revoked);
            }
            HubRequest::Deliver { parcel: Parcel::Message(message) } => {
                if let Some(letter) = self.messages.get_mut(&message.message_id) {
                    letter.taken.insert(seen.user.clone());
                }
            }
            _ => return person.check_list(seen, request, now, &config),
        }
        Ok(())
    }
}

impl Person {
    fn evict_oldest(&mut self, rows: &Rows, now: Span) {
        let oldest = self.visits.iter().map(|visit| visit.connected.lo).min().unwrap_or(0);
        let candidates = |visit: &Visit| visit.connected.lo <= oldest + 4_000;
        let gone = |visit: &&Visit| candidates(visit) && !rows.sessions.contains(&visit.id);
        let id = self.visits.iter().find(gone).or(self.visits.first()).map(|v| v.id.clone());
        if let Some(id) = id {
            self.end(&id, now, EndReason::Evicted);
        }
    }

    /// A bad id fails alone; over the cap the rest fails; what is there runs afresh.
    fn subscribe(
        &mut self,
        targets: &[String],
        by_topic: bool,
        now: Span,
        config: &HubConfig,
    ) -> Vec<Verdict> {
        let alone = self.visits.is_empty();
        let expires = Some(now.plus(config.subscription_ttl));
        let mut verdicts = Vec::new();
        for (text, target) in distinct(targets) {
            let Some(target) = target else {
                verdicts.push(Verdict::failed(text, ErrorCode::InvalidUserId));
                continue;
            };
            let name = target.as_str().to_owned();
            if let Some(want) = self.wants.get_mut(&target) {
                want.by_topic &= by_topic;
                if alone {
                    want.renewed = want.renewed.max(now);
                }
                verdicts.push(Verdict::new(&name, Went::Refreshed, expires));
            } else if (self.wants.len() as i64) < config.max_subscriptions {
                self.deeds.push(Deed::Subscribed(target.clone()));
                self.wants.insert(target, Want { by_topic, since: now, renewed: now });
                verdicts.push(Verdict::new(&name, Went::Subscribed, expires));
            } else {
                verdicts.push(Verdict::failed(text, ErrorCode::TooManySubscriptions));
            }
        }
        verdicts
    }

    fn unsubscribe(&mut self, targets: &[String]) -> Vec<Verdict> {
        let mut end = |(text, target): (&String, Option<UserId>)| match target {
            None => Verdict::failed(text, ErrorCode::InvalidUserId),
            Some(target) if self.drop_want(&target, SubscriptionEnd::Unsubscribed) => {
                Verdict::new(target.as_str(), Went::Unsubscribed, None)
            }
            Some(target) => Verdict::new(target.as_str(), Went::NotSubscribed, None),
        };
        distinct(targets).into_iter().map(&mut end).collect()
    }

    fn set_status(&mut self, set: &SetStatus, own: Option<&String>) {
        match set.scope {
            Scope::User => {
                self.declared = set.status;
                self.message.clone_from(&set.message);
            }
            Scope::Device => {
                let named = set.session_id.as_ref().map(|id| id.as_str().to_owned());
                let id = named.or(own.cloned());
                if let Some(visit) = self.visits.iter_mut().find(|v| Some(&v.id) == id.as_ref()) {
                    visit.away = set.status == presence::state::Status::Away;
                }
            }
        }
    }
}

/// "Duplicates in one call count once": each target, in the order of its first mention.
fn distinct(targets: &[String]) -> Vec<(&String, Option<UserId>)> {
    let mut known = BTreeSet::new();
    let all = targets.iter().map(|text| (text, UserId::parse(text).ok()));
    all.filter(|(text, target)| {
        let name = target.as_ref().map_or(text.as_str(), UserId::as_str);
        known.insert((target.is_some(), name.to_owned()))
    })
    .collect()
}
