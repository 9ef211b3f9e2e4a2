//! What happens in a run, made from the seed before it begins: steps at their times, each an
//! operation of a client or a fault. A step names people and devices by number, so that it can be
//! played, or left out, whatever became of the others.

mod cast;
mod generate;
mod kafka;
mod redis;

pub use generate::{CONFIGS, generate};

use presence::config::HubConfig;
use presence::outbox::Destination;
use presence::state::{DeviceType, Status};

/// A whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// What it was made from.
    pub seed: u64,
    /// How many people.
    pub people: usize,
    /// The settings of all hubs.
    pub config: HubConfig,
    /// Deprecated keys are mirrored too.
    pub deprecated_keys: bool,
    /// How many events an outbox may hold.
    pub room: usize,
    /// Kafka refuses this until everybody leaves.
    pub held: Option<Destination>,
    /// In the order of time.
    pub steps: Vec<Step>,
}

/// Something happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Milliseconds after the step before it.
    pub pause: i64,
    /// What.
    pub action: Action,
}

/// What happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Somebody does something.
    Act(usize, Op),
    /// A fault strikes; those of single calls, answers, beats and alarms strike by themselves.
    Strike(Strike),
    /// The scheduled cleanup runs, whatever the world is like.
    Cleanup,
    /// Dead letters of somebody are published once more: all, or the first only.
    Replay(usize, bool),
    /// All faults end, all that is due runs, and everything is checked.
    Rest,
}

/// How a socket is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// With a close event after so many milliseconds.
    Closed(i64),
    /// Without one.
    Vanished,
    /// The client's end is gone; the hub's stays open until its time is over, or for so long.
    HalfOpen(i64),
}

/// What somebody does. `device` picks one of their devices that can do it.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A new device connects.
    Connect {
        /// What it is.
        kind: DeviceType,
        /// Speaks STOMP: is told of presence only after it subscribes.
        stomp: bool,
        /// How it behaves.
        manners: Manners,
        /// Its token ends after so many milliseconds.
        token_life: Option<i64>,
    },
    /// A device loses its socket and comes back by itself after so long, or waits for `Resume`.
    Lose(u64, Loss, Option<i64>),
    /// A device without a socket comes back.
    Resume(u64),
    /// A device comes back with a token that is not its own, or of a session that ended.
    StaleResume(u64),
    /// A device forgets everything, its token too, and comes back as a new one.
    Reload(u64),
    /// A device beats no more, and keeps its socket.
    GoSilent(u64),
    /// A heartbeat frame, which may say something of the device.
    Beat(u64, Option<DeviceType>),
    /// A device says goodbye.
    Leave(u64),
    /// Subscribe, by a device or over REST.
    Subscribe(Option<u64>, Vec<Target>),
    /// Unsubscribe, by a device or over REST.
    Unsubscribe(Option<u64>, Vec<Target>),
    /// A STOMP device subscribes to one user's topic, or unsubscribes.
    Topic(u64, Target, bool),
    /// A STOMP device subscribes to the queue of all presence, or unsubscribes.
    Queue(u64, bool),
    /// A status of the user, by a device or over REST.
    Status(Option<u64>, Status, bool),
    /// A status of a device.
    DeviceStatus(u64, Status),
    /// A message to some; with a name, it may be a repeat.
    Message(u64, Vec<usize>, Option<u64>),
    /// Typing begins or stops.
    Typing(u64, usize, bool),
    /// A device asks how some are.
    Ask(u64, Vec<Target>),
    /// Somebody reads this user's presence over REST: another user, or a back end.
    Read(Option<usize>),
    /// Lists, sessions, a sweep: reads that must change nothing.
    Lists,
    /// One of the user's sessions is revoked over REST.
    Revoke(u64),
}

/// Whom a subscription names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// One of the people; oneself too.
    Person(usize),
    /// Somebody who never comes.
    Nobody(usize),
    /// What is no user id.
    Invalid,
}

/// How a client behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// Comes back with its token, the first time already after a random while.
    Good,
    /// Comes back at once and without a token.
    Hasty,
    /// Never comes back by itself, and beats too rarely.
    Lazy,
}

/// A fault at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// Of one hub.
    Hibernate(usize),
    /// Of one hub.
    Crash(usize),
    /// At the hub's next turn that commits, after so many of its effects.
    CrashAtCommit(usize, usize),
    /// When the hub's next call has taken effect.
    CrashInFlight(usize),
    /// Of all hubs.
    Deploy,
    /// For so many milliseconds.
    RefuseStorage(usize, i64),
    /// After so many statements.
    RefuseStatement(usize, u32),
    /// For so many milliseconds.
    Unreachable(usize, i64),
    /// For so many milliseconds.
    DirectoryDown(i64),
    /// Redis forgets everything.
    EmptyRedis,
    /// One of the last copies of Redis comes back.
    RestoreRedis(u64),
    /// For so many milliseconds.
    RedisAway(i64),
    /// For so many milliseconds.
    KafkaAway(i64),
    /// The same, and so long that everything else comes and goes meanwhile.
    KafkaDown(i64),
    /// For so many milliseconds.
    HoldTopic(Destination, i64),
}
