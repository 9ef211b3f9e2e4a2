//! One user as they ought to be. Times are the hub's, as spans: a clock that a crash set back leaves
//! it open what the hub took for "now"; within the span the model goes by what the hub did, outside
//! it the hub must do what the model says.

use std::collections::BTreeMap;

use presence::close::CloseCode;
use presence::config::HubConfig;
use presence::effects::{Attached, Effect};
use presence::events::{Event, EventKind, SubscriptionEnd};
use presence::ids::{MessageId, ResumeToken, UserId};
use presence::state::{DeviceType, EndReason, Status};
use presence::time::Millis;

use super::audience::Edge;
use super::deeds::{Deed, Sheet};
use super::span::Span;
use super::view::View;
use super::{Check, Input, Rows, Seen, breach};

/// Where a session's socket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Attached,
    /// When, and what a session that ends of it ends of.
    Closed(Span, EndReason),
    Vanished(Span),
}

/// One session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    pub id: String,
    pub token: ResumeToken,
    pub number: u32,
    pub kind: DeviceType,
    pub stomp: bool,
    pub away: bool,
    pub connected: Span,
    pub attached: Span,
    pub link: Link,
}

/// A subscription.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    pub by_topic: bool,
    pub since: Span,
    pub renewed: Span,
}

/// How a version looks, when it came to be, and what was first said of the last activity.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub view: View,
    pub since: i64,
    /// The same by the world's clock.
    pub at: i64,
    #[allow(clippy::option_option, reason = "what was first said, which may be 'never'")]
    pub active: Option<Option<Millis>>,
}

/// The user.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub visits: Vec<Visit>,
    pub declared: Status,
    pub message: Option<String>,
    pub wants: BTreeMap<UserId, Want>,
    /// Who watches, by the calls that this user's hub has taken.
    pub audience: BTreeMap<UserId, Edge>,
    pub ended: Span,
    newest: i64,
    pub version: i64,
    pub revision: i64,
    /// What others may be told, by version; what the own devices may be told, by revision.
    pub shown: BTreeMap<i64, Shown>,
    pub own: BTreeMap<i64, View>,
    pub sent: BTreeMap<String, (MessageId, Span)>,
    /// Since when (by the world's clock) the user hides.
    pub hidden_since: Option<i64>,
    /// When storage last refused a turn.
    pub trouble: i64,
    /// What this turn did.
    pub deeds: Vec<Deed>,
}

impl Person {
    pub(super) fn new() -> Self {
        let offline =
            Shown { view: View::offline(), since: i64::MAX, at: i64::MIN / 2, active: None };
        Self {
            visits: Vec::new(),
            declared: Status::Online,
            message: None,
            wants: BTreeMap::new(),
            audience: BTreeMap::new(),
            ended: Span { lo: 0, hi: 0 },
            newest: 0,
            version: 0,
            revision: 0,
            shown: BTreeMap::from([(0, offline)]),
            own: BTreeMap::from([(0, View::offline())]),
            sent: BTreeMap::new(),
            hidden_since: None,
            trouble: i64::MIN / 2,
            deeds: Vec::new(),
        }
    }

    pub(super) fn public(&self) -> View {
        View::public(self.declared, self.message.as_ref(), &self.visits)
    }

    pub(super) fn owner(&self) -> View {
        View::own(self.declared, self.message.as_ref(), &self.visits)
    }

    /// What the hub may have taken for "now".
    pub(super) fn moment(&mut self, clock: i64) -> Span {
        self.newest = self.newest.max(clock);
        Span { lo: clock, hi: self.newest }
    }

    /// The one deadline of a session (rules, 2).
    pub(super) fn deadline(visit: &Visit, sockets: &[Attached], config: &HubConfig) -> Span {
        match visit.link {
            Link::Closed(at, _) => at.plus(config.offline_grace),
            Link::Vanished(at) => at.plus(config.session_ttl),
            Link::Attached => {
                let seen = socket_of(visit, sockets).map_or(i64::MIN / 2, |s| s.last_seen.0);
                visit.attached.max(Span { lo: seen, hi: seen }).plus(config.session_ttl)
            }
        }
    }

    /// What is over ends first (rules, 1, 2, 4).
    pub(super) fn sweep(
        &mut self,
        seen: &Seen<'_>,
        rows: &Rows,
        now: Span,
        config: &HubConfig,
    ) -> Check {
        let mut sockets = seen.sockets.to_vec();
        if let Input::Closed(socket, _) = seen.input {
            sockets.push(socket.clone());
        }
        for visit in &mut self.visits {
            if visit.link == Link::Attached && socket_of(visit, &sockets).is_none() {
                visit.link = Link::Vanished(now);
            }
        }
        self.expire_tokens(seen, &sockets, now)?;
        self.end_dead(seen.events, &sockets, rows, now, config);
        Ok(())
    }

    fn expire_tokens(&mut self, seen: &Seen<'_>, sockets: &[Attached], now: Span) -> Check {
        for socket in sockets {
            let Some(at) = socket.token_expires_at else { continue };
            let closed = |e: &Effect| matches!(e, Effect::Close(key, CloseCode::Unauthorized) if *key == socket.key);
            let closed = seen.effects.iter().any(closed);
            let over = Span { lo: at.0, hi: at.0 }.is_over(now);
            // A socket that was closed for another reason has no token any more.
            let gone =
                seen.effects.iter().any(|e| matches!(e, Effect::Close(k, _) if *k == socket.key));
            if over == Some(false) && closed || over == Some(true) && !gone {
                return breach(
                    "token",
                    format!("{}: token ends {at}, closed: {closed}", seen.user),
                );
            }
            let visit =
                self.visits.iter_mut().find(|v| is_of(v, socket) && v.link == Link::Attached);
            if let Some(visit) = visit.filter(|_| closed) {
                visit.link = Link::Closed(now, EndReason::Unauthorized);
            }
        }
        Ok(())
    }

