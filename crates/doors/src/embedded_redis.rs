//! Requests to the embedded Redis, and what it keeps of them.

use std::rc::Rc;

use embedded_redis::{Engine, Limits};
use presence::sqlite::SqliteStore;
use redis_rest::{Answer, Request};
use serde_json::Value;

const BEGIN: i64 = 1_800_000_000_000;
/// More requests than that say nothing new.
const MOST: usize = 24;

/// One request a line: `P` with a pipeline, `M` with a transaction, `/` with a path-style command, and
/// anything else is the body of a single one; `+` lets a second go by, `!` restarts the engine.
pub fn embedded_redis(data: &[u8]) {
    let store = Rc::new(SqliteStore::in_memory().unwrap());
    let limits = Limits { bytes: 64 * 1024, ..Limits::default() };
    let open = || Engine::with_limits(Rc::clone(&store), limits);
    let (mut engine, mut now) = (open(), BEGIN);
    for line in data.split(|byte| *byte == b'\n').take(MOST) {
        match line.first() {
            Some(b'+') => {
                now += 1_000;
                engine.expire_due(now);
                assert!(engine.next_expiry().is_none_or(|at| at > now), "what is due is gone");
            }
            Some(b'!') => engine = open(),
            _ => check(line, &ask(&mut engine, line, now)),
        }
    }
    // What is kept does not hang on what is remembered.
    let (alive, again) = (read(&mut engine, now), read(&mut open(), now));
    assert_eq!(alive, again);
}

fn ask(engine: &mut Engine<Rc<SqliteStore>>, line: &[u8], now: i64) -> Answer {
    let text = std::str::from_utf8(line).unwrap_or("/");
    let (path, body) = match line.split_first() {
        Some((b'P', body)) => ("/pipeline", body),
        Some((b'M', body)) => ("/multi-exec", body),
        Some((b'/', _)) => (text, &[][..]),
        _ => ("/", line),
    };
    let (path, query) =
        path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let (method, authorization, encoding) = ("POST", Some("Bearer t"), None);
    let request = Request { method, path, query, authorization, encoding, body };
    engine.handle(&request, &|_| true, now)
}

fn check(line: &[u8], answer: &Answer) {
    assert!([200, 400].contains(&answer.status), "{}", answer.status);
    let body: Value = serde_json::from_slice(&answer.body).expect("an answer is JSON");
    let said = |one: &Value| one.get("result").is_some() != one.get("error").is_some();
    match &body {
        Value::Array(all) => assert!(all.iter().all(said), "{body}"),
        one => assert!(said(one), "{body} to {:?}", String::from_utf8_lossy(line)),
    }
}

/// Everything that is there, in an order of its own.
fn read(engine: &mut Engine<Rc<SqliteStore>>, now: i64) -> Vec<String> {
    let keys = ask(engine, br#"["KEYS","*"]"#, now);
    let body: Value = serde_json::from_slice(&keys.body).unwrap();
    let keys = body["result"].as_array().cloned().unwrap_or_default();
    let mut all = Vec::new();
    for key in keys {
        for name in ["TYPE", "GET", "SMEMBERS", "HGETALL", "PTTL"] {
            let line = serde_json::to_vec(&serde_json::json!([name, key])).unwrap();
            all.push(String::from_utf8(ask(engine, &line, now).body).unwrap());
        }
    }
    all.sort();
    all
}
