//! What a hub answers to who reads its lists, and to who subscribes (contract, §2).

use presence::calls::{
    HubRequest, HubResponse, Outcome as Went, Page, Subscriber, Subscription, SubscriptionStatus,
    TargetOutcome,
};
use presence::config::HubConfig;
use presence::effects::{Effect, Reply, ServerMessage};
use presence::errors::ErrorCode;
use presence::ids::{SocketKey, UserId};
use presence::state::Session;
use presence::time::Millis;

use super::deeds::Sheet;
use super::person::{Link, Person, Want, socket_of};
use super::span::Span;
use super::{Check, Outcome, Seen, breach};

/// How an entry of a subscribe or unsubscribe ought to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub target: String,
    pub went: Went,
    pub error: Option<ErrorCode>,
    /// When the lease would end.
    pub expires: Option<Span>,
}

impl Verdict {
    pub(super) fn new(target: &str, went: Went, expires: Option<Span>) -> Self {
        Self { target: target.to_owned(), went, error: None, expires }
    }

    pub(super) fn failed(target: &str, code: ErrorCode) -> Self {
        Self { error: Some(code), ..Self::new(target, Went::Failed, None) }
    }

    fn is(&self, outcome: &TargetOutcome) -> bool {
        self.target == outcome.target_user_id
            && self.went == outcome.outcome
            && self.error == outcome.error.as_ref().map(|refusal| refusal.code)
            && fits(self.expires, outcome.expires_at)
    }
}

fn fits(due: Option<Span>, at: Option<Millis>) -> bool {
    match (due, at) {
        (Some(due), Some(at)) => due.holds(at),
        (due, at) => due.is_none() && at.is_none(),
    }
}

/// One entry for each distinct target, in the order of its first mention.
pub(super) fn check_verdicts(
    seen: &Seen<'_>,
    to: Option<SocketKey>,
    verdicts: &[Verdict],
) -> Check {
    let replied = |effect: &Effect| match effect {
        Effect::Send(key, ServerMessage::Reply { reply: Reply::Outcomes(results), .. })
            if Some(*key) == to =>
        {
            Some(results.clone())
        }
        _ => None,
    };
    let said = match seen.outcome {
        Outcome::Answered(HubResponse::Outcomes { results }) => Some(results.clone()),
        _ => seen.effects.iter().find_map(replied),
    };
    let Some(said) = said else {
        return breach("10: nobody said how a subscribe went", format!("{}", seen.user));
    };
    let same = verdicts.len() == said.len() && verdicts.iter().zip(&said).all(|(a, b)| a.is(b));
    if same {
        return Ok(());
    }
    breach("10: a subscribe went otherwise", format!("{}: {said:?}, not {verdicts:?}", seen.user))
}

impl Person {
    /// The answer to a question for a list, after the sweep.
    pub(super) fn check_list(
        &self,
        seen: &Seen<'_>,
        request: &HubRequest,
        now: Span,
        config: &HubConfig,
    ) -> Check {
        let Outcome::Answered(answer) = seen.outcome else { return Ok(()) };
        let (right, what) = match (request, answer) {
            (HubRequest::Sessions, HubResponse::Sessions { sessions }) => {
                (self.lists_sessions(seen, sessions, config), "2: a list of sessions is wrong")
            }
            (HubRequest::Subscriptions { page }, answer) => (
                self.lists_subscriptions(page, answer, now, config),
                "10: a list of subscriptions is wrong",
            ),
            (HubRequest::Subscribers { page }, answer) => (
                self.lists_subscribers(seen.user, page, answer),
                "5: a list of subscribers is wrong",
            ),
            (HubRequest::SubscribedTo { target }, answer) => (
                self.answers_whether(target, answer, now, config),
                "10: an answer about a subscription is wrong",
            ),
            _ => return Ok(()),
        };
        if right { Ok(()) } else { breach(what, format!("{}: {answer:?}", seen.user)) }
    }

