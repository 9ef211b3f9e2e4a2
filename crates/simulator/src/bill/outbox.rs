//! What Kafka adds to a bill: its requests, the rows of the outbox, and what it makes hubs do besides. The
//! same scenario is played with and without it; the difference is what it costs.

use serde::Serialize;

use super::cost::{Bill, Item, USERS};
use super::operations::{OUTBOX, Operations, operations};
use super::play::Counted;
use super::prices::Prices;

/// Its requests, among the operations.
pub const REQUESTS: &str = "Kafka requests";

/// The line of Kafka.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Kafka {
    /// Each part in dollars a month of all users.
    pub parts: [(&'static str, f64); 4],
    /// All of it.
    pub dollars: f64,
    /// What was counted, a user and hour.
    #[serde(skip)]
    pub operations: Operations,
}

impl Kafka {
    /// Of a scenario that was played without it (`bill`), and with it.
    pub fn new(bill: &Bill, with: &Bill, counted: &Counted, prices: &Prices) -> Self {
        let added = added(&bill.operations, counted);
        let requests = added.get(REQUESTS).copied().unwrap_or(0.0);
        let requests = requests * prices.month_hours * USERS * prices.kafka_request.of_one();
        let more = |part: fn(&Item) -> bool| of(with, part) - of(bill, part);
        let parts = [
            ("Kafka: requests", requests),
            ("Kafka: rows of the outbox", more(is_outbox)),
            ("Kafka: rows of users, alarms", more(is_hub)),
            ("Kafka: duration, all else", more(|item| !is_outbox(item) && !is_hub(item))),
        ];
        let dollars = parts.iter().map(|(_, dollars)| dollars).sum();
        Self { parts, dollars, operations: added }
    }
}

fn of(bill: &Bill, part: fn(&Item) -> bool) -> f64 {
    bill.items.iter().filter(|item| part(item)).map(|item| item.dollars).sum()
}

fn is_outbox(item: &Item) -> bool {
    item.name == OUTBOX
}

fn is_hub(item: &Item) -> bool {
    item.name == "rows: users" || item.name.contains("alarms")
}

/// What is counted with Kafka beyond what is counted `without` it.
pub fn added(without: &Operations, counted: &Counted) -> Operations {
    let with = operations(counted);
    let more = |name: &str| {
        let of = |all: &Operations| all.get(name).copied().unwrap_or(0.0);
        (of(&with) - of(without)).max(0.0)
    };
    let batches: u64 = counted.tally.batches.values().sum();
    let each = |count: u64| count as f64 / counted.user_hours;
    Operations::from([
        (REQUESTS, each(batches)),
        ("Kafka events", each(counted.tally.records)),
        ("rows of the outbox", more(OUTBOX)),
        ("rows of users that Kafka adds", more("rows: users")),
        ("alarms that Kafka adds", more("requests: alarms")),
    ])
}
