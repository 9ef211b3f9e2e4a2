//! How large Kafka's producer takes a record to be, before it sends it.

use super::NewRecord;

/// What a batch adds.
const BATCH: usize = 61;
/// The most that a record's length, attributes, and differences of time and offset take.
const RECORD: usize = 21;

/// The upper bound of a record's size on the wire, which the producer holds against `max.request.size`.
pub fn upper_bound(record: &NewRecord) -> usize {
    let headers: usize = record
        .headers
        .iter()
        .map(|header| field(Some(header.key.as_bytes())) + field(Some(&header.value)))
        .sum();
    let (key, value) = (field(record.key.as_deref()), field(record.value.as_deref()));
    BATCH + RECORD + key + value + varint(record.headers.len()) + headers
}

/// Bytes and their length; nothing at all has the length −1.
fn field(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| varint(bytes.len()) + bytes.len())
}

/// A number in zigzag, seven bits a byte.
fn varint(number: usize) -> usize {
    let bits = (usize::BITS - number.leading_zeros()) as usize + 1;
    bits.div_ceil(7)
}
