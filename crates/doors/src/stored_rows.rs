//! Rows that an older version of this code left, or that something else wrote: wrong JSON, unknown
//! words, odd numbers, bytes.

mod events;

use arbitrary::{Arbitrary, Unstructured};
use presence::calls::HubRequest;
use presence::ids::{SessionId, UserId};
use presence::schema::{MIGRATIONS, migrate_to, version};
use presence::sqlite::SqliteStore;
use presence::store::{Store, Value};
use presence::time::Millis;

use crate::hub::Happens;
use crate::shell::{BEGIN, Shell};

/// So many kinds of rows, and so many operations over them.
const MOST: usize = 12;

/// Whatever the tables hold, a hub over them starts, does what it is asked, and comes to rest.
pub fn stored_rows(data: &[u8]) {
    let mut input = Unstructured::new(data);
    let Ok(Left { from, rows }) = Left::arbitrary(&mut input) else { return };
    let user = UserId::parse("ann").expect("a user id");
    let store = SqliteStore::in_memory().expect("a database in memory");
    let from = usize::from(from) % MIGRATIONS.len() + 1;
    migrate_to(&store, 0, from).expect("an empty database is migrated");
    rows.iter().take(MOST).for_each(|row| row.write(&store, &user));
    let mut shell = Shell::over(user, store).set_by(data);
    shell.sound = false;
    shell.alarm = Some(shell.now);
    shell.check();
    assert_eq!(version(&shell.disk), Ok(MIGRATIONS.len()), "brought up to date");
    for _ in 0..MOST {
        if input.is_empty() {
            break;
        }
        let Ok(happens) = Happens::arbitrary(&mut input) else { break };
        happens.to(&mut shell);
        shell.check();
    }
    shell.disk.refuse_writes(false);
    shell.refusing = false;
    works(&mut shell);
    shell.comes_to_rest();
}

/// A client can still connect and subscribe, once Kafka has made room where there was none.
fn works(shell: &mut Shell) {
    shell.behind = 0;
    shell.makes_room();
    shell.connect_plainly();
    shell.makes_room();
    let targets = vec!["zoe".to_owned()];
    assert!(shell.call(HubRequest::Subscribe { targets }, Millis(i64::MAX)).is_ok());
    assert!(shell.look(presence::calls::Viewer::Owner).online);
}

/// What was left behind.
#[derive(Arbitrary, Debug)]
struct Left {
    from: u8,
    rows: Vec<OldRow>,
}

/// A row of one table, perhaps many times with other keys.
#[derive(Arbitrary, Debug)]
struct OldRow {
    table: u8,
    many: u8,
    columns: Vec<Cell>,
}

/// What stands in a column: what this code would write there, or something else.
#[derive(Arbitrary, Debug)]
enum Cell {
    Usual(u8),
    Null,
    Small(i8),
    /// A time around now, in seconds.
    Near(i8),
    Odd(u8),
    Text(u8),
    Words(String),
    Bytes(Vec<u8>),
}

/// What a double can hold at the edge, and where code tends to break.
const ODD: [i64; 12] = [
    -(1 << 52),
    -1,
    63,
    64,
    255,
    1 << 20,
    (1 << 31) - 1,
    u32::MAX as i64,
    1 << 32,
    253_402_300_800_000,
    1 << 51,
    1 << 52,
];
const TEXTS: [&str; 22] = [
    "",
    "{}",
    "[]",
    "null",
    "bo",
    "cy",
    "not an id",
    "OFFLINE",
    "INVISIBLE",
    "away",
    "v99.stomp",
    "rollcall.v1.json",
    r#"{"type":"toaster"}"#,
    r#"["bo","cy"]"#,
    r#"["not an id"]"#,
    r#"[{"userId":"bo","sessions":1}]"#,
    r#"{"messageId":"m","from":"ann","to":["bo"],"content":1,"sentAt":"2027-01-15T08:00:00.000Z"}"#,
    r#"{"messageId":"m","from":"x","to":[],"content":1,"sentAt":"9999-99-99T99:99:99.999Z"}"#,
    r#"{"marks":{"all":true,"sessions":["s1.YW5u.AAAAAAAAAAAAAAAA"]},"since":"2027-01-15T08:00:00.000Z"}"#,
    r#"{"again":{"audience":true,"ids":true},"againAt":"9999-12-31T23:59:59.999Z","naps":-1}"#,
    r#"{"again":{"all":true},"againAt":"0000-01-01T00:00:00.000Z","fullAt":"9999-12-31T23:59:59.999Z"}"#,
    r#"{"marks":{"sessions":["not an id"]},"naps":9007199254740993}"#,
];

