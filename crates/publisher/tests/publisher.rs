//! What a batch becomes, and what each kind of answer means for it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use kafka_rest::{Ban, Doubt, Outcome, Passing, Produced, Refusal};
use presence::ids::UserId;
use presence::outbox::{Batch, Destination, Published, Record, Topic, Verdict};
use presence::time::Millis;
use publisher::{published, records, topic, trouble};

const NOW: Millis = Millis(1_000_000);

fn delivered() -> Outcome {
    Outcome::Delivered { partition: 0, offset: 7 }
}

fn waits(kind: Passing) -> Outcome {
    Outcome::Retriable { kind, reason: "waits".to_owned() }
}

fn refused() -> Outcome {
    Outcome::Refused { kind: Refusal::TooLarge, reason: "too large".to_owned(), code: Some(500) }
}

fn banned() -> Outcome {
    Outcome::TopicRefused { kind: Ban::Forbidden, reason: "not authorised".to_owned() }
}

fn doubtful() -> Outcome {
    Outcome::Unknown { kind: Doubt::TimedOut, reason: "no answer in time".to_owned() }
}

fn answer(outcomes: &[Outcome], wait_ms: Option<u64>) -> Produced {
    Produced { outcomes: outcomes.to_vec(), wait_ms }
}

fn means(outcomes: &[Outcome]) -> Published {
    published(answer(outcomes, None), NOW)
}

#[test]
fn each_lane_has_its_topic_and_its_dead_letters() {
    let topics = ["p", "s", "u", "m"].map(str::to_owned);
    let name = |of: Topic, dead| topic(&topics, Destination { topic: of, dead });
    assert_eq!(name(Topic::Presence, false), "p");
    assert_eq!(name(Topic::Session, false), "s");
    assert_eq!(name(Topic::Subscription, true), "u.dlq");
    assert_eq!(name(Topic::Message, true), "m.dlq");
}

#[test]
fn the_key_is_the_user_as_plain_bytes_and_the_value_says_that_it_is_an_event() {
    let user = UserId::parse("auth0|ada").unwrap();
    let destination = Destination { topic: Topic::Presence, dead: false };
    let one = |sequence, value: &str| Record { id: "e".into(), sequence, value: value.into() };
    let batch = Batch { user, destination, records: vec![one(1, "{1}"), one(2, "{2}")] };
    let made = records(&batch);
    assert_eq!(made.len(), 2);
    for (record, value) in made.iter().zip(["{1}", "{2}"]) {
        assert_eq!(record.key.as_deref(), Some(&b"auth0|ada"[..]));
        assert_eq!(record.value, value.as_bytes());
        let [header] = &record.headers[..] else { panic!("{:?}", record.headers) };
        assert_eq!(header.name, "content-type");
        assert_eq!(header.value, b"application/cloudevents+json; charset=UTF-8");
    }
}

#[test]
fn each_record_has_its_own_verdict() {
    let said = means(&[delivered(), refused(), doubtful(), waits(Passing::NotSent)]);
    let verdicts = vec![
        Verdict::Delivered,
        Verdict::Refused("too large".to_owned()),
        Verdict::Unknown,
        Verdict::Retriable,
    ];
    assert_eq!(said, Published::Records(verdicts));
}

#[test]
fn a_topic_that_is_refused_or_not_there_holds_its_lane_and_throws_nothing_away() {
    assert_eq!(means(&[banned(), banned()]), Published::Held("not authorised".to_owned()));
    assert_eq!(means(&[waits(Passing::NotFound)]), Published::Held("waits".to_owned()));
    assert_eq!(means(&[waits(Passing::Unrecognised)]), Published::Held("waits".to_owned()));
    // Asked to wait besides, it is held all the same.
    let patient = answer(&[waits(Passing::NotFound)], Some(500));
    assert_eq!(published(patient, NOW), Published::Held("waits".to_owned()));
}

#[test]
fn what_was_taken_before_a_topic_was_refused_stays_taken() {
    let said = means(&[delivered(), banned()]);
    assert_eq!(said, Published::Records(vec![Verdict::Delivered, Verdict::Retriable]));
}

#[test]
fn a_proxy_that_asks_for_patience_is_given_it() {
    let said = published(answer(&[waits(Passing::Busy), waits(Passing::Busy)], Some(3_000)), NOW);
    assert_eq!(said, Published::Failed { until: Some(NOW + 3_000) });
    let open = published(answer(&[waits(Passing::Open)], Some(250)), NOW);
    assert_eq!(open, Published::Failed { until: Some(NOW + 250) });
}

#[test]
fn what_may_be_there_is_in_doubt_however_long_it_is_to_be_waited() {
    let said = published(answer(&[doubtful()], Some(3_000)), NOW);
    assert_eq!(said, Published::Records(vec![Verdict::Unknown]));
}

#[test]
fn only_what_stays_until_somebody_does_something_is_told() {
    let told = |outcomes: &[Outcome]| trouble(&answer(outcomes, None)).map(str::to_owned);
    for outcome in [banned(), refused(), waits(Passing::NotFound), waits(Passing::Unrecognised)] {
        assert!(told(&[delivered(), outcome.clone()]).is_some(), "{outcome:?}");
    }
    // The first that was not delivered is the one to speak of: what stands behind it was not sent.
    for outcome in [doubtful(), waits(Passing::Busy), waits(Passing::Open)] {
        assert_eq!(told(&[delivered(), outcome.clone(), banned()]), None, "{outcome:?}");
    }
    assert_eq!(told(&[delivered()]), None);
}
