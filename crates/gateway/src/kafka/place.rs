//! Which partition takes a record, and what goes there in one batch. Pure.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

use embedded_kafka::murmur2::partition_of;
use embedded_kafka::protocol::{NewRecord, Outcome, upper_bound};

/// A record, and the how manieth of its request it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) index: usize,
    pub(super) record: NewRecord,
    /// The number that it drew, if it has no key: it stays with its partition when it is sent again.
    pub(super) drawn: Option<u32>,
}

impl Piece {
    pub(super) fn new((index, record): (usize, NewRecord)) -> Self {
        Self { index, record, drawn: None }
    }
}

/// What a topic is like, and what may be sent there.
pub(super) struct Site<'a> {
    pub(super) topic: &'a str,
    pub(super) partitions: u32,
    /// Bytes of a record.
    pub(super) max_message: usize,
    /// How long a partition that is not there was waited for.
    pub(super) waited_ms: u128,
    /// Whose turn it is among partitions, for records without a key.
    pub(super) turn: &'a AtomicU32,
}

impl Site<'_> {
    /// The partition of a record, or why it has none, in the order in which Kafka's producer looks.
    pub(super) fn place(&self, piece: &mut Piece) -> Result<u32, Outcome> {
        let Piece { record, drawn, .. } = piece;
        let (topic, count) = (self.topic, self.partitions);
        let partition = match (record.partition, &record.key) {
            (Some(partition), _) if partition >= count => {
                let waited = self.waited_ms;
                return Err(Outcome::unknown_partition(topic, partition, count, waited));
            }
            (Some(partition), _) => partition,
            (None, Some(key)) => partition_of(key, count),
            (None, None) => {
                let draw = || self.turn.fetch_add(1, Ordering::Relaxed);
                drawn.get_or_insert_with(draw).checked_rem(count).unwrap_or(0)
            }
        };
        let size = upper_bound(record);
        if size > self.max_message {
            return Err(Outcome::too_large(size, self.max_message));
        }
        Ok(partition)
    }
}

/// Cuts what goes to one partition into batches that a broker takes whole, in their order.
pub(super) fn batches(pieces: Vec<Piece>, max_message: usize) -> VecDeque<Vec<Piece>> {
    let mut batches = VecDeque::new();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for piece in pieces {
        let size = upper_bound(&piece.record);
        if bytes + size > max_message && !batch.is_empty() {
            batches.push_back(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += size;
        batch.push(piece);
    }
    if !batch.is_empty() {
        batches.push_back(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use embedded_kafka::murmur2::partition_of;
    use embedded_kafka::protocol::{NewRecord, Outcome};

    use super::{Piece, Site, batches};

    fn site(turn: &AtomicU32) -> Site<'_> {
        Site { topic: "t", partitions: 4, max_message: 1_000, waited_ms: 7, turn }
    }

    fn piece(key: Option<&str>, partition: Option<u32>, length: usize) -> Piece {
        let record = NewRecord {
            key: key.map(|key| key.as_bytes().to_vec()),
            value: Some(vec![b'x'; length]),
            partition,
            ..NewRecord::default()
        };
        Piece::new((0, record))
    }

    #[test]
    fn a_key_has_the_partition_that_java_picks_and_a_named_one_wins() {
        let turn = AtomicU32::new(0);
        for key in ["", "k1", "ada", "7d444840-9dc0-11d1-b245-5ffdce74fad2"] {
            let placed = site(&turn).place(&mut piece(Some(key), None, 1));
            assert_eq!(placed, Ok(partition_of(key.as_bytes(), 4)), "{key}");
            assert_eq!(site(&turn).place(&mut piece(Some(key), Some(3), 1)), Ok(3));
        }
    }

    #[test]
    fn records_without_a_key_go_round_even_past_the_end_of_numbers() {
        let turn = AtomicU32::new(u32::MAX - 1);
        let places: Vec<_> =
            (0..4).map(|_| site(&turn).place(&mut piece(None, None, 1)).unwrap()).collect();
        assert_eq!(places, [2, 3, 0, 1]);
    }

    #[test]
    fn a_record_without_a_key_stays_where_it_is_when_it_is_placed_again() {
        let turn = AtomicU32::new(1);
        let (mut first, mut second) = (piece(None, None, 1), piece(None, None, 1));
        for _ in 0..2 {
            assert_eq!(site(&turn).place(&mut first), Ok(1));
            assert_eq!(site(&turn).place(&mut second), Ok(2));
        }
    }

    #[test]
    fn what_cannot_be_placed_is_told_in_the_words_of_the_bridge() {
        let turn = AtomicU32::new(0);
        let Err(Outcome::Failed { error_code, message }) =
            site(&turn).place(&mut piece(None, Some(99), 1))
        else {
            panic!("it was placed")
        };
        let words =
            "Partition 99 of topic t with partition count 4 is not present in metadata after 7 ms.";
        assert_eq!((error_code, message.as_str()), (404, words));
        let large = site(&turn).place(&mut piece(None, None, 1_000));
        assert!(matches!(large, Err(Outcome::Failed { error_code: 500, .. })), "{large:?}");
    }

    #[test]
    fn batches_keep_the_order_and_none_is_too_large() {
        let pieces = |lengths: &[usize]| -> Vec<Piece> {
            let piece =
                |(index, length): (usize, &usize)| Piece { index, ..piece(None, None, *length) };
            lengths.iter().enumerate().map(piece).collect()
        };
        let cut = |lengths: &[usize]| -> Vec<Vec<usize>> {
            let batches = batches(pieces(lengths), 1_000);
            batches.iter().map(|batch| batch.iter().map(|piece| piece.index).collect()).collect()
        };
        assert_eq!(cut(&[]), Vec::<Vec<usize>>::new());
        assert_eq!(cut(&[100, 100, 100]), [vec![0, 1, 2]]);
        assert_eq!(cut(&[800, 800, 10, 10, 850]), [vec![0], vec![1, 2], vec![3], vec![4]]);
        // One that is too large for any batch is still sent: what it is, the broker says.
        assert_eq!(cut(&[10, 5_000, 10]), [vec![0], vec![1], vec![2]]);
    }
}
