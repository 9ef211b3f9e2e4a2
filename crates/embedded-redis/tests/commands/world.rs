//! An engine on a database in memory, spoken to in words.

use std::rc::Rc;

use embedded_redis::{Engine, Limits};
use presence::sqlite::SqliteStore;
use redis_rest::{Command, Outcome, Reply};

/// When every test begins, in ms.
pub(crate) const NOON: i64 = 1_700_000_000_000;

pub(crate) struct World {
    pub(crate) engine: Engine<Rc<SqliteStore>>,
    pub(crate) store: Rc<SqliteStore>,
    pub(crate) now: i64,
}

/// A command from its words; `''` is an empty argument.
pub(crate) fn command(words: &str) -> Command {
    let part = |word: &str| if word == "''" { Vec::new() } else { word.as_bytes().to_vec() };
    Command::from_parts(words.split(' ').map(part).collect()).unwrap()
}

/// An outcome in one line.
pub(crate) fn shown(outcome: &Outcome) -> String {
    match outcome {
        Ok(reply) => shown_reply(reply),
        Err(error) => format!("!{}", error.0),
    }
}

fn shown_reply(reply: &Reply) -> String {
    match reply {
        Reply::Null => "nil".into(),
        Reply::Integer(number) => number.to_string(),
        Reply::Double(number) => number.to_string(),
        Reply::Status(text) => text.clone(),
        Reply::Bulk(bytes) => format!("\"{}\"", bytes.escape_ascii()),
        Reply::Array(all) => {
            format!("[{}]", all.iter().map(shown_reply).collect::<Vec<_>>().join(" "))
        }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        let store = Rc::new(SqliteStore::in_memory().unwrap());
        let engine = Engine::with_limits(Rc::clone(&store), limits);
        Self { engine, store, now: NOON }
    }

    /// Another engine on the same database.
    pub(crate) fn restart(&mut self) {
        self.engine = Engine::new(Rc::clone(&self.store));
    }

    pub(crate) fn outcome(&mut self, command: &Command) -> Outcome {
        self.engine.execute(command, self.now)
    }

    /// What a command comes to, in one line.
    pub(crate) fn run(&mut self, words: &str) -> String {
        shown(&self.outcome(&command(words)))
    }

    /// The same where the order of what is answered is of no account.
    pub(crate) fn sorted(&mut self, words: &str) -> Vec<String> {
        match self.outcome(&command(words)) {
            Ok(Reply::Array(all)) => {
                let mut all: Vec<String> = all.iter().map(shown_reply).collect();
                all.sort();
                all
            }
            other => panic!("{words}: {other:?}"),
        }
    }

    /// Runs commands and compares each with what it must come to: `GET k → "v"`, a line each.
    pub(crate) fn plays(&mut self, story: &str) {
        for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (words, wanted) = line.split_once(" → ").expect("a line is `command → outcome`");
            assert_eq!(self.run(words), wanted, "{words}");
        }
    }
}
