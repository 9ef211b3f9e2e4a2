//! Prints random sequences of commands as JSON, those that the differential test plays, for the same to be
//! played over HTTP: `sequences FIRST COUNT`, by seed.
//!
//! The first line is `{"keys": [...]}`: all that they are about. Then a line a sequence: `{"seed", "kind",
//! "requests": [{"path", "commands"}]}`. What is no UTF-8 no JSON can say: such commands are left out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "a tool of the tests, with all that they need of the generator"
)]

#[path = "../tests/differential/generate.rs"]
mod generate;
#[path = "../tests/differential/random.rs"]
mod random;

use generate::{Sequence, Step};
use redis_rest::Command;
use serde_json::{Value, json};

const KINDS: [(&str, Sequence); 2] = [("single", generate::single), ("whole", generate::whole)];

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|arg| arg.parse().unwrap()).collect();
    let [first, count] = args[..] else { panic!("sequences FIRST COUNT") };
    let keys: Vec<&str> = generate::keys().iter().filter_map(|key| text(key)).collect();
    println!("{}", json!({ "keys": keys }));
    for seed in first..first + count {
        for (kind, make) in KINDS {
            let requests = requests(&make(seed));
            println!("{}", json!({ "seed": seed, "kind": kind, "requests": requests }));
        }
    }
}

/// Single commands that follow each other are one pipeline.
fn requests(steps: &[Step]) -> Vec<Value> {
    let together = |a: &Step, b: &Step| matches!((a, b), (Step::Single(_), Step::Single(_)));
    let request = |steps: &[Step]| match steps {
        [Step::Whole(commands)] => json!({ "path": "multi-exec", "commands": spoken(commands) }),
        singles => json!({ "path": "pipeline", "commands": spoken(singles.iter().flat_map(of)) }),
    };
    steps.chunk_by(together).map(request).collect()
}

fn of(step: &Step) -> &[Command] {
    match step {
        Step::Single(command) => std::slice::from_ref(command),
        Step::Whole(commands) => commands,
    }
}

fn spoken<'a>(commands: impl IntoIterator<Item = &'a Command>) -> Vec<Vec<&'a str>> {
    let words = |command: &'a Command| command.parts().iter().map(|part| text(part)).collect();
    commands.into_iter().filter_map(words).collect()
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
