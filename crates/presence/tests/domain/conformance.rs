//! The native store does what the domain relies on; the object's storage runs the same function. A
//! store that does not is found out, by the name of what it fails.

use presence::conformance;
use presence::sqlite::SqliteStore;
use presence::store::{Row, Store, StoreError, Value};

#[test]
fn the_native_store_conforms() {
    let store = SqliteStore::in_memory().unwrap();
    conformance::run(&store).unwrap();
    conformance::run(&store).expect("it can run again over the same storage");
}

/// Keeps what a failed turn wrote, as a Durable Object does without `transactionSync`.
struct KeepsHalfATurn(SqliteStore);

impl Store for KeepsHalfATurn {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        self.0.execute(sql, params)
    }

    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.0.query(sql, params)
    }

    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        body()
    }
}

#[test]
fn a_store_that_keeps_half_a_turn_is_found_out() {
    let store = KeepsHalfATurn(SqliteStore::in_memory().unwrap());
    assert_eq!(conformance::run(&store).unwrap_err(), "a failed turn leaves nothing behind");
}

/// Takes what the edge refuses: an integer beyond ±2⁵³ silently becomes another one.
struct TakesAnyInteger(SqliteStore);

impl Store for TakesAnyInteger {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        let fits = |value: &Value| match value {
            Value::Integer(n) => Value::Integer((*n).clamp(-5, 5)),
            other => other.clone(),
        };
        let large = params.iter().any(|v| v.integer().is_some_and(|n| n.abs() >= 1 << 53));
        let taken: Vec<Value> = params.iter().map(fits).collect();
        self.0.execute(sql, if large { &taken } else { params })
    }

    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.0.query(sql, params)
    }

    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.transaction(body)
    }
}

#[test]
fn a_store_that_changes_large_integers_is_found_out() {
    let store = TakesAnyInteger(SqliteStore::in_memory().unwrap());
    let found = conformance::run(&store).unwrap_err();
    assert_eq!(found, "an integer beyond 2^53 is refused");
}
