//! What REST answers, put together as the Worker does.

use presence::calls::{HubRequest, HubResponse, Page, Viewer};
use serde_json::{Value, json};

use super::player::{Player, id};
use super::seen::RestSeen;
use crate::world::person;

/// Somebody who takes no part.
pub(super) const OBSERVER: &str = "observer";

impl Player {
    /// A request to a user's hub, and its answer on the wire.
    pub(super) fn ask(&mut self, user: &str, request: HubRequest) -> Option<Value> {
        let hub = self.world.hub_of(&id(user));
        Some(match self.world.rest(hub, request)? {
            Ok(HubResponse::Outcomes { results }) => json!({ "results": results }),
            Ok(HubResponse::Presence(presence)) => json!(presence),
            Ok(_) => Value::Null,
            Err(refusal) => json!({ "code": refusal.code }),
        })
    }

    fn request(&mut self, user: &str, request: HubRequest) -> Option<HubResponse> {
        let hub = self.world.hub_of(&id(user));
        self.world.rest(hub, request)?.ok()
    }

    fn seen_by(&mut self, of: &str, beholder: &str) -> Option<presence::state::Presence> {
        let viewer = if of == beholder { Viewer::Owner } else { Viewer::User(id(beholder)) };
        match self.request(of, HubRequest::Presence { viewer })? {
            HubResponse::Presence(presence) => Some(presence),
            _ => None,
        }
    }

    pub(super) fn list_sessions(&mut self, user: &str) -> Value {
        match self.request(user, HubRequest::Sessions) {
            Some(HubResponse::Sessions { sessions }) => {
                json!({ "sessions": sessions, "count": sessions.len() })
            }
            _ => Value::Null,
        }
    }

    pub(super) fn list_subscriptions(&mut self, user: &str) -> Value {
        let page = Page { limit: 100, after: None };
        let Some(HubResponse::Subscriptions { mut subscriptions, count, .. }) =
            self.request(user, HubRequest::Subscriptions { page })
        else {
            return Value::Null;
        };
        for one in &mut subscriptions {
            one.presence = self.seen_by(one.user_id.as_str(), user);
        }
        json!({ "subscriptions": subscriptions, "count": count })
    }

    pub(super) fn list_subscribers(&mut self, user: &str) -> Value {
        let page = Page { limit: 100, after: None };
        let Some(HubResponse::Subscribers { mut subscribers, count, .. }) =
            self.request(user, HubRequest::Subscribers { page })
        else {
            return Value::Null;
        };
        for one in subscribers.iter_mut().filter(|one| one.watching_now) {
            one.watching_now =
                self.seen_by(one.user_id.as_str(), user).is_some_and(|seen| seen.online);
        }
        json!({ "subscribers": subscribers, "count": count })
    }

    /// All that REST says of everyone.
    pub(super) fn rest_of_all(&mut self) -> Vec<RestSeen> {
        (0..self.people).map(|number| self.rest_of(person(number).as_str())).collect()
    }

    fn rest_of(&mut self, user: &str) -> RestSeen {
        RestSeen {
            user: user.to_owned(),
            public: json!(self.seen_by(user, OBSERVER)),
            own: json!(self.seen_by(user, user)),
            sessions: self.list_sessions(user),
            subscriptions: self.list_subscriptions(user),
            subscribers: self.list_subscribers(user),
        }
    }
}
