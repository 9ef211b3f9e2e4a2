use std::cell::Cell;
use std::rc::Rc;

use embedded_redis::Engine;
use presence::sqlite::SqliteStore;
use presence::store::{Row, Store, StoreError, Value};
use redis_rest::Command;

use crate::world::{NOON, World, command, shown};

/// Storage that refuses a write after so many, and no other.
struct Fragile {
    store: SqliteStore,
    left: Cell<i32>,
}

impl Store for Fragile {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        self.left.set(self.left.get() - 1);
        if self.left.get() == -1 {
            return Err(StoreError("the disk refuses".into()));
        }
        self.store.execute(sql, params)
    }

    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.store.query(sql, params)
    }

    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.store.transaction(body)
    }
}

/// All that can be told of what is stored.
fn state(engine: &mut Engine<Rc<Fragile>>) -> Vec<String> {
    let all = [
        "DBSIZE",
        "INFO memory",
        "KEYS *",
        "GET a",
        "TTL a",
        "SMEMBERS s",
        "SMEMBERS t",
        "HGETALL h",
        "TTL s",
    ];
    let mut state: Vec<String> =
        all.iter().map(|words| shown(&engine.execute(&command(words), NOON))).collect();
    state.push(format!("{:?}", engine.next_expiry()));
    state
}

const CHANGES: [&str; 10] = [
    "SET s text EX 5",
    "MSET a 9 new 1 other 2",
    "SUNIONSTORE a s t",
    "SMOVE s t one",
    "RENAME s a",
    "COPY h a REPLACE",
    "DEL a s t h",
    "HSET h f 2 g 3",
    "SPOP s 2",
    "FLUSHALL",
];

#[test]
fn whichever_write_is_refused_nothing_of_its_command_stays() {
    let whole: Vec<Command> = CHANGES.iter().map(|words| command(words)).collect();
    let mut tries: Vec<Vec<Command>> = whole.iter().map(|one| vec![one.clone()]).collect();
    tries.push(whole);
    for commands in tries {
        let mut refused = 0;
        while !succeeds_after_refusing(&commands, refused) {
            refused += 1;
        }
        assert!(refused > 0, "{commands:?} writes nothing");
    }
}

/// Runs commands on storage that refuses this write; `false` if one was refused and all is as before.
fn succeeds_after_refusing(commands: &[Command], write: i32) -> bool {
    let store = SqliteStore::in_memory().unwrap();
    let store = Rc::new(Fragile { store, left: Cell::new(i32::MAX) });
    let mut engine = Engine::new(Rc::clone(&store));
    for words in ["SET a 1 EX 100", "SADD s one two", "SADD t three", "HSET h f 1"] {
        engine.execute(&command(words), NOON).unwrap();
    }
    let before = state(&mut engine);
    store.left.set(write);
    let done = match commands {
        [one] => engine.execute(one, NOON).is_ok(),
        several => engine.transaction(several, NOON).is_ok(),
    };
    store.left.set(i32::MAX);
    if !done {
        assert_eq!(state(&mut engine), before, "{commands:?} after {write} writes");
    }
    // The alarm of the old one may come too early: that is no difference.
    let (mut counted, mut anew) = (state(&mut engine), state(&mut Engine::new(store)));
    counted.pop();
    anew.pop();
    assert_eq!(anew, counted, "{commands:?} after {write} writes");
    done
}

#[test]
fn another_engine_goes_on_where_the_first_stopped() {
    let mut world = World::new();
    world.plays("SET k v PX 5000 → OK\nSADD s a b → 2\nHSET h f v → 1");
    let due = world.engine.next_expiry();
    world.restart();
    world.plays("GET k → \"v\"\nSCARD s → 2\nHGET h f → \"v\"\nDBSIZE → 3\nPTTL k → 5000\nSADD t c → 1\nSMEMBERS t → [\"c\"]");
    assert_eq!(world.engine.next_expiry(), due);
}

#[test]
fn an_engine_that_nobody_asks_writes_nothing() {
    let world = World::new();
    assert_eq!(world.engine.next_expiry(), None);
    assert_eq!(world.store.take_written(), 0);
}

/// Rows are what is billed. An index is not counted here.
#[test]
fn a_change_writes_the_rows_that_it_must() {
    let mut world = World::new();
    world.run("PING");
    for (words, rows) in [
        ("SET k v", 1),
        ("SET k w EX 5", 1),
        ("GET k", 0),
        ("EXPIRE k 10", 1),
        ("SADD s a b c", 4),
        ("SADD s d", 1),
        ("SADD s d", 0),
        ("SREM s d none", 1),
        ("SISMEMBER s a", 0),
        ("HSET h f 1", 2),
        ("HSET h f 2", 1),
        ("RENAME s t", 2),
        ("DEL t", 4),
        ("DEL none", 0),
        ("PEXPIRE none 5", 0),
    ] {
        world.store.take_written();
        world.run(words);
        assert_eq!(world.store.take_written(), rows, "{words}");
    }
}
