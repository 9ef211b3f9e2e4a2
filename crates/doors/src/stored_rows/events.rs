//! What stands in the columns of the outbox: as this code writes it, and as nobody does.

use presence::outbox::Topic;
use presence::store::Value;
use serde_json::json;

use crate::shell::BEGIN;

/// An event as a row holds it.
fn event(topic: Topic, sequence: i64) -> String {
    let kind = ["presence.online", "session.started", "subscription.created", "message.sent"];
    let event = json!({
        "specversion": "1.0",
        "id": format!("e{sequence}"),
        "source": "/users/ann",
        "type": format!("rollcall.{}", kind[topic.index()]),
        "subject": "ann",
        "time": BEGIN.to_string(),
        "datacontenttype": "application/json",
        "sequence": format!("{sequence:020}"),
        "data": {},
    });
    event.to_string()
}

fn entry(topic: Topic, sequence: i64) -> serde_json::Value {
    let id = format!("{}{sequence}", topic.index());
    let event = event(topic, sequence);
    json!({"topic": topic, "sequence": sequence, "id": id, "at": BEGIN, "event": event})
}

fn failure() -> String {
    let at = BEGIN.to_string();
    json!({"reason": "too large", "attempts": 2, "firstFailedAt": at, "lastFailedAt": at})
        .to_string()
}

fn topic(byte: u8) -> Topic {
    Topic::ALL[usize::from(byte) % Topic::ALL.len()]
}

/// What stands there when all is well; `None` where another table's rule does.
pub(super) fn usual(table: &str, name: &str, byte: u8, copy: u32) -> Option<Value> {
    let (sequence, lane) = (i64::from(copy) + 1, topic(byte));
    let sequences = [i64::from(byte); 4];
    Some(match (table, name) {
        // A hub of an older version has none.
        ("meta", "outbox") if byte == 0 => Value::Null,
        ("meta", "outbox") => {
            json!({"sequences": sequences, "confirmed": [0, 0, 0, 0], "open": true})
                .to_string()
                .into()
        }
        ("outbox", "id") | ("dead_letters", "sequence") => sequence.into(),
        // One transaction in two lanes.
        ("outbox", "body") => {
            let both = [lane, topic(byte.wrapping_add(1))].map(|lane| entry(lane, sequence));
            json!(both).to_string().into()
        }
        ("dead_letters", "id") => format!("d{copy}").into(),
        ("dead_letters", "topic") => json!(lane).to_string().into(),
        ("dead_letters", "event") => event(lane, sequence).into(),
        ("dead_letters", "failure") => failure().into(),
        ("dead_letters", "state") => Value::Integer(i64::from(byte % 3)),
        _ => return None,
    })
}

/// Text that no version of this code wrote, or that one wrote and is no more.
pub(super) fn odd(table: &str, name: &str, at: u8, copy: u32) -> Option<String> {
    let at = usize::from(at);
    match (table, name) {
        ("meta", "outbox") => Some(STATES[at % STATES.len()].to_owned()),
        ("outbox", "body") => Some(body(at, i64::from(copy) + 1)),
        ("dead_letters", "topic") => Some([r#""message""#, "message", "7"][at % 3].to_owned()),
        ("dead_letters", "event") => Some(EVENTS[at % EVENTS.len()].to_owned()),
        ("dead_letters", "failure") => Some(FAILURES[at % FAILURES.len()].to_owned()),
        _ => None,
    }
}

const STATES: [&str; 10] = [
    "{}",
    "[]",
    "not JSON",
    r#"{"open":true}"#,
    r#"{"sequences":[3,3,3,3],"confirmed":[9,9,9,9],"open":true}"#,
    r#"{"sequences":[9,0,0,0],"open":true}"#,
    r#"{"sequences":[9,9,9,9],"open":false}"#,
    r#"{"sequences":[9223372036854775807,9007199254740991,-1,-9223372036854775808],"open":true}"#,
    r#"{"sequences":[1,2,3],"open":true}"#,
    r#"{"sequences":[2,2,2,2],"confirmed":[-9223372036854775808,-1,1,1],"open":true,"later":1}"#,
];
const EVENTS: [&str; 6] = ["", "null", "[]", "{}", r#"{"id":7}"#, r#"{"failure":1,"data":null}"#];
const FAILURES: [&str; 4] = [
    "{}",
    r#"{"reason":"x","attempts":-1}"#,
    r#"{"reason":"x","attempts":1,"firstFailedAt":"","lastFailedAt":""}"#,
    r#"{"reason":"","attempts":4294967295,"firstFailedAt":"0000-01-01T00:00:00.000Z","lastFailedAt":"9999-12-31T23:59:59.999Z"}"#,
];

/// A row that is odd in one way.
fn body(way: usize, sequence: i64) -> String {
    let plain = |sequence| entry(Topic::Presence, sequence);
    let with = |name: &str, value: serde_json::Value| {
        let mut odd = plain(sequence);
        odd[name] = value;
        json!([odd])
    };
    let row = match way % 12 {
        0 => json!([]),
        1 => return "not JSON".into(),
        // Two of one name, and two of one number.
        2 => json!([plain(2 * sequence), renamed(plain(2 * sequence + 1), 2 * sequence)]),
        3 => json!([plain(sequence), renamed(plain(sequence), -1)]),
        // In the wrong order, and with a gap.
        4 => json!([plain(sequence + 1), plain(sequence)]),
        5 => with("sequence", (3 * sequence).into()),
        6 => with("sequence", i64::MAX.into()),
        7 => with("sequence", (-1).into()),
        8 => with("event", "".into()),
        9 => with("event", "x".repeat(1 << 18).into()),
        10 => json!([run(plain(sequence), [i64::MIN, 0, sequence + 5][way / 12 % 3])]),
        _ => with("topic", "later".into()),
    };
    row.to_string()
}

/// With the name of another.
fn renamed(mut entry: serde_json::Value, other: i64) -> serde_json::Value {
    entry["id"] = format!("{}{other}", Topic::Presence.index()).into();
    entry
}

/// Standing in for a run that begins there.
fn run(mut entry: serde_json::Value, from: i64) -> serde_json::Value {
    let event = json!({"type": "rollcall.truncated", "data": {"from": from}});
    entry["event"] = event.to_string().into();
    entry["stands_in"] = true.into();
    entry
}
