//! The two programs, as they are called.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::process::{Command, Stdio};

#[test]
fn a_scenario_that_is_none_is_refused_with_the_names_of_those_that_are() {
    let mut bill = Command::new(env!("CARGO_BIN_EXE_bill"));
    let output = bill.args(["--only", "nonsense"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("there is no scenario nonsense: "), "{said}");
    assert!(said.contains("always-on"), "{said}");
}

/// `simulator --replay 1 --trace | head`.
#[test]
fn a_reader_who_has_read_enough_is_no_failure() {
    let mut simulator = Command::new(env!("CARGO_BIN_EXE_simulator"));
    simulator.args(["--profile", "calm", "--replay", "1", "--trace"]);
    let mut child = simulator.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}
