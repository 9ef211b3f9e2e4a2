//! Synchronous SQL, as the domain needs it: the same statements run in SQLite natively and in a
//! Durable Object's storage. What the edge cannot do (bools, integers beyond ±2⁵³, `BEGIN`, more
//! than 100 parameters) is refused by both.

use std::fmt;
use std::rc::Rc;

/// A parameter or a result. Integers lie within ±2⁵³ (the edge binds them as doubles).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// The largest integer that survives the edge.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// A row, by column position.
pub type Row = Vec<Value>;

/// Storage refused; the transaction was rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError(pub String);

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "storage: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

/// A hub's storage.
pub trait Store {
    /// Runs one statement that returns nothing.
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError>;

    /// Runs one statement and returns its rows.
    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// Runs `body` in one real transaction: all of it stays, or, on `Err`, none.
    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E>;
}

/// Storage that outlives the hub that uses it: whoever holds the other end keeps it.
impl<S: Store> Store for Rc<S> {
    fn execute(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        self.as_ref().execute(sql, params)
    }

    fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.as_ref().query(sql, params)
    }

    fn transaction<T, E: From<StoreError>>(
        &self,
        body: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.as_ref().transaction(body)
    }
}

/// Checks what both implementations must refuse before a statement runs.
pub fn check(sql: &str, params: &[Value]) -> Result<(), StoreError> {
    const REFUSED: [&str; 8] =
        ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "ATTACH", "VACUUM"];
    let verb = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    if REFUSED.iter().any(|refused| verb.eq_ignore_ascii_case(refused)) {
        return Err(StoreError(format!("{verb} is not available at the edge")));
    }
    if params.len() > 100 {
        return Err(StoreError("more than 100 parameters".into()));
    }
    let too_large =
        |v: &Value| matches!(v, Value::Integer(i) if i.unsigned_abs() > MAX_INTEGER as u64);
    if params.iter().any(too_large) {
        return Err(StoreError("an integer beyond ±2^53".into()));
    }
    Ok(())
}

impl Value {
    /// The integer, if it is one.
    pub fn integer(&self) -> Option<i64> {
        if let Self::Integer(value) = self { Some(*value) } else { None }
    }

    /// The text, if it is text.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(value) = self { Some(value) } else { None }
    }

    /// The bytes, if they are.
    pub fn blob(&self) -> Option<&[u8]> {
        if let Self::Blob(value) = self { Some(value) } else { None }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<crate::time::Millis> for Value {
    fn from(value: crate::time::Millis) -> Self {
        Self::Integer(value.0)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
