//! What clients do, through the public protocols.

use serde::Serialize;
use serde_json::Value;

/// Something that somebody does at a time.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// Milliseconds since the beginning.
    pub at: i64,
    /// What.
    pub op: Op,
    /// What it was answered, on the wire's terms; nothing where no answer comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
}

/// What. Devices are numbers, people their ids. `by` is a device, or nothing: over REST.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Op {
    /// A device opens a socket, perhaps with the resume token of a device.
    Open {
        /// Which.
        device: usize,
        /// Whose.
        user: String,
        /// What it is.
        kind: &'static str,
        /// What it speaks.
        stomp: bool,
        /// Whose token it sends.
        resume: Option<usize>,
    },
    /// A device's socket is closed by its client, with a close frame or without.
    Close {
        /// Which.
        device: usize,
        /// Without.
        cut: bool,
    },
    /// A device beats a last time and then no more.
    Silence {
        /// Which.
        device: usize,
    },
    /// A device says goodbye.
    Leave {
        /// Which.
        device: usize,
    },
    /// A heartbeat command, which may say something of the device.
    Beat {
        /// Which.
        device: usize,
        /// What it is now.
        kind: Option<&'static str>,
    },
    /// A STOMP device subscribes to the queue of all presence, or unsubscribes.
    Ready {
        /// Which.
        device: usize,
        /// Which of the two.
        on: bool,
    },
    /// A STOMP device subscribes to a topic, or unsubscribes.
    Topic {
        /// Which.
        device: usize,
        /// Whose topic.
        target: String,
        /// Which of the two.
        on: bool,
    },
    /// Subscribe.
    Subscribe {
        /// Whose doing.
        user: String,
        /// By which device.
        by: Option<usize>,
        /// To whom.
        targets: Vec<String>,
    },
    /// Unsubscribe.
    Unsubscribe {
        /// Whose doing.
        user: String,
        /// By which device.
        by: Option<usize>,
        /// From whom.
        targets: Vec<String>,
    },
    /// A status of the user.
    Status {
        /// Whose.
        user: String,
        /// By which device.
        by: Option<usize>,
        /// Its name.
        status: &'static str,
        /// What is written beside it.
        message: Option<String>,
    },
    /// A status of a device.
    DeviceStatus {
        /// Which.
        device: usize,
        /// Its name.
        status: &'static str,
    },
    /// A message.
    Message {
        /// From.
        device: usize,
        /// To.
        to: Vec<String>,
        /// The sender's own name for it.
        name: Option<String>,
        /// What it says.
        content: Value,
    },
    /// Typing begins or stops.
    Typing {
        /// Who.
        device: usize,
        /// To.
        to: String,
        /// Which of the two.
        typing: bool,
    },
    /// A device asks how some are.
    Ask {
        /// Which.
        device: usize,
        /// Of whom.
        targets: Vec<String>,
    },
    /// The session that a device has or had is revoked over REST.
    Revoke {
        /// Whose.
        user: String,
        /// Of which device.
        device: usize,
    },
    /// Somebody reads a presence over REST.
    Read {
        /// Who.
        viewer: String,
        /// Whose.
        of: String,
    },
    /// Somebody reads one of their lists over REST.
    List {
        /// Whose.
        user: String,
        /// Which.
        list: List,
    },
}

/// A list of REST.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum List {
    /// Of the own sessions.
    Sessions,
    /// Of whom one watches.
    Subscriptions,
    /// Of who watches.
    Subscribers,
}

impl Op {
    /// Whether sockets may end, or stop to be told of somebody: what came before must have arrived.
    pub(super) fn needs_calm(&self) -> bool {
        matches!(
            self,
            Self::Close { .. }
                | Self::Silence { .. }
                | Self::Leave { .. }
                | Self::Revoke { .. }
                | Self::Unsubscribe { .. }
                | Self::Topic { on: false, .. }
        )
    }

    /// Whether it may happen at the same time as something that another user does.
    pub(super) fn mingles(&self) -> bool {
        matches!(
            self,
            Self::Status { .. }
                | Self::DeviceStatus { .. }
                | Self::Subscribe { .. }
                | Self::Topic { on: true, .. }
        )
    }
}
