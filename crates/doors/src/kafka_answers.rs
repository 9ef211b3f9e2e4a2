//! What a producer makes of the answer of a Kafka REST proxy.

use arbitrary::{Arbitrary, Unstructured};
use kafka_rest::{Api, Outcome, Producer, Proxy, Record, Settings};

use crate::once::{Once, Still, now, status};

#[derive(Arbitrary, Debug)]
struct Answered<'a> {
    api: u8,
    records: u8,
    /// The proxy is asked for its cluster first.
    asks: bool,
    status: u8,
    body: &'a [u8],
}

/// One outcome a record; nothing counts as delivered that no answer places in a partition; and no answer
/// makes the producer ask for ever.
pub fn kafka_answers(data: &[u8]) {
    let Ok(answered) = Answered::arbitrary_take_rest(Unstructured::new(data)) else { return };
    let apis = [Api::V2, Api::V3, Api::V3Batch];
    let api = apis[usize::from(answered.api) % apis.len()];
    let count = 1 + usize::from(answered.records % 24);
    let cluster = (!answered.asks).then(|| "c1".to_owned());
    let settings = Settings { cluster, ..Settings::new("https://kafka.example", api) };
    let records: Vec<_> = (0..count).map(|n| Record::new("ada", format!("event {n}"))).collect();
    let proxy = Once::new(status(answered.status), answered.body);
    let producer = Producer::new(&proxy, Still, settings, Proxy::default());
    let outcomes = now(producer.produce("t", &records)).outcomes;
    assert_eq!(outcomes.len(), count);
    assert!(proxy.asked.get() <= 2 * count + 2, "asked {} times", proxy.asked.get());
    let delivered = |outcome: &&Outcome| matches!(outcome, Outcome::Delivered { .. });
    if let Some(Outcome::Delivered { partition, offset }) = outcomes.iter().find(delivered) {
        let text = String::from_utf8_lossy(answered.body);
        assert!(*partition >= 0 && *offset >= 0, "{outcomes:?}");
        assert!(text.contains("partition") && text.contains("offset"), "{text}: {outcomes:?}");
    }
}
