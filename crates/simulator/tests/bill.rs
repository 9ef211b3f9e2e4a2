//! The bill's budgets: what the code does a user and hour in each scenario, held to `bill/budget.toml`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::sync::OnceLock;

use presence::config::HubConfig;
use presence::mirror::Refresh;
use presence::outbox::Publishing;
use simulator::bill::budget::{self, Budgets, Difference};
use simulator::bill::cost::Bill;
use simulator::bill::operations::{Operations, operations};
use simulator::bill::play::{Counted, play};
use simulator::bill::{chart, files, mirror, outbox, report};

fn play_small(name: &str) -> (String, Counted) {
    let scenario = files::scenario(name).unwrap().small();
    let counted = play(&scenario, HubConfig::default()).unwrap();
    (scenario.name, counted)
}

/// As tests play it, once for all of them.
fn counted(name: &str) -> (String, Counted) {
    static PLAYED: [OnceLock<(String, Counted)>; 4] = [const { OnceLock::new() }; 4];
    let place = files::SCENARIOS.iter().position(|other| *other == name).unwrap();
    PLAYED[place].get_or_init(|| play_small(name)).clone()
}

/// The scenario keeps its budget, and what Redis adds and what Kafka adds keep theirs.
fn holds(name: &str) {
    let (small, counted) = counted(name);
    let without = operations(&counted);
    keeps(&small, &without);
    let scenario = files::scenario(name).unwrap().small();
    let config = HubConfig { refresh: Refresh::Transitions, ..HubConfig::default() };
    let redis = mirror::added(&without, &play(&scenario, config).unwrap());
    assert!(redis[mirror::COMMANDS] > 0.0);
    keeps(&budget::of_redis(&small), &redis);
    let config = HubConfig { publishing: Publishing::Full, ..HubConfig::default() };
    let kafka = outbox::added(&without, &play(&scenario, config).unwrap());
    assert!(kafka[outbox::REQUESTS] > 0.0);
    keeps(&budget::of_kafka(&small), &kafka);
}

/// Fails with all that is over its budget; says what has become cheaper.
fn keeps(name: &str, operations: &Operations) {
    let all = budget::compare(&files::budgets().unwrap(), name, operations);
    let (above, below): (Vec<_>, Vec<_>) = all.into_iter().partition(Difference::is_above);
    for difference in below {
        println!("cheaper, lower the budget (npm run bill -- --write): {difference}");
    }
    let above: Vec<String> = above.iter().map(ToString::to_string).collect();
    assert!(above.is_empty(), "over budget:\n{}", above.join("\n"));
}

#[test]
fn always_on_keeps_its_budget() {
    holds("always-on");
}

#[test]
fn a_day_at_the_office_keeps_its_budget() {
    holds("office-day");
}

#[test]
fn a_flaky_phone_keeps_its_budget() {
    holds("mobile-flaky");
}

#[test]
fn a_celebrity_keeps_its_budget() {
    holds("celebrity");
}

fn one_operation(count: f64) -> (Budgets, Operations) {
    let budgets = budget::parse("[some]\n\"rows: users\" = 2.0\n").unwrap();
    (budgets, BTreeMap::from([("rows: users", count)]))
}

#[test]
fn two_per_cent_more_is_named_with_its_amount_and_less_is_let_pass() {
    let (budgets, counted) = one_operation(2.039);
    assert_eq!(budget::compare(&budgets, "some", &counted), []);
    let (_, counted) = one_operation(2.05);
    let found = budget::compare(&budgets, "some", &counted);
    assert!(found[0].is_above());
    assert_eq!(
        found[0].to_string(),
        "some: rows: users: 2.0500 a user-hour, budget 2.0000 (+2.5 %)"
    );
}

#[test]
fn what_becomes_a_tenth_cheaper_asks_for_a_lower_budget() {
    let (budgets, counted) = one_operation(1.79);
    let found = budget::compare(&budgets, "some", &counted);
    assert!(!found[0].is_above(), "{found:?}");
    assert_eq!(budget::compare(&budgets, "some", &one_operation(1.81).1), []);
}

