//! Operations times prices.

use presence::config::HubConfig;
use presence::mirror::Refresh;
use presence::outbox::Publishing;
use serde::Serialize;

use super::mirror::Redis;
use super::operations::{OUTBOX, Operations, operations};
use super::outbox::Kafka;
use super::play::{Counted, play};
use super::prices::Prices;
use super::scenario::Scenario;

/// How many users a bill is for.
pub const USERS: f64 = 1_000_000.0;
/// How long the simulated network takes there and back, on average.
const SIMULATED_ROUND_TRIP: f64 = 16.0;
/// So many frames are one request.
const FRAMES: f64 = 20.0;

/// What items belong together in the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Group {
    /// Alarms: the request and the row.
    Alarms,
    /// Telling watchers.
    Notices,
    /// Asking targets when a socket opens.
    Snapshots,
    /// Making and ending subscriptions.
    Edges,
    /// Sockets, sessions, statuses.
    Sessions,
    /// Rows read.
    Reads,
    /// Duration.
    Duration,
    /// All else.
    Rest,
}

impl Group {
    /// All of them, in the order of the chart.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Alarms, "alarms"),
        (Self::Notices, "notices and passes"),
        (Self::Snapshots, "snapshots, marks"),
        (Self::Edges, "edge churn"),
        (Self::Sessions, "connects, sessions, statuses"),
        (Self::Reads, "rows read"),
        (Self::Duration, "duration"),
        (Self::Rest, "all else"),
    ];
}

/// A line of the bill.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// What.
    pub name: &'static str,
    /// Where it belongs.
    pub group: Group,
    /// How many a user and hour, in the unit that is billed.
    pub per_user_hour: f64,
    /// For a month of all users.
    pub dollars: f64,
}

/// What one scenario costs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bill {
    /// Its name.
    pub scenario: String,
    /// In one line.
    pub about: String,
    /// Each item.
    pub items: Vec<Item>,
    /// A month of all users, without Redis and Kafka.
    pub dollars: f64,
    /// The most that it may be, without Redis and Kafka.
    pub limit: Option<f64>,
    /// What Redis adds, in the way in which a large fleet keeps it and in others that are shown.
    pub redis: Vec<Redis>,
    /// What Kafka adds.
    pub kafka: Option<Kafka>,
    /// What was counted, a user and hour.
    #[serde(skip)]
    pub operations: Operations,
}

impl Bill {
    /// Multiplies.
    pub fn new(scenario: &Scenario, counted: &Counted, prices: &Prices) -> Self {
        let operations = operations(counted);
        let mut items = requests(&operations, prices);
        items.extend(rows(&operations, prices));
        items.extend(time(&operations, prices));
        let gb = counted.stored as f64 / counted.hubs as f64 / 1e9;
        let stored = gb * USERS * prices.stored_gb_month.of_one();
        items.push(Item { dollars: stored, ..unpriced("stored, GB", Group::Rest, gb) });
        Self {
            scenario: scenario.name.clone(),
            about: scenario.about.clone(),
            dollars: items.iter().map(|item| item.dollars).sum(),
            items,
            limit: scenario.limit,
            redis: Vec::new(),
            kafka: None,
            operations,
        }
    }

    /// Plays the scenario with Redis too.
    pub fn add_redis(
        &mut self,
        scenario: &Scenario,
        config: HubConfig,
        refresh: Refresh,
        prices: &Prices,
    ) -> Result<(), String> {
        let counted = play(scenario, HubConfig { refresh, ..config })?;
        let with = Self::new(scenario, &counted, prices);
        self.redis.push(Redis::new(self, &with, &counted, refresh, prices));
        Ok(())
    }

    /// Plays the scenario with Kafka too.
    pub fn add_kafka(
        &mut self,
        scenario: &Scenario,
        config: HubConfig,
        prices: &Prices,
    ) -> Result<(), String> {
        let counted = play(scenario, HubConfig { publishing: Publishing::Full, ..config })?;
        let with = Self::new(scenario, &counted, prices);
        self.kafka = Some(Kafka::new(self, &with, &counted, prices));
        Ok(())
    }

    /// What it costs with both.
    pub fn with_all(&self) -> f64 {
        self.with_redis() + self.kafka.as_ref().map_or(0.0, |kafka| kafka.dollars)
    }

