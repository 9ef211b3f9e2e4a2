//! The subscriptions of one socket. They live in its attachment, so their number and size are bounded.

use presence::ids::UserId;
use serde::{Deserialize, Serialize};

use super::Destination;
use crate::body::to_json;

/// How many a socket may hold.
pub const MAX_SUBSCRIPTIONS: usize = 64;
/// How many bytes of JSON they may have together.
pub const MAX_SUBSCRIPTIONS_SIZE: usize = 5120;

/// In the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Subscriptions(Vec<Subscription>);

/// The id that the client chose (STOMP 1.0 needs none), and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Subscription(pub(super) Option<String>, pub(super) Destination);

/// What adding one came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Added {
    New,
    /// It was there already, and is one subscription still.
    Again,
    /// Its id stands for another destination.
    Conflict,
    /// It does not fit.
    Full,
}

impl Subscriptions {
    pub(super) fn add(&mut self, id: Option<&str>, destination: &Destination) -> Added {
        let same =
            |s: &&Subscription| s.0.as_deref() == id && (id.is_some() || s.1 == *destination);
        match self.0.iter().find(same) {
            Some(known) if known.1 == *destination => Added::Again,
            Some(_) => Added::Conflict,
            None => self.push(Subscription(id.map(str::to_owned), destination.clone())),
        }
    }

    fn push(&mut self, subscription: Subscription) -> Added {
        self.0.push(subscription);
        if self.0.len() > MAX_SUBSCRIPTIONS || to_json(self).len() > MAX_SUBSCRIPTIONS_SIZE {
            self.0.pop();
            return Added::Full;
        }
        Added::New
    }

    /// Removes the one with this id, or (STOMP 1.0, without an id) of this destination.
    pub(super) fn remove(
        &mut self,
        id: Option<&str>,
        destination: Option<&str>,
    ) -> Option<Destination> {
        let found = self.0.iter().position(|s| match id {
            Some(_) => s.0.as_deref() == id,
            None => s.0.is_none() && destination == Some(s.1.to_string().as_str()),
        })?;
        Some(self.0.remove(found).1)
    }

    pub(super) fn has_topic(&self, user: &UserId) -> bool {
        self.0.iter().any(|s| matches!(&s.1, Destination::Topic(of) if of == user))
    }

    pub(super) fn has(&self, destination: &Destination) -> bool {
        self.0.iter().any(|s| s.1 == *destination)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.0.iter()
    }
}