#[test]
fn what_has_no_budget_may_not_happen() {
    let (budgets, counted) = one_operation(2.0);
    let found = budget::compare(&budgets, "another", &counted);
    assert!(found[0].is_above() && found[0].budget == 0.0, "{found:?}");
}

#[test]
fn a_budget_that_was_written_is_kept_by_what_it_was_written_from() {
    let (_, counted) = one_operation(1.234_567);
    let written = budget::parse(&budget::render(&[("some".into(), counted.clone())])).unwrap();
    assert_eq!(budget::compare(&written, "some", &counted), []);
}

#[test]
fn the_same_scenario_counts_the_same_twice() {
    let ((_, first), (_, second)) = (counted("celebrity"), play_small("celebrity"));
    assert_eq!(first.tally, second.tally);
}

#[test]
fn always_on_costs_no_more_than_it_may_and_each_count_is_in_one_item() {
    let scenario = files::scenario("always-on").unwrap();
    let (_, counted) = counted("always-on");
    let prices = files::prices().unwrap();
    let bill = Bill::new(&scenario, &counted, &prices);
    assert!(bill.dollars <= scenario.limit.unwrap(), "{}", report::verdict(&bill));
    let operations = operations(&counted);
    let sum = |prefix: &str| -> f64 {
        let some = operations.iter().filter(|(name, _)| name.starts_with(prefix));
        some.map(|(_, count)| count * counted.user_hours).sum()
    };
    let tally = &counted.tally;
    let registered = tally.requests.get("register").copied().unwrap_or(0);
    assert_near(sum("requests:"), tally.requests.values().sum());
    assert_near(sum("rows:"), tally.rows_written + tally.alarms_set + registered);
    // By hand: what an alarm costs, its request and its row.
    let alarms = 720.0 * (0.15 + 1.0) * operations["requests: alarms"];
    let item = |name: &str| bill.items.iter().find(|item| item.name == name).unwrap().dollars;
    let billed = item("requests: alarms") + item("rows: alarms set again by alarms");
    assert!((billed / alarms - 1.0).abs() < 0.001, "{billed} {alarms}");
}

fn assert_near(sum: f64, count: u64) {
    assert!((sum - count as f64).abs() < 0.5, "{sum} {count}");
}

#[test]
fn the_chart_shows_every_design_and_scenario() {
    let scenario = files::scenario("celebrity").unwrap();
    let (_, counted) = counted("celebrity");
    let prices = files::prices().unwrap();
    let mut bill = Bill::new(&scenario, &counted, &prices);
    let config = HubConfig::default();
    let small = scenario.small();
    bill.add_redis(&small, config, Refresh::Transitions, &prices).unwrap();
    bill.add_kafka(&small, config, &prices).unwrap();
    let svg = chart::draw(&files::designs().unwrap(), std::slice::from_ref(&bill));
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("962,000") && svg.contains("celebrity"), "{svg}");
    let table = report::table(std::slice::from_ref(&bill));
    assert!(table.contains("Redis: commands") && table.contains("Kafka: rows of the outbox"));
    let parts: f64 = bill.redis[0].parts.iter().map(|(_, dollars)| dollars).sum();
    assert!((bill.with_redis() - bill.dollars - parts).abs() < 0.01, "each part in one line");
    let kafka = bill.kafka.as_ref().unwrap();
    let parts: f64 = kafka.parts.iter().map(|(_, dollars)| dollars).sum();
    assert!((bill.with_all() - bill.with_redis() - parts).abs() < 0.01, "and of Kafka's");
    // By hand: a row that is written and one that is taken away, a user and hour, a million of them.
    let rows = 720.0 * kafka.operations["rows of the outbox"];
    assert!((kafka.parts[1].1 / rows - 1.0).abs() < 0.001, "{:?} {rows}", kafka.parts);
}
