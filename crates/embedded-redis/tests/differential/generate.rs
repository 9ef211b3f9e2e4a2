//! Random commands: of every one that is known, right ones mostly and wrong ones too, on few keys, so
//! that they meet.
//!
//! Times to live are far from both the present and each other (what is compared a moment later must
//! not depend on it), or over long ago.

// By its path, since the example `sequences` takes this file too.
#[path = "generate/words.rs"]
mod words;

use std::fmt;

use redis_rest::Command;

use crate::random::Random;
use words::{
    COUNTS, EXPIRE_OPTIONS, FLOATS, FORMS, GETEX_OPTIONS, GLOBS, INTEGERS, KEYS, MEMBERS, OFFSETS,
    RARE, SCAN_OPTIONS, SET_OPTIONS, TYPES, VALUES,
};

/// What is done in one go.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Single(Command),
    Whole(Vec<Command>),
}

pub(crate) type Sequence = fn(u64) -> Vec<Step>;

/// Single commands.
pub(crate) fn single(seed: u64) -> Vec<Step> {
    let mut maker = Maker::new(seed);
    let steps = 10 + maker.random.below(50);
    (0..steps).map(|_| Step::Single(maker.command())).collect()
}

/// Transactions, with single commands in between.
pub(crate) fn whole(seed: u64) -> Vec<Step> {
    let mut maker = Maker::new(!seed);
    let steps = 5 + maker.random.below(10);
    (0..steps).map(|_| maker.step()).collect()
}

/// Seconds between any two times to live, so that no order is a matter of a moment.
const APART: u64 = 60;

/// In the future of anyone who runs this, in seconds.
const FUTURE: u64 = 7_000_000_000;

struct Maker {
    random: Random,
    times: u64,
}

impl Maker {
    fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), times: 0 }
    }

    fn step(&mut self) -> Step {
        if self.random.chance(40) {
            return Step::Single(self.command());
        }
        let commands = 1 + self.random.below(6);
        Step::Whole((0..commands).map(|_| self.command()).collect())
    }

    fn command(&mut self) -> Command {
        let forms: Vec<&str> = FORMS.split("; ").collect();
        let form = loop {
            let form = self.random.pick(&forms);
            let rare = RARE.iter().any(|name| form.starts_with(name));
            if !rare || self.random.chance(20) {
                break form;
            }
        };
        let mut words = form.split(' ');
        let name = words.next().unwrap_or_default();
        let name = if self.random.chance(10) { name.to_lowercase() } else { name.to_owned() };
        let mut parts = vec![name.into_bytes()];
        words.for_each(|word| self.word(word, &mut parts));
        if self.random.chance(3) {
            self.spoil(&mut parts);
        }
        Command::from_parts(parts).unwrap()
    }

    /// One argument too many, or too few.
    fn spoil(&mut self, parts: &mut Vec<Vec<u8>>) {
        if self.random.chance(50) && parts.len() > 1 {
            parts.pop();
        } else {
            parts.push(self.random.pick(VALUES).to_vec());
        }
    }

    fn word(&mut self, word: &str, parts: &mut Vec<Vec<u8>>) {
        match word {
            "?set" => self.options(SET_OPTIONS, 3, parts),
            "?getex" => self.options(GETEX_OPTIONS, 2, parts),
            "?expire" => self.options(EXPIRE_OPTIONS, 2, parts),
            "?scan" => self.scan(SCAN_OPTIONS, parts),
            "?scankeys" => self.scan(TYPES, parts),
            _ => match word.strip_suffix('+') {
                Some(letters) => {
                    for _ in 0..=self.random.below(4) {
                        letters.chars().for_each(|letter| parts.push(self.argument(letter)));
                    }
                }
                None => parts.push(self.letter(word)),
            },
        }
    }

    fn letter(&mut self, word: &str) -> Vec<u8> {
        let mut letters = word.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if letter.is_ascii_alphabetic() => self.argument(letter),
            _ => word.as_bytes().to_vec(),
        }
    }

    fn options(&mut self, all: &[&str], most: u64, parts: &mut Vec<Vec<u8>>) {
        for _ in 0..self.random.below(most + 1) {
            let option = self.random.pick(all);
            let mut words = option.split(' ');
            parts.push(words.next().unwrap_or_default().as_bytes().to_vec());
            words.for_each(|word| parts.push(self.letter(word)));
        }
    }

    /// So many at once that all of it comes in one step.
    fn scan(&mut self, all: &[&str], parts: &mut Vec<Vec<u8>>) {
        self.options(all, 1, parts);
        if self.random.chance(95) {
            parts.extend([b"COUNT".to_vec(), b"1000".to_vec()]);
        }
    }

    fn argument(&mut self, letter: char) -> Vec<u8> {
        let all = match letter {
            'k' => KEYS,
            'm' => MEMBERS,
            'v' => VALUES,
            'i' => INTEGERS,
            'x' => FLOATS,
            'o' => OFFSETS,
            'n' => COUNTS,
            'g' => GLOBS,
            _ => return self.time(letter),
        };
        self.random.pick(all).to_vec()
    }

    fn time(&mut self, letter: char) -> Vec<u8> {
        const WRONG: &[&[u8]] =
            &[b"0", b"-1", b"x", b"1.5", b"9223372036854775807", b"-9223372036854775808"];
        if self.random.chance(12) {
            return self.random.pick(WRONG).to_vec();
        }
        self.times += 1 + self.random.below(3);
        // Neither always later than those before, nor ever near to one.
        let turn = if self.random.chance(50) { self.times } else { 10_000 - self.times };
        let seconds = 1_000 + turn * APART;
        let (from, unit) = match letter {
            't' => (0, 1),
            'T' => (0, 1_000),
            'a' if self.random.chance(15) => return b"1000".to_vec(),
            'A' if self.random.chance(15) => return b"1000000".to_vec(),
            'a' => (FUTURE, 1),
            'A' => (FUTURE, 1_000),
            other => panic!("{other} stands for nothing"),
        };
        ((from + seconds) * unit).to_string().into_bytes()
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Single(command) => f.write_str(&spelled(command)),
            Self::Whole(commands) => {
                let all: Vec<String> = commands.iter().map(spelled).collect();
                write!(f, "MULTI; {}; EXEC", all.join("; "))
            }
        }
    }
}

/// As it could be typed into `redis-cli`.
pub(crate) fn spelled(command: &Command) -> String {
    let part = |part: &Vec<u8>| {
        let text = part.escape_ascii().to_string();
        if text.is_empty() || text.contains([' ', '\\']) { format!("\"{text}\"") } else { text }
    };
    command.parts().iter().map(part).collect::<Vec<_>>().join(" ")
}

/// All keys that commands name.
pub(crate) fn keys() -> &'static [&'static [u8]] {
    KEYS
}
