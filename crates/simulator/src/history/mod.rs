//! Histories of clients that can be played twice: here, in a quiet world, and against the real server
//! through its public protocols. What clients saw, and what REST says at rest, must agree.
//!
//! A [`Batch`] is a number of histories that share a server, and the times at which that server is
//! killed. Nothing in a history happens within a second of a deadline, so that the time which a real
//! machine takes changes nothing; what is still open (how far changes fell together, in which order
//! things of different people arrived) is said with the history: see [`seen`].
//!
//! - [`op`]: what clients do
//! - `compose`: decides what happens next, as far as the deadlines allow
//! - `player`: does it in the world, and keeps what came of it
//! - `deadlines`, `eyes`, `sieve`: what would be too close, what each device may and must have seen,
//!   and what it saw here
//! - `rest`: what REST says when all is done

mod answers;
mod compose;
mod deadlines;
mod eyes;
pub mod op;
mod pick;
mod player;
mod rest;
pub mod seen;
mod sieve;

use presence::config::HubConfig;
use serde::Serialize;

use crate::random::Random;
use op::Operation;
use seen::{DeviceSeen, RestSeen};

/// How far everything keeps from a deadline, in milliseconds.
pub const MARGIN: i64 = 1_100;
/// How long a killed server stays away.
pub const OUTAGE: i64 = 5_000;

/// Histories that share a server.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// What it was made from.
    pub seed: u64,
    /// The server's settings.
    pub settings: HubConfig,
    /// When the server is killed, in milliseconds since the beginning.
    pub kills: Vec<i64>,
    /// How long it stays away then.
    pub outage: i64,
    /// How often clients beat.
    pub beat: i64,
    /// The histories.
    pub histories: Vec<History>,
}

/// What some people did, and what they saw of each other.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// What it was made from.
    pub seed: u64,
    /// Who they are.
    pub people: Vec<String>,
    /// In the order of time.
    pub operations: Vec<Operation>,
    /// What each device saw.
    pub devices: Vec<DeviceSeen>,
    /// How each of the people looked, by version.
    pub looks: std::collections::BTreeMap<String, crate::judge::Looks>,
    /// When all was at rest.
    pub rests_at: i64,
    /// What REST said then.
    pub rest: Vec<RestSeen>,
}

/// How large a batch is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How many histories.
    pub histories: u64,
    /// How many operations each, from here
    pub least: i64,
    /// to here.
    pub most: i64,
    /// How many kills.
    pub kills: i64,
}

/// `SESSION_TTL`, `OFFLINE_GRACE`, `SUBSCRIPTION_TTL`, `MAX_SESSIONS_PER_USER`,
/// `MAX_SUBSCRIPTIONS_PER_USER`, `COALESCE_MS`.
const SETTINGS: [[i64; 6]; 6] = [
    [4_000, 3_000, 3_600_000, 16, 1000, 200],
    [3_000, 2_000, 6_000, 3, 1000, 200],
    [5_000, 3_000, 4_000, 4, 4, 0],
    [2_000, 2_000, 3_600_000, 2, 1000, 100],
    [4_000, 0, 5_000, 3, 1000, 200],
    [3_000, 3_000, 3_600_000, 16, 1000, 400],
];

fn settings(seed: u64) -> HubConfig {
    let [session_ttl, offline_grace, subscription_ttl, sessions, max_subscriptions, coalesce] =
        SETTINGS[(seed % SETTINGS.len() as u64) as usize];
    HubConfig {
        session_ttl,
        heartbeat: session_ttl * 5 / 12,
        offline_grace,
        subscription_ttl,
        max_sessions: sessions as usize,
        max_subscriptions,
        coalesce,
        ..HubConfig::default()
    }
}

/// Makes a batch and plays it. Says which invariant broke, should one.
pub fn batch(seed: u64, size: Size) -> Result<Batch, String> {
    let settings = settings(seed);
    let mut random = Random::of(&[seed, 77]);
    let mut at = 0;
    let kills: Vec<i64> = (0..size.kills)
        .map(|_| {
            at += 100 * random.range(180, 260);
            at
        })
        .collect();
    let histories = (0..size.histories)
        .map(|number| compose::compose(seed * 100 + number, settings, size, &kills))
        .collect::<Result<_, _>>()?;
    let beat = settings.heartbeat;
    Ok(Batch { seed, settings, kills, outage: OUTAGE, beat, histories })
}
