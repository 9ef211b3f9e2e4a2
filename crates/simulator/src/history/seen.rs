//! What came of a history, for the comparison.
//!
//! Of presence a device saw, of each target, a sequence of versions. It may lack those that fell
//! together with later ones, and it may have repeats; so for each target there are the versions that
//! it *may* have seen (those that stood while it watched), those that it *must* have seen (those that
//! stood for a while), and the *last*, which it holds at the end. All else is compared as it was heard.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::player::Player;
use crate::world::person;

/// What one device saw.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DeviceSeen {
    /// Whose.
    pub user: String,
    /// What it speaks.
    pub stomp: bool,
    /// Its sockets, in the order in which they opened.
    pub sockets: Vec<SocketSeen>,
    /// Of whom it was told what.
    pub presence: BTreeMap<String, Told>,
}

/// What one socket saw.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SocketSeen {
    /// When it opened.
    pub at: i64,
    /// All that came.
    pub frames: Vec<Frame>,
    /// The code with which the server closed it.
    pub closed: Option<u16>,
}

/// Something came.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    /// When.
    pub at: i64,
    /// As it stands on the wire of the native protocol.
    pub body: Value,
}

/// Of one target.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Told {
    /// May have been seen.
    pub may: BTreeSet<i64>,
    /// Must have been seen.
    pub must: BTreeSet<i64>,
    /// Is held at the end.
    pub last: Option<i64>,
}

/// What REST says of one user at rest, as it stands on the wire.
#[derive(Clone, Debug, Serialize)]
pub struct RestSeen {
    /// Whose.
    pub user: String,
    /// As somebody else sees them.
    pub public: Value,
    /// As they see themselves.
    pub own: Value,
    /// Their sessions.
    pub sessions: Value,
    /// Whom they watch.
    pub subscriptions: Value,
    /// Who watches them.
    pub subscribers: Value,
}

/// Gathers what each device was told, of the world that has played it.
pub(super) fn told_by(player: &mut Player) -> Vec<DeviceSeen> {
    player.sift();
    player.take_late_answers();
    (0..player.kits.len()).map(|device| of_device(player, device)).collect()
}

fn of_device(player: &Player, device: usize) -> DeviceSeen {
    let kit = &player.kits[device];
    let of_socket = |(key, at): &(_, i64)| SocketSeen {
        at: *at,
        frames: player.sieve.frames.get(key).cloned().unwrap_or_default(),
        closed: player.sieve.closed.get(key).map(|code| code.code()),
    };
    let sockets = kit.sockets.iter().map(of_socket).collect();
    let user = person(kit.owner).as_str().to_owned();
    let mut seen = DeviceSeen { user, stomp: kit.stomp, sockets, presence: BTreeMap::new() };
    for ((of, target), told) in &player.eyes.told {
        if *of == device {
            seen.presence.insert(target.clone(), of_target(player, device, target, told));
        }
    }
    seen
}

fn of_target(player: &Player, device: usize, target: &str, told: &Told) -> Told {
    let here = player.sieve.told.get(&(device, target.to_owned()));
    let here: BTreeSet<i64> = here.into_iter().flat_map(BTreeMap::keys).copied().collect();
    let may = told.may.union(&here).copied().collect();
    Told { may, must: told.must.clone(), last: here.last().copied() }
}
