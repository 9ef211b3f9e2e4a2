//! Devices: what a client was told, and what it believes by the version filter of the contract.

use std::collections::{BTreeMap, BTreeSet};

use presence::ids::{MessageId, ResumeToken, SessionId, SocketKey, UserId};
use presence::state::{DeviceType, Presence};

use crate::script::Manners;

/// Where a device stands, as it knows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It holds a socket that it believes in.
    Up(SocketKey),
    /// Its socket is gone.
    Down,
    /// It said goodbye, or was told to stay away.
    Gone,
}

/// One device. It outlives its sockets, as an application does.
#[derive(Clone, Debug)]
pub struct Device {
    /// Whose.
    pub owner: usize,
    /// The how manieth of its owner.
    pub number: u64,
    /// How many sockets it has opened.
    pub opened: u64,
    /// How many commands it has sent.
    said: u64,
    /// What it is.
    pub kind: DeviceType,
    /// Speaks STOMP.
    pub stomp: bool,
    /// How it behaves.
    pub manners: Manners,
    /// Where it stands.
    pub link: Link,
    /// Its socket is open at the hub too, and what is sent arrives.
    pub hears: bool,
    /// STOMP: subscribed to the queue of all presence, or about to be on its next socket.
    pub queue: bool,
    /// STOMP: subscribed to these users' topics, or about to be.
    pub topics: BTreeSet<UserId>,
    /// The session it believes to have.
    pub session: Option<SessionId>,
    /// For coming back.
    pub token: Option<ResumeToken>,
    /// What it believes of others.
    pub view: BTreeMap<UserId, Presence>,
    /// The messages it has shown.
    pub messages: BTreeSet<MessageId>,
    /// Commands on this socket that were not answered yet.
    pub unanswered: BTreeSet<String>,
    /// Tries to come back since it was last connected.
    pub tries: u32,
    /// Names the try that is due; an older one finds another number here.
    pub comeback: u64,
}

impl Device {
    /// One that was just switched on.
    pub fn new(owner: usize, kind: DeviceType, stomp: bool, manners: Manners) -> Self {
        Self {
            owner,
            number: 0,
            opened: 0,
            said: 0,
            kind,
            stomp,
            manners,
            link: Link::Down,
            hears: false,
            queue: false,
            topics: BTreeSet::new(),
            session: None,
            token: None,
            view: BTreeMap::new(),
            messages: BTreeSet::new(),
            unanswered: BTreeSet::new(),
            tries: 0,
            comeback: 0,
        }
    }

    /// The socket, if it has one.
    pub fn socket(&self) -> Option<SocketKey> {
        if let Link::Up(key) = self.link { Some(key) } else { None }
    }

    /// The mark of its next command: no other command of anybody has it.
    pub fn next_mark(&mut self) -> String {
        self.said += 1;
        format!("c{}-{}-{}", self.owner, self.number, self.said)
    }

    /// Whether it is told of this user.
    pub fn is_told_of(&self, user: &UserId) -> bool {
        !self.stomp || self.queue || self.topics.contains(user)
    }

    /// Keeps what is newer than what it holds; true if it did.
    pub fn believe(&mut self, presence: &Presence) -> bool {
        let known = self.view.get(&presence.user_id).map_or(-1, |known| known.version);
        let news = presence.version > known;
        if news {
            self.view.insert(presence.user_id.clone(), presence.clone());
        }
        news
    }

    /// It begins anew: nothing that it knew is left.
    pub fn forget(&mut self) {
        self.session = None;
        self.token = None;
        self.view.clear();
    }
}
