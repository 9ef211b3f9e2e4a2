//! What a hub makes Redis say when it is asked to.

use std::collections::BTreeSet;

use presence::ids::{SessionId, UserId};

use crate::world::FakeWorld;

impl FakeWorld {
    /// Makes Redis say what the hub says.
    pub(crate) fn mirror(&self, id: &UserId, strays: &[SessionId]) {
        let hub = self.hubs.borrow().get(id).cloned().unwrap_or_default();
        let key = |pattern: &str| format!("{pattern}{}", id.as_str());
        let texts = |ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
        let sessions = texts(hub.sessions.iter().map(SessionId::as_str).collect());
        let own = [
            (key("ws:user:sessions:"), sessions.clone()),
            (
                key("presence:subscription:"),
                texts(hub.watching.iter().map(UserId::as_str).collect()),
            ),
            (
                key("presence:subscribers:"),
                texts(hub.audience.keys().map(UserId::as_str).collect()),
            ),
            (
                format!("{}:watchers", key("presence:user:")),
                texts(hub.audience.keys().map(UserId::as_str).collect()),
            ),
        ];
        self.sets.borrow_mut().extend(own);
        self.counts.borrow_mut().insert(key("ws:connections:"), hub.sessions.len());
        for stray in strays {
            self.strings.borrow_mut().remove(&format!("ws:session:{}", stray.as_str()));
        }
        let last_active = format!("{}:last_active", key("presence:user:"));
        if hub.hidden {
            self.strings.borrow_mut().remove(&last_active);
        } else if !sessions.is_empty() {
            self.strings.borrow_mut().insert(last_active);
        }
        for session in &sessions {
            self.strings.borrow_mut().insert(format!("ws:session:{session}"));
            let shown = format!("{}:online:{session}", key("presence:user:"));
            if hub.hidden {
                self.strings.borrow_mut().remove(&shown);
            } else {
                self.strings.borrow_mut().insert(shown);
            }
        }
        if hub.hidden || sessions.is_empty() {
            self.srem("presence:online", id.as_str());
        } else {
            self.sadd("presence:online", id.as_str());
        }
    }
}