    fn lists_subscriptions(
        &self,
        page: &Page,
        answer: &HubResponse,
        now: Span,
        config: &HubConfig,
    ) -> bool {
        let HubResponse::Subscriptions { subscriptions, count, next } = answer else {
            return false;
        };
        let all: Vec<&UserId> = self.wants.keys().collect();
        let listed: Vec<_> = subscriptions.iter().map(|entry| &entry.user_id).collect();
        is_page(&all, page, &listed, *count, next.as_ref())
            && subscriptions.iter().all(|entry| self.lists(entry, now, config))
    }

    fn lists_subscribers(&self, user: &UserId, page: &Page, answer: &HubResponse) -> bool {
        let HubResponse::Subscribers { subscribers, count, next } = answer else { return false };
        let held = self.audience.iter().filter(|(_, edge)| edge.held).map(|(id, _)| id);
        let mut all: Vec<&UserId> =
            held.chain(self.wants.contains_key(user).then_some(user)).collect();
        all.sort_unstable();
        let listed: Vec<_> = subscribers.iter().map(|entry| &entry.user_id).collect();
        is_page(&all, page, &listed, *count, next.as_ref())
            && subscribers.iter().all(|entry| self.is_watched_by(user, entry))
    }

    fn answers_whether(
        &self,
        target: &UserId,
        answer: &HubResponse,
        now: Span,
        config: &HubConfig,
    ) -> bool {
        let HubResponse::SubscribedTo { subscribed, status, expires_at } = answer else {
            return false;
        };
        let due = self.wants.get(target).map(|want| self.would_end(want, now, config));
        let active = *status == SubscriptionStatus::Active;
        (*subscribed, active) == (due.is_some(), due.is_some()) && fits(due, *expires_at)
    }

    /// Oldest first, each with its deadline, and whether its socket is there.
    fn lists_sessions(&self, seen: &Seen<'_>, sessions: &[Session], config: &HubConfig) -> bool {
        let right = |session: &Session| {
            let visit = self.visits.iter().find(|v| v.id == session.session_id.as_str());
            visit.is_some_and(|visit| {
                let due = Self::deadline(visit, seen.sockets, config);
                let there =
                    visit.link == Link::Attached && socket_of(visit, seen.sockets).is_some();
                Sheet::of(visit, Some(due)).is(seen.user, session, config)
                    && session.connected == there
            })
        };
        sessions.len() == self.visits.len()
            && sessions.iter().all(right)
            && sessions.is_sorted_by_key(|session| session.connected_at)
    }

    fn lists(&self, entry: &Subscription, now: Span, config: &HubConfig) -> bool {
        let want = self.wants.get(&entry.user_id);
        want.is_some_and(|want| {
            want.since.holds(entry.since)
                && self.would_end(want, now, config).holds(entry.expires_at)
                && entry.status == SubscriptionStatus::Active
                && entry.presence.is_none()
        })
    }

    /// "When it would end if the subscriber were away from now on."
    fn would_end(&self, want: &Want, now: Span, config: &HubConfig) -> Span {
        if self.visits.is_empty() {
            return self.lease(want, config);
        }
        now.max(want.renewed).plus(config.subscription_ttl)
    }

    /// Only who has said so, and has not watched anew since, may stand there as somebody whom nobody tells.
    fn is_watched_by(&self, user: &UserId, entry: &Subscriber) -> bool {
        if entry.user_id == *user {
            return self.wants.get(user).is_some_and(|want| want.since.holds(entry.since));
        }
        let edge = self.audience.get(&entry.user_id);
        edge.is_some_and(|edge| {
            edge.since.holds(entry.since) && (entry.watching_now || edge.asleep)
        })
    }
}

/// Whether `listed` is this page of `all`, which are in order.
fn is_page(
    all: &[&UserId],
    page: &Page,
    listed: &[&UserId],
    count: i64,
    next: Option<&UserId>,
) -> bool {
    let after = all.iter().filter(|id| page.after.as_ref().is_none_or(|after| **id > after));
    let after: Vec<&UserId> = after.copied().collect();
    let size = after.len().min(page.limit as usize);
    let ought = &after[..size];
    let more = after.len() > size;
    let last = ought.last().copied().filter(|_| more);
    count == all.len() as i64 && listed == ought && next == last
}
