//! The tables, and what commands do to them.
//!
//! - `entries`: a row a key: its kind, and the value of a string; what is a set or a hash has an
//!   `owner`, the number under which its rows lie in `items`. `expires` is the last moment, in ms, at
//!   which the key is still there.
//! - `items`: a row a member of a set, or a field of a hash with its value.
//!
//! Both are `WITHOUT ROWID`, so that a changed row is one billed row; a key that expires has one more
//! in an index. `SADD` on a set writes a row a new member, `RENAME` of a large set two.
//!
//! Rows lie in the order of their `slot`, a hash of their name. It makes the cursor of a scan: what
//! stays from a scan's begin to its end is found, whatever comes and goes meanwhile, and a restart
//! changes nothing.
//!
//! **Invariant**: commands see no key whose time is over, since [`Keyspace::purge_if_due`] goes first. A set
//! or a hash has items, or its entry goes.

mod entries;
mod expiry;
mod items;
mod ledger;
mod schema;
mod slot;

use presence::store::{Row, Store, StoreError, Value};

use crate::failure::Failure;
use crate::limits::Limits;

pub(crate) use entries::{Entry, Found, Kind, check_key, check_length};
pub(crate) use expiry::soonest;
pub(crate) use items::Items;
pub(crate) use ledger::{Ledger, Totals};
pub(crate) use schema::create;

/// [`Store`] without its transactions, so that one code serves all.
pub(crate) trait Sql {
    fn run(&self, sql: &str, params: &[Value]) -> Result<(), StoreError>;
    fn rows(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError>;
}

impl<S: Store> Sql for S {
    fn run(&self, sql: &str, params: &[Value]) -> Result<(), StoreError> {
        self.execute(sql, params)
    }

    fn rows(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.query(sql, params)
    }
}

/// All keys, at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Keyspace<'a> {
    pub(crate) sql: &'a dyn Sql,
    pub(crate) ledger: &'a Ledger,
    pub(crate) limits: &'a Limits,
    /// The time, in ms.
    pub(crate) now: i64,
}

impl Keyspace<'_> {
    /// What is stored.
    pub(crate) fn totals(&self) -> Result<Totals, StoreError> {
        self.ledger.totals(self.sql)
    }

    /// Refuses what would grow beyond the limits.
    pub(crate) fn reserve(&self, bytes: i64, keys: i64) -> Result<(), Failure> {
        if bytes <= 0 && keys <= 0 {
            return Ok(());
        }
        let totals = self.totals()?;
        let fits = (bytes <= 0 || totals.bytes + bytes <= self.limits.bytes)
            && (keys <= 0 || totals.keys + keys <= self.limits.keys);
        if fits { Ok(()) } else { Err(Failure::out_of_memory()) }
    }

    /// The one number that a query answers; 0 for nothing and for no row.
    fn number(&self, sql: &str, params: &[Value]) -> Result<i64, StoreError> {
        Ok(self.sql.rows(sql, params)?.first().map_or(0, |row| integer(row, 0)))
    }

    /// The only numbers that a query answers.
    fn numbers(&self, sql: &str, params: &[Value]) -> Result<(i64, i64), StoreError> {
        numbers(self.sql, sql, params)
    }
}

fn numbers(sql: &dyn Sql, query: &str, params: &[Value]) -> Result<(i64, i64), StoreError> {
    let rows = sql.rows(query, params)?;
    Ok(rows.first().map_or((0, 0), |row| (integer(row, 0), integer(row, 1))))
}

fn integer(row: &Row, column: usize) -> i64 {
    maybe(row, column).unwrap_or(0)
}

fn maybe(row: &Row, column: usize) -> Option<i64> {
    row.get(column).and_then(Value::integer)
}

/// The bytes of a column, taken out of its row.
fn bytes(row: &mut Row, column: usize) -> Vec<u8> {
    match row.get_mut(column) {
        Some(Value::Blob(bytes)) => std::mem::take(bytes),
        _ => Vec::new(),
    }
}

fn blob(bytes: &[u8]) -> Value {
    Value::Blob(bytes.to_vec())
}

/// `(?, …), (?, …)`: this many rows of this many.
fn places(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}