    /// Whoever is over is gone; where that is open, the hub has decided: by its rows, and by the reason that
    /// it gives.
    pub(super) fn end_dead(
        &mut self,
        events: &[Event],
        sockets: &[Attached],
        rows: &Rows,
        now: Span,
        config: &HubConfig,
    ) {
        let (mut ended, deeds) = (self.ended, &mut self.deeds);
        self.visits.retain(|visit| {
            let deadline = Self::deadline(visit, sockets, config);
            let reason = match visit.link {
                Link::Closed(_, reason) => reason,
                Link::Attached | Link::Vanished(_) => EndReason::Expired,
            };
            let by_time = || said(events, &visit.id).is_none_or(|said| said == reason);
            let gone = || !rows.sessions.contains(&visit.id) && by_time();
            let over = deadline.is_over(now).unwrap_or_else(gone);
            if over {
                ended = ended.max(deadline.min(now));
                deeds.push(Deed::Ended(Sheet::of(visit, Some(deadline)), reason));
            }
            !over
        });
        self.ended = ended;
    }

    /// A session ends here and now.
    pub(super) fn end(&mut self, id: &str, now: Span, reason: EndReason) {
        if let Some(at) = self.visits.iter().position(|visit| visit.id == id) {
            let visit = self.visits.remove(at);
            self.ended = self.ended.max(now);
            self.deeds.push(Deed::Ended(Sheet::of(&visit, None), reason));
        }
    }

    /// A subscription ends; false if it was not there.
    pub(super) fn drop_want(&mut self, target: &UserId, reason: SubscriptionEnd) -> bool {
        let held = self.wants.remove(target).is_some();
        if held {
            self.deeds.push(Deed::Unsubscribed(target.clone(), reason));
        }
        held
    }

    /// When a lease ends, as long as no session lives.
    pub(super) fn lease(&self, want: &Want, config: &HubConfig) -> Span {
        self.ended.max(want.renewed).plus(config.subscription_ttl)
    }

    /// Numbers what the turn changed (invariant 3).
    pub(super) fn number(
        &mut self,
        before: (&View, &View),
        sessions_changed: bool,
        now: i64,
        clock: i64,
    ) {
        let (public, own) = (self.public(), self.owner());
        if own != *before.1 || sessions_changed {
            self.revision += 1;
        }
        self.own.insert(self.revision, own);
        if public != *before.0 {
            self.version += 1;
            let since = clock.max(self.newest);
            let shown = Shown { view: public, since, at: now, active: None };
            self.shown.insert(self.version, shown);
        }
        if self.declared == Status::Invisible {
            self.hidden_since.get_or_insert(now);
        } else {
            self.hidden_since = None;
        }
    }

    /// The hub's tables say what the model says.
    pub(super) fn check_rows(&self, seen: &Seen<'_>, rows: &Rows) -> Check {
        let (user, input) = (seen.user, seen.input);
        let ids: Vec<&String> = self.visits.iter().map(|visit| &visit.id).collect();
        if let Some(gone) = ids.iter().find(|id| !rows.sessions.contains(**id)) {
            return breach(
                "1: a session ended before its time",
                format!("{user}: {gone} in {input:?}"),
            );
        }
        if let Some(ghost) = rows.sessions.iter().find(|id| !ids.contains(id)) {
            return breach(
                "1: a session outlived its end",
                format!("{user}: {ghost} after {input:?}"),
            );
        }
        if let Some(gone) = self.wants.keys().find(|id| !rows.wants.contains(*id)) {
            return breach("10: a subscription was lost", format!("{user} -> {gone} in {input:?}"));
        }
        if let Some(kept) = rows.wants.iter().find(|id| !self.wants.contains_key(*id)) {
            return breach(
                "10: a subscription outlived its end",
                format!("{user} -> {kept} after {input:?}"),
            );
        }
        if (rows.version, rows.revision) != (self.version, self.revision) {
            let (is, ought) = ((rows.version, rows.revision), (self.version, self.revision));
            let detail =
                format!("{user}: (version, revision) is {is:?}, not {ought:?}, after {input:?}");
            return breach("3: a version is not one more with each visible change", detail);
        }
        Ok(())
    }
}

/// Why a session has ended, by the hub's own word.
fn said(events: &[Event], id: &str) -> Option<EndReason> {
    events.iter().find_map(|event| match &event.kind {
        EventKind::SessionEnded { session, reason, .. } if session.session_id.as_str() == id => {
            Some(*reason)
        }
        _ => None,
    })
}

/// The socket that a session is attached to.
pub(super) fn socket_of<'a>(visit: &Visit, sockets: &'a [Attached]) -> Option<&'a Attached> {
    sockets.iter().find(|socket| is_of(visit, socket))
}

pub(super) fn is_of(visit: &Visit, socket: &Attached) -> bool {
    let bound = socket.session.as_ref();
    bound.is_some_and(|(id, number)| *id.as_str() == *visit.id && *number == visit.number)
}
