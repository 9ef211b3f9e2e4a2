//! What Redis adds to a bill: its commands, and what the mirror makes hubs do besides. The same scenario is
//! played with and without it; the difference is what it costs.

use presence::mirror::Refresh;
use serde::Serialize;

use super::cost::{Bill, Item, USERS};
use super::operations::{Operations, operations};
use super::play::Counted;
use super::prices::Prices;

/// Its commands, among the operations.
pub const COMMANDS: &str = "Redis commands";

/// The line of Redis.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Redis {
    /// How its keys are kept.
    pub refresh: Refresh,
    /// Each part in dollars a month of all users.
    pub parts: [(&'static str, f64); 4],
    /// All of it.
    pub dollars: f64,
    /// What was counted, a user and hour.
    #[serde(skip)]
    pub operations: Operations,
}

impl Redis {
    /// Of a scenario that was played without it (`bill`), and with it.
    pub fn new(
        bill: &Bill,
        with: &Bill,
        counted: &Counted,
        refresh: Refresh,
        prices: &Prices,
    ) -> Self {
        let added = added(&bill.operations, counted);
        let commands = added.get(COMMANDS).copied().unwrap_or(0.0);
        let commands = commands * prices.month_hours * USERS * prices.redis_command.of_one();
        let more = |part: fn(&Item) -> bool| of(with, part) - of(bill, part);
        let parts = [
            ("Redis: commands", commands),
            ("Redis: rows of users", more(|item| item.name == "rows: users")),
            ("Redis: alarms", more(is_alarm)),
            (
                "Redis: duration, all else",
                more(|item| item.name != "rows: users" && !is_alarm(item)),
            ),
        ];
        let dollars = parts.iter().map(|(_, dollars)| dollars).sum();
        Self { refresh, parts, dollars, operations: added }
    }
}

fn of(bill: &Bill, part: fn(&Item) -> bool) -> f64 {
    bill.items.iter().filter(|item| part(item)).map(|item| item.dollars).sum()
}

fn is_alarm(item: &Item) -> bool {
    item.name.contains("alarms")
}

/// What is counted with Redis beyond what is counted `without` it.
pub fn added(without: &Operations, counted: &Counted) -> Operations {
    let with = operations(counted);
    let more = |part: fn(&str) -> bool| {
        let sum = |all: &Operations| -> f64 {
            all.iter().filter(|(name, _)| part(name)).map(|(_, count)| count).sum()
        };
        (sum(&with) - sum(without)).max(0.0)
    };
    let tally = &counted.tally;
    let commands: u64 = tally.commands.values().sum();
    let each = |count: u64| count as f64 / counted.user_hours;
    Operations::from([
        (COMMANDS, each(commands)),
        ("Redis flushes", each(tally.flushes)),
        (
            "rows that Redis adds",
            more(|name| name.starts_with("rows: ") && !name.contains("alarms")),
        ),
        ("alarms that Redis adds", more(|name| name == "requests: alarms")),
    ])
}
