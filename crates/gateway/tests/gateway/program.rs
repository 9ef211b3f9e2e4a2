//! Starting: what is refused, and what is said.

use std::process::Stdio;

use crate::support::gateway::{bare, refused};

crate::tests![
    what_it_cannot_do_it_says_and_does_not_start,
    the_environment_says_what_the_flags_leave_out,
    help_names_every_flag_and_its_variable,
];

async fn what_it_cannot_do_it_says_and_does_not_start() {
    let (code, said) = refused(&[]);
    assert!(code == Some(2) && said.contains("GATEWAY_TOKENS"), "{code:?} {said}");
    let (code, said) = refused(&["--token", "t", "--nonsense"]);
    assert!(code == Some(2) && said.contains("--nonsense"), "{code:?} {said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = refused(&["--token", "t", "--listen", &address]);
    assert!(code == Some(1) && said.contains("cannot listen"), "{code:?} {said}");
    let tls = ["--token", "t", "--redis", "rediss://a", "--tls-ca", "/nothing/here.pem"];
    let (code, said) = refused(&tls);
    assert!(code == Some(1) && said.contains("/nothing/here.pem"), "{code:?} {said}");
}

async fn the_environment_says_what_the_flags_leave_out() {
    let mut command = bare();
    command.env("GATEWAY_TOKENS", "a,b").env("GATEWAY_REDIS", "http://:hush@wrong");
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    // The tokens are enough; the address is not one.
    assert!(said.contains("redis://") && !said.contains("hush"), "{said}");
    assert_eq!(output.status.code(), Some(2));
}

async fn help_names_every_flag_and_its_variable() {
    let mut command = bare();
    command.arg("--help").env("GATEWAY_TOKENS", "hush").env("GATEWAY_REDIS", "redis://:hush@a");
    let help = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(!help.contains("hush"));
    let flags = help.lines().filter(|line| line.trim_start().starts_with("--")).count();
    let named = |line: &str| line.starts_with("[env: GATEWAY_") || line.starts_with("[env: KAFKA_");
    let variables = help.lines().filter(|line| named(line.trim_start())).count();
    assert!(flags >= 20 && flags == variables, "{flags} flags, {variables} variables");
}
