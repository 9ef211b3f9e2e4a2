//! `simulator --seeds 10000 --profile hostile --jobs 2` plays seeds; `simulator --replay SEED --trace`
//! plays one, made small where that still fails, and prints its timeline.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command")]

mod arguments;
mod many;
mod one;
mod out;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    let fine = match arguments.replay {
        Some(seed) => one::replay(seed, &arguments),
        None => many::play(&arguments),
    };
    if fine { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
