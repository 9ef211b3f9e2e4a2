//! As much of a test harness as is needed: one that can say that it could not run.

use std::process::ExitCode;

use crate::Test;
use crate::server::Server;

/// What a person is told where nothing can be compared.
const HOW: &str = "install redis-server 7.0 (Debian, Ubuntu: `sudo apt-get install redis-server`), \
                   or name one in REDIS_SERVER_BIN";

pub(crate) fn main(tests: &[Test]) -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<&Test> = tests.iter().filter(|(name, _)| is_wanted(name, &args)).collect();
    if args.iter().any(|arg| arg == "--list") {
        for (name, _) in wanted {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", wanted.len());
    let Some(program) = Server::program() else {
        for (name, _) in &wanted {
            println!("test {name} ... ignored, {HOW}");
        }
        return finish(0, 0, wanted.len());
    };
    let server = Server::start(&program);
    let failed = wanted.iter().filter(|(name, test)| !passes(name, &test(&server))).count();
    finish(wanted.len() - failed, failed, 0)
}

fn passes(name: &str, result: &Result<(), String>) -> bool {
    match result {
        Ok(()) => println!("test {name} ... ok"),
        Err(why) => println!("{why}\ntest {name} ... FAILED"),
    }
    result.is_ok()
}

fn finish(passed: usize, failed: usize, ignored: usize) -> ExitCode {
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {word}. {passed} passed; {failed} failed; {ignored} ignored\n");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Options of Rust's own harness that take a value, besides `--skip`.
const WITH_VALUE: [&str; 4] = ["--test-threads", "--format", "--color", "--logfile"];

fn is_wanted(name: &str, args: &[String]) -> bool {
    let (mut parts, mut args) = (Vec::new(), args.iter());
    while let Some(arg) = args.next() {
        if arg == "--skip" {
            if args.next().is_some_and(|part| name.contains(part.as_str())) {
                return false;
            }
        } else if WITH_VALUE.contains(&arg.as_str()) {
            args.next();
        } else if arg == "--ignored" {
            return false;
        } else if !arg.starts_with('-') {
            parts.push(arg);
        }
    }
    parts.is_empty() || parts.iter().any(|part| name.contains(part.as_str()))
}
