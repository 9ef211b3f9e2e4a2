//! The object's own SQL as the domain's `Store`.
//!
//! The platform binds every number as a double and gives numbers back as doubles, stores a bool as
//! text, and loses integers beyond ±2⁵³ silently: `presence::store::check` refuses those before a
//! statement runs. A failed statement leaves the ones before it in place: only `transactionSync`
//! takes them back, which happens when its closure throws.

use std::cell::Cell;
use std::rc::Rc;

use presence::store::{Row, Store, StoreError, Value, check};
use worker::wasm_bindgen::prelude::*;
use worker::{SqlCursor, SqlStorage, SqlStorageValue, State};

use super::thrown;

#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
extern "C" {
    type TransactionalStorage;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &TransactionalStorage,
        body: &mut dyn FnMut() -> Result<(), JsValue>,
    ) -> Result<(), JsValue>;
}

/// The storage of one object, with a count of the billed rows that it wrote.
pub(crate) struct SqlStore {
    storage: TransactionalStorage,
    sql: SqlStorage,
    written: Rc<Cell<u64>>,
}

impl SqlStore {
    /// The storage of this object; `written` counts on. Every object has storage, so that the getter
    /// which `worker` unwraps here cannot throw.
    pub(crate) fn new(state: &State, written: Rc<Cell<u64>>) -> Self {
        let storage = state.storage();
        let raw: &JsValue = storage.as_raw().as_ref();
        let transactional = raw.clone().unchecked_into();
        Self { storage: transactional, sql: storage.sql(), written }
    }

    /// Runs a statement and its cursor to the end.
    fn run(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        check(sql, params)?;
        let bindings: Vec<SqlStorageValue> = params.iter().map(bind).collect();
        let cursor = self.sql.exec(sql, bindings).map_err(refused)?;
        let rows = rows(&cursor)?;
        self.written.set(self.written.get() + cursor.rows_written() as u64);
        Ok(rows)
    }
}

impl Store for SqlStore {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        self.run(sql, params).map(drop)
    }

    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.run(sql, params)
    }

    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let mut body = Some(body);
        let mut outcome = None;
        let ended = self.storage.transaction_sync(&mut || {
            outcome = body.take().map(|body| body());
            match &outcome {
                Some(Ok(_)) => Ok(()),
                _ => Err(JsValue::from_str("rolled back")),
            }
        });
        match (outcome, ended) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(error)) => Err(StoreError(thrown(&error)).into()),
            (None, Ok(())) => Err(StoreError("the transaction did not run".into()).into()),
        }
    }
}

fn bind(value: &Value) -> SqlStorageValue {
    match value {
        Value::Null => SqlStorageValue::Null,
        Value::Integer(value) => SqlStorageValue::Integer(*value),
        Value::Text(value) => SqlStorageValue::String(value.clone()),
        Value::Blob(value) => SqlStorageValue::Blob(value.clone()),
    }
}

fn rows(cursor: &SqlCursor) -> Result<Vec<Row>, StoreError> {
    cursor.raw().map(|row| Ok(row.map_err(refused)?.into_iter().map(read).collect())).collect()
}

fn read(value: SqlStorageValue) -> Value {
    match value {
        SqlStorageValue::Null => Value::Null,
        SqlStorageValue::Boolean(value) => Value::Integer(i64::from(value)),
        SqlStorageValue::Integer(value) => Value::Integer(value),
        SqlStorageValue::Float(value) => Value::Integer(value as i64),
        SqlStorageValue::String(value) => Value::Text(value),
        SqlStorageValue::Blob(value) => Value::Blob(value),
    }
}

fn refused(error: impl std::fmt::Display) -> StoreError {
    StoreError(error.to_string())
}
