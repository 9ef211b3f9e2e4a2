//! Rows into values.

use presence::store::{Row, Store, StoreError, Value};

/// The first row, which must be there.
pub(super) fn first(store: &impl Store, sql: &str, params: &[Value]) -> Result<Row, StoreError> {
    store.query(sql, params)?.into_iter().next().ok_or_else(odd)
}

/// The integer in that column.
pub(super) fn integer(row: &Row, column: usize) -> Result<i64, StoreError> {
    row.get(column).and_then(Value::integer).ok_or_else(odd)
}

/// The text in that column.
pub(super) fn text(row: &Row, column: usize) -> Result<String, StoreError> {
    row.get(column).and_then(Value::text).map(str::to_owned).ok_or_else(odd)
}

/// The bytes in that column. Some storages give NULL for none.
pub(super) fn bytes(row: &mut Row, column: usize) -> Result<Vec<u8>, StoreError> {
    match row.get_mut(column).map(|value| std::mem::replace(value, Value::Null)) {
        Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Blob(bytes)) => Ok(bytes),
        _ => Err(odd()),
    }
}

/// A row that nothing here wrote.
pub(super) fn odd() -> StoreError {
    StoreError("a row of the log is not as it was written".into())
}
