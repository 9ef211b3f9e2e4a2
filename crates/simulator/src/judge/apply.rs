//! What each input ought to change, by the contract's words.

use std::collections::BTreeSet;

use presence::calls::{HubRequest, HubResponse, Parcel, SetStatus};
use presence::config::MESSAGE_MEMORY;
use presence::effects::{Attached, Command, Connected};
use presence::errors::ErrorCode;
use presence::events::{EventKind, SubscriptionEnd};
use presence::ids::{ResumeToken, UserId};
use presence::state::{DeviceType, Scope};

use super::person::{Link, Person, Span, Visit, Want, is_of};
use super::{Check, Input, Judge, Letter, Outcome, Rows, Seen, breach};

/// How many leases a turn ends that revives none; the rest follow in the next.
const LEASES_A_TURN: usize = 100;

impl Judge {
    /// Moves the model through one turn.
    pub(super) fn apply_all(&mut self, seen: &Seen<'_>, rows: &Rows) -> Check {
        let config = self.config;
        let person = self.person(seen.user);
        let now = person.moment(seen.clock);
        let before = (person.public(), person.owner());
        person.sweep(seen, rows, now, &config)?;
        self.end_leases(seen, rows, now);
        self.apply(seen, rows, now)?;
        self.deny(seen)?;
        let person = self.person(seen.user);
        let of_session = |what: &String| what.starts_with("started") || what.starts_with("ended");
        let changed = person.happened.iter().any(of_session);
        person.number((&before.0, &before.1), changed, seen.now, seen.clock);
        person.check_events(seen, &before.1)
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
            person.drop_want(target);
        }
        if !ended.is_empty() {
            self.happened.push("lease end");
        }
    }

    /// A target whose list is full ends a subscription; that is not foreseen, but must be possible.
    fn deny(&mut self, seen: &Seen<'_>) -> Check {
        let possible = self.config.max_subscribers < 1_000;
        for event in seen.events {
            if let EventKind::SubscriptionEnded {
                target, reason: SubscriptionEnd::Denied, ..
            } = &event.kind
            {
                if !possible {
                    return breach(
                        "10: a subscription was lost",
                        format!("{} -> {target}: denied", seen.user),
                    );
                }
                self.happened.push("denied");
                self.person(seen.user).drop_want(target);
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
            Input::Closed(socket) => {
                let mut visits = self.person(seen.user).visits.iter_mut();
                if let Some(visit) = visits.find(|v| is_of(v, socket) && v.link == Link::Attached) {
                    visit.link = Link::Closed(now);
                }
                // Without a grace it ends with its close.
                self.person(seen.user).end_dead(seen.sockets, rows, now, &config);
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
            (Input::Call(HubRequest::Watch { .. }), ErrorCode::TooManySubscribers) => {
                self.config.max_subscribers < 1_000
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
        person.happened.push(format!("started {id}"));
        let visit = Visit { id, token, number, kind, stomp, away, connected, attached, link };
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
                person.subscribe(targets, false, now, config.max_subscriptions);
            }
            Command::Unsubscribe(targets) => person.unsubscribe(targets),
            Command::TopicSubscribe(target) => {
                person.subscribe(
                    &[target.as_str().to_owned()],
                    true,
                    now,
                    config.max_subscriptions,
                );
            }
            Command::TopicUnsubscribe(target) => {
                if person.wants.get(target).is_some_and(|want| want.by_topic) {
                    person.drop_want(target);
                }
            }
            Command::SetStatus(set) => {
                let own = person.visits[at].id.clone();
                person.set_status(set, Some(&own));
            }
            Command::Leave => {
                let own = person.visits[at].id.clone();
                person.end(&own, now);
            }
            Command::SendMessage { to, client_message_id, content } => {
                return self.message(seen, to, client_message_id.as_ref(), content, now);
            }
            Command::Heartbeat(None)
            | Command::PresenceReady
            | Command::PresenceDone
            | Command::Typing { .. }
            | Command::Ask(_) => {}
        }
        Ok(())
    }

    /// The same name within an hour is one message; a new one makes its event in the same turn.
    fn message(
        &mut self,
        seen: &Seen<'_>,
        to: &[UserId],
        name: Option<&String>,
        content: &serde_json::Value,
        now: Span,
    ) -> Check {
        let person = self.person(seen.user);
        let known = name.and_then(|name| person.sent.get(name));
        let over = known.map(|(_, at)| at.plus(MESSAGE_MEMORY).is_over(now));
        let sent = seen.events.iter().find_map(|event| match &event.kind {
            EventKind::MessageSent { message_id, .. } => Some(message_id.clone()),
            _ => None,
        });
        let Some(id) = sent else {
            if matches!(over, None | Some(Some(true))) {
                return breach(
                    "14: a message was taken and is not there",
                    format!("{}: {name:?}", seen.user),
                );
            }
            self.happened.push("repeat");
            return Ok(());
        };
        if over == Some(Some(false)) {
            return breach(
                "14: a repeat became a second message",
                format!("{}: {name:?}", seen.user),
            );
        }
        if let Some(name) = name {
            person.sent.insert(name.clone(), (id.clone(), now));
        }
        let to: BTreeSet<UserId> = to.iter().filter(|to| *to != seen.user).cloned().collect();
        let (from, taken, content) = (seen.user.clone(), BTreeSet::new(), content.clone());
        self.messages.insert(id, Letter { from, to, taken, sent: seen.now, content });
        Ok(())
    }

    fn call(&mut self, seen: &Seen<'_>, request: &HubRequest, now: Span) -> Check {
        let most = self.config.max_subscriptions;
        let person = self.person(seen.user);
        match (request, seen.outcome) {
            (HubRequest::Subscribe { targets }, _) => person.subscribe(targets, false, now, most),
            (HubRequest::Unsubscribe { targets }, _) => person.unsubscribe(targets),
            (HubRequest::SetStatus(set), _) => person.set_status(set, None),
            (HubRequest::Revoke { session }, _) => {
                person.end(session.as_str(), now);
            }
            (HubRequest::Deliver { parcel: Parcel::Message(message) }, _) => {
                if let Some(letter) = self.messages.get_mut(&message.message_id) {
                    letter.taken.insert(seen.user.clone());
                }
            }
            (HubRequest::Sessions, Outcome::Answered(HubResponse::Sessions { sessions }))
                if sessions.len() != person.visits.len() =>
            {
                return breach("2: a list of sessions is wrong", seen.user.to_string());
            }
            (_, Outcome::Answered(HubResponse::Subscriptions { count, .. }))
                if *count != person.wants.len() as i64 =>
            {
                return breach("10: a list of subscriptions is wrong", seen.user.to_string());
            }
            _ => {}
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
            self.end(&id, now);
        }
    }

    /// A bad id fails alone; over the cap the rest fails; what is there runs afresh.
    fn subscribe(&mut self, targets: &[String], by_topic: bool, now: Span, most: i64) {
        let alone = self.visits.is_empty();
        for target in targets.iter().filter_map(|text| UserId::parse(text).ok()) {
            if let Some(want) = self.wants.get_mut(&target) {
                want.by_topic &= by_topic;
                if alone {
                    want.renewed = want.renewed.max(now);
                }
            } else if (self.wants.len() as i64) < most {
                self.happened.push(format!("subscribed {target}"));
                self.wants.insert(target, Want { by_topic, renewed: now });
            }
        }
    }

    fn unsubscribe(&mut self, targets: &[String]) {
        for target in targets.iter().filter_map(|text| UserId::parse(text).ok()) {
            self.drop_want(&target);
        }
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
