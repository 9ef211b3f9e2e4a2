//! What the domain relies on in a [`Store`], checked by running it. The same function runs natively
//! and in a Durable Object: the two differ in numbers, bools, limits and rollback.

use crate::store::{MAX_INTEGER, Store, StoreError, Value};

/// One check: whether it holds, or what storage refused.
type Check<S> = fn(&S) -> Result<bool, StoreError>;

/// Runs every check; the error names the one that failed.
pub fn run(store: &impl Store) -> Result<(), String> {
    let checks: [(&str, Check<_>); 7] = [
        ("values come back as they were written", values_round_trip),
        ("a failed turn leaves nothing behind", a_failed_turn_rolls_back),
        ("a failed second statement undoes the first", a_failed_statement_rolls_back),
        ("what is unavailable at the edge is refused", |store| {
            Ok(the_unavailable_is_refused(store))
        }),
        ("an integer beyond 2^53 is refused", |store| Ok(large_integers_are_refused(store))),
        ("100 parameters fit and 101 do not", |store| Ok(the_parameter_limit_holds(store))),
        ("lists arrive through json_each, and upserts work", json_and_upserts_work),
    ];
    store
        .execute(DROP, &[])
        .and_then(|()| store.execute(CREATE, &[]))
        .map_err(|e| e.to_string())?;
    for (name, check) in checks {
        match check(store) {
            Ok(true) => {}
            Ok(false) => return Err(name.to_owned()),
            Err(error) => return Err(format!("{name}: {error}")),
        }
    }
    store.execute(DROP, &[]).map_err(|e| e.to_string())
}

const DROP: &str = "DROP TABLE IF EXISTS conformance";
const CREATE: &str =
    "CREATE TABLE conformance (k TEXT PRIMARY KEY, n INTEGER, b BLOB) STRICT, WITHOUT ROWID";
const INSERT: &str = "INSERT INTO conformance (k, n, b) VALUES (?, ?, ?)";
const COUNT: &str = "SELECT count(*) FROM conformance WHERE k = ?";

fn put<S: Store>(store: &S, key: &str, number: i64) -> Result<(), StoreError> {
    store.execute(INSERT, &[key.into(), number.into(), Value::Null])
}

fn has<S: Store>(store: &S, key: &str) -> Result<bool, StoreError> {
    let rows = store.query(COUNT, &[key.into()])?;
    Ok(rows.first().and_then(|row| row.first()) == Some(&Value::Integer(1)))
}

fn values_round_trip<S: Store>(store: &S) -> Result<bool, StoreError> {
    let row =
        vec![Value::from("é\u{1F600}"), Value::Integer(MAX_INTEGER), Value::Blob(vec![0, 255, 7])];
    store.execute(INSERT, &row)?;
    let select = "SELECT k, n, b FROM conformance WHERE n = ?";
    let found = store.query(select, &[Value::Integer(MAX_INTEGER)])?;
    let negative = put(store, "negative", -5).and_then(|()| {
        store.query("SELECT n, b FROM conformance WHERE k = ?", &["negative".into()])
    })?;
    Ok(found == vec![row] && negative == vec![vec![Value::Integer(-5), Value::Null]])
}

fn a_failed_turn_rolls_back<S: Store>(store: &S) -> Result<bool, StoreError> {
    let turn: Result<(), StoreError> = store.transaction(|| {
        put(store, "turn", 1)?;
        Err(StoreError("changed my mind".into()))
    });
    let kept: Result<(), StoreError> = store.transaction(|| put(store, "kept", 1));
    Ok(turn.is_err() && !has(store, "turn")? && kept.is_ok() && has(store, "kept")?)
}

fn a_failed_statement_rolls_back<S: Store>(store: &S) -> Result<bool, StoreError> {
    let turn: Result<(), StoreError> = store.transaction(|| {
        put(store, "first", 1)?;
        put(store, "first", 2)
    });
    Ok(turn.is_err() && !has(store, "first")?)
}

fn the_unavailable_is_refused<S: Store>(store: &S) -> bool {
    let refused = ["BEGIN", "SAVEPOINT a", "PRAGMA user_version", "  pragma user_version"];
    refused.iter().all(|sql| store.execute(sql, &[]).is_err() && store.query(sql, &[]).is_err())
}

fn large_integers_are_refused<S: Store>(store: &S) -> bool {
    put(store, "large", MAX_INTEGER + 1).is_err() && put(store, "small", -MAX_INTEGER - 1).is_err()
}

fn the_parameter_limit_holds<S: Store>(store: &S) -> bool {
    let select = |count: usize| {
        format!("SELECT k FROM conformance WHERE k IN ({})", vec!["?"; count].join(","))
    };
    let names = |count: usize| vec![Value::from("x"); count];
    store.query(&select(100), &names(100)).is_ok()
        && store.query(&select(101), &names(101)).is_err()
}

fn json_and_upserts_work<S: Store>(store: &S) -> Result<bool, StoreError> {
    let upsert = "INSERT INTO conformance (k, n) SELECT value, ?2 FROM json_each(?1) WHERE true \
                  ON CONFLICT (k) DO UPDATE SET n = excluded.n";
    store.execute(upsert, &[r#"["j1","j2"]"#.into(), 1.into()])?;
    store.execute(upsert, &[r#"["j2","j3"]"#.into(), 2.into()])?;
    let select = "SELECT k, n FROM conformance WHERE k LIKE 'j_' ORDER BY k LIMIT ?";
    let rows = store.query(select, &[10.into()])?;
    let expected = [("j1", 1), ("j2", 2), ("j3", 2)];
    Ok(rows == expected.map(|(k, n)| vec![Value::from(k), Value::Integer(n)]))
}