const TABLES: [&str; 6] = ["meta", "sessions", "watching", "audience", "follower", "messages"];
/// Chosen by the highest bytes: what was found before they were there still means what it meant.
const KAFKA_TABLES: [&str; 2] = ["outbox", "dead_letters"];
const FIRST_KAFKA: u8 = 224;

fn table(at: u8) -> &'static str {
    let of = |tables: &[&'static str], at: u8| tables[usize::from(at) % tables.len()];
    if at < FIRST_KAFKA { of(&TABLES, at) } else { of(&KAFKA_TABLES, at) }
}

impl OldRow {
    /// What the table's own definition refuses was never there.
    fn write(&self, store: &SqliteStore, user: &UserId) {
        let table = table(self.table);
        let columns = store
            .query("SELECT name, type FROM pragma_table_info(?)", &[table.into()])
            .expect("readable");
        let column =
            |row: &Vec<Value>| Some((row[0].text()?.to_owned(), row[1].text()?.to_owned()));
        let columns: Vec<(String, String)> = columns.iter().filter_map(column).collect();
        if columns.is_empty() {
            return;
        }
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT OR REPLACE INTO {table} ({}) VALUES ({marks})", names.join(", "));
        let copies =
            if matches!(table, "meta" | "follower") { 1 } else { u32::from(self.many) + 1 };
        for copy in 0..copies {
            let value = |(at, (name, kind)): (usize, &(String, String))| {
                let cell = self.columns.get(at).unwrap_or(&Cell::Usual(0));
                cell.value((table, name, kind), user, copy)
            };
            let values: Vec<Value> = columns.iter().enumerate().map(value).collect();
            drop(store.execute(&sql, &values));
        }
    }
}

impl Cell {
    fn value(&self, column: (&str, &str, &str), user: &UserId, copy: u32) -> Value {
        let (table, name, kind) = column;
        // Keys differ from row to row, or there would be one.
        let is_key = matches!(name, "id" | "target" | "subscriber" | "name");
        let number = if is_key && copy > 0 { copy.to_string() } else { String::new() };
        let text = |text: &str| Value::Text(format!("{text}{number}"));
        match self {
            Self::Usual(byte) => events::usual(table, name, *byte, copy)
                .unwrap_or_else(|| usual(name, kind, user, *byte, copy)),
            Self::Null => Value::Null,
            Self::Small(number) => Value::Integer(i64::from(*number)),
            Self::Near(seconds) => Value::Integer(BEGIN.0 + i64::from(*seconds) * 1000),
            Self::Odd(at) => Value::Integer(ODD[usize::from(*at) % ODD.len()]),
            Self::Text(at) => match events::odd(table, name, *at, copy) {
                Some(odd) => odd.into(),
                None => text(TEXTS[usize::from(*at) % TEXTS.len()]),
            },
            Self::Words(words) => text(words),
            Self::Bytes(bytes) => Value::Blob(bytes.clone()),
        }
    }
}

/// What stands there when all is well.
fn usual(name: &str, kind: &str, user: &UserId, byte: u8, copy: u32) -> Value {
    match (name, kind) {
        ("id", "TEXT") => {
            let mut random = [byte; 16];
            random[..4].copy_from_slice(&copy.to_le_bytes());
            Value::Text(SessionId::new(user, random).to_string())
        }
        ("protocol", _) => "v12.stomp".into(),
        ("device", _) => r#"{"type":"web"}"#.into(),
        ("target" | "subscriber", _) => Value::Text(format!("u{copy}")),
        ("slot", _) => Value::Integer(i64::from(copy)),
        ("name", _) => Value::Text(format!("c:{copy}")),
        ("body", _) => TEXTS[16].into(),
        ("owed", "TEXT") => r#"["bo"]"#.into(),
        ("delivered", _) => "[]".into(),
        ("mirror", _) => TEXTS[18 + usize::from(byte) % 4].into(),
        ("id" | "wanted" | "generation" | "connection" | "registered", _) => Value::Integer(1),
        ("closed_at" | "vanished_until" | "ended_at", _) if byte == 0 => Value::Null,
        (_, "INTEGER") => Value::Integer(BEGIN.0 - i64::from(byte)),
        (_, "BLOB") => Value::Blob(vec![byte]),
        _ => Value::Null,
    }
}
