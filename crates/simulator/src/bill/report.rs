//! The bill as text.

use std::fmt::Write as _;

use super::cost::{Bill, Group};
use super::mirror::{COMMANDS, Redis};
use super::outbox::REQUESTS;
use super::prices::{Design, Prices};

/// `12345678` as `12,345,678`.
pub fn thousands(dollars: f64) -> String {
    let digits = format!("{:.0}", dollars.abs().round());
    let mut text = String::from(if dollars.round() < 0.0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// All scenarios side by side: dollars a month of a million users.
pub fn table(bills: &[Bill]) -> String {
    let mut lines = vec![row("a month of 1M users, $", bills, |bill| bill.scenario.clone())];
    lines.push(rule(bills.len()));
    let names = bills.first().map(|bill| bill.items.as_slice()).unwrap_or_default();
    for (at, item) in names.iter().enumerate() {
        lines.push(row(item.name, bills, |bill| thousands(bill.items[at].dollars)));
    }
    lines.push(rule(bills.len()));
    lines.push(row("without Redis and Kafka", bills, |bill| thousands(bill.dollars)));
    let redis = bills.first().and_then(|bill| bill.redis.first());
    for (at, (name, _)) in redis.iter().flat_map(|redis| redis.parts.iter().enumerate()) {
        let part = |bill: &Bill| bill.redis.first().map_or(0.0, |redis| redis.parts[at].1);
        lines.push(row(name, bills, |bill| thousands(part(bill))));
    }
    lines.push(rule(bills.len()));
    lines.push(row("in all, Redis on `transitions`", bills, |bill| thousands(bill.with_redis())));
    let kafka = bills.first().and_then(|bill| bill.kafka.as_ref());
    for (at, (name, _)) in kafka.iter().flat_map(|kafka| kafka.parts.iter().enumerate()) {
        let part = |bill: &Bill| bill.kafka.as_ref().map_or(0.0, |kafka| kafka.parts[at].1);
        lines.push(row(name, bills, |bill| thousands(part(bill))));
    }
    lines.push(rule(bills.len()));
    lines.push(row("in all, with Kafka", bills, |bill| thousands(bill.with_all())));
    lines.join("\n")
}

/// How many requests to Kafka a user and hour there are, and what they bring about.
pub fn kafka(bill: &Bill) -> Option<String> {
    let kafka = bill.kafka.as_ref()?;
    let count = |name: &str| kafka.operations.get(name).copied().unwrap_or(0.0);
    Some(format!(
        "{}, Kafka: {:.2} requests with {:.2} events a user and hour, ${} with rows and alarms",
        bill.scenario,
        count(REQUESTS),
        count("Kafka events"),
        thousands(kafka.dollars)
    ))
}

/// What Redis costs in each way that was played, and how many commands a user and hour that is.
pub fn redis(bill: &Bill) -> Vec<String> {
    let line = |redis: &Redis| {
        let commands = redis.operations.get(COMMANDS).copied().unwrap_or(0.0);
        format!(
            "{}, {:?}: {commands:.2} commands a user and hour, ${} with rows and alarms",
            bill.scenario,
            redis.refresh,
            thousands(redis.dollars)
        )
    };
    bill.redis.iter().map(line).collect()
}

/// All scenarios side by side: operations a user and hour.
pub fn counts(bills: &[Bill]) -> String {
    let mut lines = vec![row("a user and hour", bills, |bill| bill.scenario.clone())];
    lines.push(rule(bills.len()));
    let names = bills.first().map(|bill| bill.operations.keys()).into_iter().flatten();
    for name in names {
        let count = |bill: &Bill| bill.operations.get(name).copied().unwrap_or(0.0);
        lines.push(row(name, bills, |bill| format!("{:.3}", count(bill))));
    }
    lines.join("\n")
}

fn row(head: &str, bills: &[Bill], cell: impl Fn(&Bill) -> String) -> String {
    let cells = bills.iter().fold(String::new(), |mut line, bill| {
        let _ = write!(line, " | {:>12}", cell(bill));
        line
    });
    format!("| {head:<36}{cells} |")
}

fn rule(columns: usize) -> String {
    format!("|{}{} |", "-".repeat(38), " | -----------:".repeat(columns))
}

/// `always-on` among the designs that were weighed.
pub fn designs(designs: &[Design], bill: &Bill) -> String {
    let mut text = String::from("always-on, a month of 1M users, by design:\n");
    for design in designs {
        let _ = writeln!(text, "  {:>9}  {}", thousands(design.dollars), design.name);
    }
    let _ = write!(
        text,
        "  {:>9}  counted from the code, without Redis and Kafka",
        thousands(bill.dollars)
    );
    text
}

/// What the largest group is, and whether the limit is kept.
pub fn verdict(bill: &Bill) -> String {
    let mut groups = Group::ALL.map(|(group, name)| (bill.of_group(group), name));
    groups.sort_by(|a, b| b.0.total_cmp(&a.0));
    let [first, second, third, ..] = groups;
    let part = |(dollars, name): (f64, &str)| {
        format!("{name} {} ({:.0} %)", thousands(dollars), dollars / bill.dollars * 100.0)
    };
    let mut text = format!("{}: {}", bill.scenario, [first, second, third].map(part).join(", "));
    if let Some(limit) = bill.limit {
        let (dollars, limit_text) = (thousands(bill.dollars), thousands(limit));
        let verdict = if bill.dollars <= limit { "within" } else { "ABOVE" };
        let _ = write!(
            text,
            "; ${dollars} without Redis and Kafka, {verdict} the limit of ${limit_text}"
        );
    }
    text
}

/// Where the prices are from.
pub fn sources(prices: &Prices) -> String {
    format!("prices as of {}: {}", prices.checked, prices.object_request.source)
}