    /// What it costs with Redis.
    pub fn with_redis(&self) -> f64 {
        self.dollars + self.redis.first().map_or(0.0, |redis| redis.dollars)
    }

    /// What a group costs.
    pub fn of_group(&self, group: Group) -> f64 {
        self.items.iter().filter(|item| item.group == group).map(|item| item.dollars).sum()
    }
}

fn unpriced(name: &'static str, group: Group, per_user_hour: f64) -> Item {
    Item { name, group, per_user_hour, dollars: 0.0 }
}

/// An item at the price of one.
fn priced(name: &'static str, group: Group, count: f64, price: f64, prices: &Prices) -> Item {
    let dollars = count * prices.month_hours * USERS * price;
    Item { dollars, ..unpriced(name, group, count) }
}

fn requests(operations: &Operations, prices: &Prices) -> Vec<Item> {
    let count = |name: &str| operations.get(name).copied().unwrap_or(0.0);
    let object = prices.object_request.of_one();
    let item = |(name, group)| priced(name, group, count(name), object, prices);
    let (upgrades, frames) = (count("Worker requests"), count("frames") / FRAMES);
    let worker = prices.worker_request.of_one();
    let mut items = vec![
        priced("Worker requests", Group::Sessions, upgrades, worker, prices),
        priced("requests: frames, 20 for one", Group::Sessions, frames, object, prices),
    ];
    let kinds = [
        ("requests: connects", Group::Sessions),
        ("requests: closes", Group::Sessions),
        ("requests: alarms", Group::Alarms),
        ("requests: notices", Group::Notices),
        ("requests: snapshots at connects", Group::Snapshots),
        ("requests: edges", Group::Edges),
        ("requests: messages", Group::Rest),
        ("requests: other calls", Group::Rest),
    ];
    items.extend(kinds.map(item));
    items
}

fn rows(operations: &Operations, prices: &Prices) -> Vec<Item> {
    let count = |name: &str| operations.get(name).copied().unwrap_or(0.0);
    let written = [
        ("rows: alarms set again by alarms", Group::Alarms),
        ("rows: alarms set by all else", Group::Alarms),
        ("rows: users", Group::Sessions),
        ("rows: sessions", Group::Sessions),
        ("rows: passes over the audience", Group::Notices),
        ("rows: marks of sleeping watchers", Group::Snapshots),
        ("rows: edges at their subscriber", Group::Edges),
        ("rows: edges at their target", Group::Edges),
        ("rows: messages", Group::Rest),
        (OUTBOX, Group::Rest),
        ("rows: tables, directory", Group::Rest),
    ];
    let price = prices.row_written.of_one();
    let item = |(name, group)| priced(name, group, count(name), price, prices);
    let read = prices.row_read.of_one();
    let mut items: Vec<Item> = written.map(item).into();
    items.push(priced("rows read", Group::Reads, count("rows read"), read, prices));
    items
}

/// An object is billed while a handler runs, while it is being woken, and while a call that it has
/// made, or a timer, keeps it in memory.
fn time(operations: &Operations, prices: &Prices) -> Vec<Item> {
    let count = |name: &str| operations.get(name).copied().unwrap_or(0.0);
    let model = prices.model;
    let calls = count("ms in which calls are out") * model.round_trip_ms / SIMULATED_ROUND_TRIP;
    let timers = count("ms in which only a timer runs");
    let handlers = count("handlers run") * model.handler_ms;
    let waking = count("objects woken") * model.wake_ms;
    let gb_s = |ms: f64| ms / 1000.0 * model.memory_gb;
    let item =
        |(name, ms)| priced(name, Group::Duration, gb_s(ms), prices.object_gb_s.of_one(), prices);
    let cpu = count("Worker requests") * model.worker_cpu_ms;
    let mut items: Vec<Item> = [
        ("GB-s: handlers", handlers),
        ("GB-s: waking", waking),
        ("GB-s: awaiting calls", calls),
        ("GB-s: timers", timers),
    ]
    .map(item)
    .into();
    let price = prices.worker_cpu_ms.of_one();
    items.push(priced("Worker CPU, ms", Group::Sessions, cpu, price, prices));
    items
}
