//! The commands: a table of their names, how many arguments they take, and what runs them. A file a
//! group.

mod algebra;
mod chance;
mod counters;
mod hashes;
mod info;
mod keys;
mod lifetimes;
mod many;
mod options;
mod ranges;
mod scan;
mod server;
mod sets;
mod strings;

use redis_rest::{Command, RedisError};

use crate::context::{Context, Done};
use crate::failure::Failure;

/// A command.
pub(crate) struct Spec {
    /// In lower case, as errors name it.
    pub(crate) name: &'static str,
    /// How many parts it has, its name included; of a negative number, at least so many.
    arity: i64,
    /// Whether it may write, and so must run in a transaction.
    pub(crate) writes: bool,
    pub(crate) run: fn(&Context<'_>) -> Done,
}

impl Spec {
    const fn read(name: &'static str, arity: i64, run: fn(&Context<'_>) -> Done) -> Self {
        Self { name, arity, writes: false, run }
    }

    const fn write(name: &'static str, arity: i64, run: fn(&Context<'_>) -> Done) -> Self {
        Self { name, arity, writes: true, run }
    }

    fn takes(&self, parts: usize) -> bool {
        let parts = parts as i64;
        if self.arity < 0 { parts >= -self.arity } else { parts == self.arity }
    }
}

const GROUPS: &[&[Spec]] = &[
    strings::COMMANDS,
    sets::COMMANDS,
    keys::COMMANDS,
    lifetimes::COMMANDS,
    scan::COMMANDS,
    hashes::COMMANDS,
    counters::COMMANDS,
    ranges::COMMANDS,
    many::COMMANDS,
    algebra::COMMANDS,
    chance::COMMANDS,
    server::COMMANDS,
];

/// How many bytes of the arguments the error about an unknown command repeats.
const REPEATED: usize = 128;

/// The command of this name, if it takes so many arguments.
pub(crate) fn find(command: &Command) -> Result<&'static Spec, RedisError> {
    let name = command.parts().first().map(Vec::as_slice).unwrap_or_default();
    let mut all = GROUPS.iter().flat_map(|group| group.iter());
    match all.find(|spec| name.eq_ignore_ascii_case(spec.name.as_bytes())) {
        None => Err(unknown(name, command.arguments())),
        Some(spec) if !spec.takes(command.parts().len()) => Err(Failure::arity(spec.name).into()),
        Some(spec) => Ok(spec),
    }
}

fn unknown(name: &[u8], args: &[Vec<u8>]) -> RedisError {
    let mut repeated: Vec<u8> = Vec::new();
    for arg in args {
        let Some(room) = REPEATED.checked_sub(repeated.len()).filter(|room| *room > 0) else {
            break;
        };
        repeated.push(b'\'');
        repeated.extend(shown(arg, room));
        repeated.extend(b"' ");
    }
    let mut text = b"ERR unknown command '".to_vec();
    text.extend(shown(name, REPEATED));
    text.extend(b"', with args beginning with: ");
    text.extend(repeated);
    RedisError(String::from_utf8_lossy(&text).into_owned())
}

/// As C prints it: up to a zero, and here on one line.
fn shown(bytes: &[u8], room: usize) -> impl Iterator<Item = u8> + '_ {
    let printed = bytes.iter().take(room).take_while(|byte| **byte != 0);
    printed.map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte })
}
