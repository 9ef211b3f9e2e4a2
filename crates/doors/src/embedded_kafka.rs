//! Requests to the embedded Kafka, and what it keeps of them.

use std::rc::Rc;

use embedded_kafka::{Answer, Config, Engine, Request, Scope};
use presence::sqlite::SqliteStore;
use serde_json::Value;

const NOW: i64 = 1_800_000_000_000;
/// More requests than that say nothing new.
const MOST: usize = 16;
/// All that is kept of so few requests.
const ALL: usize = 100_000;

type Log = Engine<Rc<SqliteStore>>;

/// One request a line: how it is encoded (`J`, `B`, `T`, or not said: `X`; `G`: it reads), its path up to
/// a space, and its body.
pub fn embedded_kafka(data: &[u8]) {
    let store = Rc::new(SqliteStore::in_memory().unwrap());
    let open = || Engine::new(Rc::clone(&store), Config::default());
    let mut log: Log = open();
    let mut kept = 0;
    for line in data.split(|byte| *byte == b'\n').take(MOST) {
        let Some((kind, rest)) = line.split_first() else { continue };
        kept += taken(&ask(&mut log, *kind, rest));
        let batch = log.tail(&Scope::default(), 0, ALL).unwrap();
        assert!(batch.records.len() <= kept, "{} of {kept}", batch.records.len());
    }
    let (alive, again) =
        (log.tail(&Scope::default(), 0, ALL), open().tail(&Scope::default(), 0, ALL));
    assert_eq!(alive.unwrap(), again.unwrap(), "what is kept does not hang on what is remembered");
}

fn ask(log: &mut Log, kind: u8, rest: &[u8]) -> Answer {
    let space = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
    let (target, body) = rest.split_at(space);
    let target = std::str::from_utf8(target).unwrap_or("/topics");
    let (path, query) =
        target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let content_type = match kind {
        b'J' => Some("application/vnd.kafka.json.v2+json"),
        b'B' => Some("application/vnd.kafka.binary.v2+json"),
        b'T' => Some("application/vnd.kafka.text.v2+json"),
        _ => None,
    };
    let method = if kind == b'G' { "GET" } else { "POST" };
    let body = body.get(1..).unwrap_or_default();
    log.handle(&Request { method, path, query, content_type, body, ..Request::default() }, NOW)
}

/// How many records an answer says that it took.
fn taken(answer: &Answer) -> usize {
    assert!(
        [200, 204, 400, 404, 405, 406, 413, 415, 422].contains(&answer.status),
        "{} {}",
        answer.status,
        String::from_utf8_lossy(&answer.body)
    );
    if !answer.content_type.contains("json") || answer.body.is_empty() {
        // It was asked not to say: as many as fit a request.
        return embedded_kafka::MAX_RECORDS;
    }
    let body: Value = serde_json::from_slice(&answer.body).expect("an answer is JSON");
    if answer.status != 200 {
        assert_eq!(body["error_code"], answer.status, "{body}");
    }
    let Some(offsets) = body["offsets"].as_array() else { return 0 };
    offsets.iter().filter(|one| one.get("offset").is_some()).count()
}
