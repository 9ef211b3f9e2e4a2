//! Server-sent events: what a follower reads. Each event is a record in one line of JSON, without a type of its own, so
//! that `onmessage` gets it; its `id` is the cursor with which the browser comes back.

use crate::log::{Batch, Cursor, Record};
use crate::view;

/// The media type of the stream.
pub const CONTENT_TYPE: &str = "text/event-stream";
/// How soon a browser comes back, in milliseconds.
const RETRY_MS: u32 = 1_000;

/// How a stream begins: who is cut off before the first record comes back to the same place.
pub fn opening(cursor: Cursor) -> String {
    format!("retry: {RETRY_MS}\n{}", mark(cursor))
}

/// One record.
pub fn event(record: &Record) -> String {
    format!("id: {}\ndata: {}\n\n", record.position, view::line(record))
}

/// All of a batch, and a mark where it reaches farther than its last record.
pub fn events(batch: &Batch) -> String {
    let mut out = String::new();
    for record in &batch.records {
        out.push_str(&event(record));
    }
    let last = batch.records.last().map(|record| record.position);
    if last != Some(batch.cursor) {
        out.push_str(&mark(batch.cursor));
    }
    out
}

/// Moves the reader's place without an event (a block without data sets the id alone), and keeps the connection alive
/// while nothing happens.
pub fn mark(cursor: Cursor) -> String {
    format!("id: {cursor}\n\n")
}
