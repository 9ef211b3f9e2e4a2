//! `cargo run -p doors --example replay -- <door> <file>…` gives files to a door, on stable: what
//! `npm run prove -- fuzz` prints where it found a crash.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some((_, door)) = doors::DOORS.iter().find(|(known, _)| *known == name) else {
        let names: Vec<_> = doors::DOORS.iter().map(|(name, _)| *name).collect();
        eprintln!("usage: replay <door> <file>…\ndoors: {}", names.join(", "));
        return ExitCode::FAILURE;
    };
    for path in arguments {
        match std::fs::read(&path) {
            Ok(bytes) => door(&bytes),
            Err(why) => {
                eprintln!("{path}: {why}");
                return ExitCode::FAILURE;
            }
        }
        println!("{path}: ok");
    }
    ExitCode::SUCCESS
}
