//! Whatever fuzzing has found is replayed here on stable: the corpus of each door, and the inputs that
//! once found a bug.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use doors::DOORS;

fn fuzz(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz").join(folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The test's output names the input that was under way when it fails.
fn replay(name: &str) {
    let (_, door) = DOORS.iter().find(|(known, _)| *known == name).unwrap();
    let corpus = files(&fuzz("corpus").join(name));
    assert!(!corpus.is_empty(), "fuzz/corpus/{name} is empty");
    for input in corpus.iter().chain(&files(&fuzz("regressions").join(name))) {
        println!("{}", input.display());
        door(&fs::read(input).unwrap());
    }
}

macro_rules! replays {
    ($($door:ident)*) => {
        $( #[test] fn $door() { replay(stringify!($door)); } )*
        const REPLAYED: &[&str] = &[ $( stringify!($door), )* ];
    };
}

replays! {
    attachments embedded_kafka embedded_redis hub internal_calls json_frames kafka_answers names
    redis_answers redis_requests rest settings stomp_codec stomp_connection stored_rows tokens
}

#[test]
fn every_door_is_replayed_here_and_fuzzed_on_nightly() {
    let doors: BTreeSet<String> = DOORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let replayed: BTreeSet<String> = REPLAYED.iter().map(|name| (*name).to_owned()).collect();
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    let targets: BTreeSet<String> = files(&fuzz("fuzz_targets")).iter().map(stem).collect();
    let corpora: BTreeSet<String> = files(&fuzz("corpus")).iter().map(stem).collect();
    assert_eq!((&doors, &doors), (&replayed, &targets));
    assert_eq!(doors, corpora);
}

/// A line of a dictionary as libFuzzer takes it, without a name: quoted, with `\\`, `\"` and `\xHH`.
fn is_a_word(line: &str) -> bool {
    let Some(mut rest) = line.strip_prefix('"').and_then(|line| line.strip_suffix('"')) else {
        return false;
    };
    while let Some((before, after)) = rest.split_once('\\') {
        let hex = |code: &str| code.bytes().all(|byte| byte.is_ascii_hexdigit());
        let escaped = match after.as_bytes().first() {
            Some(b'\\' | b'"') => 1,
            Some(b'x') if after.get(1..3).is_some_and(hex) => 3,
            _ => return false,
        };
        if before.contains('"') {
            return false;
        }
        rest = after.get(escaped..).unwrap_or_default();
    }
    !rest.contains('"')
}

/// With one wrong line libFuzzer does not begin at all.
#[test]
fn every_line_of_a_dictionary_is_a_word() {
    let dictionaries = files(&fuzz("dictionaries"));
    assert!(!dictionaries.is_empty());
    for file in dictionaries {
        for (at, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            let fits = line.is_empty() || line.starts_with('#') || is_a_word(line);
            assert!(fits, "{}:{}: {line}", file.display(), at + 1);
        }
    }
    for wrong in ["\"", "+", "\"a", "\"a\"b\"", r#""\n""#, r#""\x4""#] {
        assert!(!is_a_word(wrong), "{wrong}");
    }
}
