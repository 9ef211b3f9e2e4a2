//! `bill`: what the scenarios cost.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]
fn main() {
    for name in std::env::args().skip(1) {
        let text = std::fs::read_to_string(format!("bill/scenarios/{name}.toml")).unwrap();
        let s = simulator::bill::scenario::Scenario::parse(&name, &text).unwrap();
        let t = std::time::Instant::now();
        let c = simulator::bill::play::play(&s, presence::config::HubConfig::default()).unwrap();
        println!("{name} {:?} {} hubs {} bytes", t.elapsed(), c.hubs, c.stored / c.hubs as u64);
        let per = |n: u64| n as f64 / c.user_hours;
        for (k, n) in &c.tally.requests {
            println!("  {k}: {:.3}", per(*n));
        }
        for (k, n) in &c.tally.rows {
            println!("  row {k:?}: {:.3}", per(*n));
        }
        println!(
            "  worker {:.3} frames {:.3} read {:.1} turns {:.1} calling {:.1} timer {:.1}",
            per(c.tally.worker),
            per(c.tally.frames),
            per(c.tally.rows_read),
            per(c.tally.turns),
            per(c.tally.calling_ms),
            per(c.tally.timer_ms)
        );
    }
}
