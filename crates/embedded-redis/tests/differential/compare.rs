//! When two outcomes are the same.

use redis_rest::{Command, Outcome, Reply};

/// Seconds, or thousands of milliseconds, that may lie between asking the one and the other.
const SLACK: i64 = 1;

/// Redis goes on with the name of its setting, which nobody has here.
const TOO_LONG: &str = "ERR string exceeds maximum allowed size (";

/// So late that times are not told apart here, in s or ms.
const FAR: i64 = 9_000_000_000_000;

/// Whether both answer the same to this command: what has no order is put in one, times to live may
/// differ by what passes between two questions.
pub(crate) fn same(command: &Command, here: &Outcome, there: &Outcome) -> bool {
    match (here, there) {
        (Ok(_), Ok(_)) if goes_on(command) => true,
        (Ok(here), Ok(there)) => same_reply(&command.name(), here, there),
        (Err(here), Err(there)) => {
            here.0 == there.0 || [here, there].iter().all(|e| e.0.starts_with(TOO_LONG))
        }
        _ => false,
    }
}

/// Whether a scan begins in the middle, or does not find all at once: steps differ.
fn goes_on(command: &Command) -> bool {
    let cursor = match command.name().as_str() {
        "SCAN" => command.arguments().first(),
        "SSCAN" | "HSCAN" => command.arguments().get(1),
        _ => return false,
    };
    let begins = |cursor: &Vec<u8>| !cursor.iter().any(|byte| matches!(byte, b'1'..=b'9'));
    let all = command.arguments().ends_with(&[b"COUNT".to_vec(), b"1000".to_vec()]);
    !all || !cursor.is_some_and(begins)
}

fn same_reply(name: &str, here: &Reply, there: &Reply) -> bool {
    match name {
        "SMEMBERS" | "SINTER" | "SUNION" | "SDIFF" | "KEYS" | "HKEYS" | "HVALS" => {
            in_order(here, 1) == in_order(there, 1)
        }
        "HGETALL" => in_order(here, 2) == in_order(there, 2),
        "SCAN" | "SSCAN" => scanned(here, 1) == scanned(there, 1),
        "HSCAN" => scanned(here, 2) == scanned(there, 2),
        "TTL" | "EXPIRETIME" => near(here, there, SLACK),
        "PTTL" | "PEXPIRETIME" => near(here, there, SLACK * 1_000),
        _ => here == there,
    }
}

/// Elements, so many together, in an order of their own.
fn in_order(reply: &Reply, together: usize) -> Vec<Vec<&[u8]>> {
    let Reply::Array(all) = reply else { panic!("{reply:?} is no array") };
    let elements: Vec<&[u8]> = all.iter().map(|one| one.as_bytes().expect("a string")).collect();
    let mut groups: Vec<Vec<&[u8]>> = elements.chunks(together).map(<[_]>::to_vec).collect();
    groups.sort();
    groups
}

/// What a scan found in a step that finds all.
fn scanned(reply: &Reply, together: usize) -> Vec<Vec<&[u8]>> {
    let Reply::Array(parts) = reply else { panic!("{reply:?} is no array") };
    let [_, found] = parts.as_slice() else { panic!("{reply:?} is no step of a scan") };
    in_order(found, together)
}

/// Negative numbers say that there is no time.
fn near(here: &Reply, there: &Reply, slack: i64) -> bool {
    match (here, there) {
        (Reply::Integer(here), Reply::Integer(there)) if (*here).min(*there) > FAR => true,
        (Reply::Integer(here), Reply::Integer(there)) if *here >= 0 && *there >= 0 => {
            (here - there).abs() <= slack
        }
        _ => here == there,
    }
}
