//! `bill`: what the scenarios cost, from the code as it is. See `docs/cost.md`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

use std::process::ExitCode;

use presence::config::HubConfig;
use presence::mirror::Refresh;
use presence::outbox::Publishing;
use simulator::bill::cost::Bill;
use simulator::bill::operations::{Operations, operations};
use simulator::bill::play::play;
use simulator::bill::script::Behind;
use simulator::bill::{budget, chart, files, mirror, outbox, report, script};

const USAGE: &str = "\
bill [--json | --script BEHIND] [--counts] [--svg FILE] [--write] [--only SCENARIO] [--session-ttl SECONDS] [--heartbeat SECONDS]

  --json      the bill as JSON
  --counts    operations a user and hour too
  --svg       draws the chart into this file
  --write     writes bill/budget.toml with what was counted now
  --script    rows by hub after each step of bill/script.json, as JSON, with `nothing`, `kafka` or `redis` behind
  --only      one scenario
  --session-ttl, --heartbeat   with other settings: no budget applies";

#[derive(Default)]
struct Options {
    json: bool,
    counts: bool,
    write: bool,
    script: Option<Behind>,
    svg: Option<String>,
    only: Option<String>,
    config: Option<HubConfig>,
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let seconds = |text: String| {
            text.parse::<i64>().map(|s| s * 1000).map_err(|_| format!("{text} is no number"))
        };
        match word.as_str() {
            "--json" => options.json = true,
            "--script" => options.script = Some(behind(&value()?)?),
            "--counts" => options.counts = true,
            "--write" => options.write = true,
            "--svg" => options.svg = Some(value()?),
            "--only" => options.only = Some(known(value()?)?),
            "--session-ttl" => {
                options.config.get_or_insert_default().session_ttl = seconds(value()?)?;
            }
            "--heartbeat" => {
                options.config.get_or_insert_default().heartbeat = seconds(value()?)?;
            }
            _ => return Err(format!("there is no {word}")),
        }
    }
    Ok(options)
}

/// A scenario that there is.
fn known(name: String) -> Result<String, String> {
    if files::SCENARIOS.contains(&name.as_str()) {
        return Ok(name);
    }
    Err(format!("there is no scenario {name}: {}", files::SCENARIOS.join(", ")))
}

/// What stands behind the hubs while the script is played.
fn behind(name: &str) -> Result<Behind, String> {
    let named = Behind::ALL.iter().find(|(known, _)| *known == name);
    named.map(|(_, behind)| *behind).ok_or(format!("{name} cannot stand behind the hubs"))
}

/// Rows by hub after each step of bill/script.json.
fn rows(behind: Behind) -> Result<bool, String> {
    let rows = script::rows(&files::script()?, behind)?;
    println!("{}", serde_json::json!(rows));
    Ok(true)
}

fn main() -> ExitCode {
    let options = match read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(problem) => {
            eprintln!("{problem}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match options.script.map_or_else(|| run(&options), rows) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

/// True if every budget and the limit are kept.
fn run(options: &Options) -> Result<bool, String> {
    let (prices, designs) = (files::prices()?, files::designs()?);
    let mut bills = Vec::new();
    for name in files::SCENARIOS {
        if options.only.as_deref().is_none_or(|only| only == name) {
            let scenario = files::scenario(name)?;
            let config = options.config.unwrap_or_default();
            let counted = play(&scenario, config)?;
            let mut bill = Bill::new(&scenario, &counted, &prices);
            bill.add_redis(&scenario, config, Refresh::Transitions, &prices)?;
            if bill.limit.is_some() {
                bill.add_redis(&scenario, config, Refresh::Exact, &prices)?;
            }
            bill.add_kafka(&scenario, config, &prices)?;
            bills.push(bill);
        }
    }
    if options.json {
        let report = serde_json::json!({
            "checked": prices.checked, "users": 1_000_000, "monthHours": prices.month_hours,
            "designs": designs, "scenarios": bills,
        });
        println!("{report:#}");
    } else {
        show(options, &bills, &designs);
        println!("{}", report::sources(&prices));
    }
    if let Some(file) = &options.svg {
        std::fs::write(file, chart::draw(&designs, &bills)).map_err(|e| format!("{file}: {e}"))?;
    }
    if options.write {
        return write(&bills).map(|()| true);
    }
    let kept = options.config.is_some() || judge(&bills)?;
    let limits = bills.iter().all(|bill| bill.limit.is_none_or(|limit| bill.dollars <= limit));
    Ok(kept && limits)
}

fn show(options: &Options, bills: &[Bill], designs: &[simulator::bill::prices::Design]) {
    println!("{}\n", report::table(bills));
    if options.counts {
        println!("{}\n", report::counts(bills));
    }
    if let Some(bill) = bills.iter().find(|bill| bill.scenario == "always-on") {
        println!("{}\n", report::designs(designs, bill));
    }
    for bill in bills {
        println!("{}", report::verdict(bill));
        for line in report::redis(bill).into_iter().chain(report::kafka(bill)) {
            println!("{line}");
        }
    }
}

/// Says what is above its budget, and what has become so much cheaper that the budget should follow.
fn judge(bills: &[Bill]) -> Result<bool, String> {
    let budgets = files::budgets()?;
    let differences: Vec<_> = sections(bills)
        .iter()
        .flat_map(|(name, operations)| budget::compare(&budgets, name, operations))
        .collect();
    for difference in &differences {
        let what = if difference.is_above() { "OVER BUDGET" } else { "cheaper: lower the budget" };
        eprintln!("{what}: {difference}");
    }
    Ok(!differences.iter().any(budget::Difference::is_above))
}

/// Each scenario's operations, and what Redis and Kafka add to them.
fn sections(bills: &[Bill]) -> Vec<(String, Operations)> {
    let mut all = Vec::new();
    for bill in bills {
        all.push((bill.scenario.clone(), bill.operations.clone()));
        let redis = bill.redis.first().map(|redis| redis.operations.clone());
        all.extend(redis.map(|operations| (budget::of_redis(&bill.scenario), operations)));
        let kafka = bill.kafka.as_ref().map(|kafka| kafka.operations.clone());
        all.extend(kafka.map(|operations| (budget::of_kafka(&bill.scenario), operations)));
    }
    all
}

/// The budgets of all scenarios, and of those that tests play smaller.
fn write(bills: &[Bill]) -> Result<(), String> {
    let mut all = sections(bills);
    for bill in bills {
        let small = files::scenario(&bill.scenario)?.small();
        if small.name != bill.scenario {
            let counted = play(&small, HubConfig::default())?;
            let without = operations(&counted);
            let config = HubConfig { refresh: Refresh::Transitions, ..HubConfig::default() };
            let redis = mirror::added(&without, &play(&small, config)?);
            let config = HubConfig { publishing: Publishing::Full, ..HubConfig::default() };
            let kafka = outbox::added(&without, &play(&small, config)?);
            all.extend([
                (small.name.clone(), without),
                (budget::of_redis(&small.name), redis),
                (budget::of_kafka(&small.name), kafka),
            ]);
        }
    }
    let file = files::folder().join("budget.toml");
    std::fs::write(file, budget::render(&all)).map_err(|error| error.to_string())
}
