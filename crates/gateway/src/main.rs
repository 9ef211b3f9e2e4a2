//! The gateway as a program.

use std::process::ExitCode;

use rollcall_gateway::{Config, run};

fn main() -> ExitCode {
    let config = match Config::read() {
        Ok(config) => config,
        Err(error) => error.exit(),
    };
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("rollcall-gateway: {text}");
            ExitCode::FAILURE
        }
    }
}
