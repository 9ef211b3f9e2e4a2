//! A call as a whole: what is sent alone, what is not sent, the breaker, waits.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use common::scripted::{Said, Scripted, answer, asking_to_wait};
use common::world::Still;
use common::{delivered, outcomes, produced, records, settings};
use kafka_rest::{
    Api, Ban, Breaker, BreakerSettings, Doubt, Outcome, Passing, Producer, Proxy, Refusal,
    Settings, State, TransportError,
};

/// One record, delivered at this offset.
fn at(offset: i64) -> Said {
    answer(200, &format!(r#"{{"offsets":[{{"partition":0,"offset":{offset}}}]}}"#))
}

fn waits(outcome: &Outcome, expected: Passing) -> bool {
    matches!(outcome, Outcome::Retriable { kind, .. } if *kind == expected)
}

fn unknown(outcome: &Outcome, expected: Doubt) -> bool {
    matches!(outcome, Outcome::Unknown { kind, .. } if *kind == expected)
}

#[tokio::test]
async fn what_did_not_come_back_is_told_apart() {
    let one = async |error| outcomes(Api::V2, 2, Err(error)).await.remove(1);
    let text = || "why".to_owned();
    assert!(waits(&one(TransportError::Connect(text())).await, Passing::NoConnection));
    assert!(unknown(&one(TransportError::TimedOut).await, Doubt::TimedOut));
    assert!(unknown(&one(TransportError::Broken(text())).await, Doubt::Broken));
    assert!(unknown(&one(TransportError::TooLarge(1 << 40)).await, Doubt::TooLarge));
    for (error, expected) in [
        (TransportError::Redirected(text()), Ban::Redirected),
        (TransportError::Invalid(text()), Ban::Invalid),
    ] {
        let outcome = one(error).await;
        assert!(matches!(outcome, Outcome::TopicRefused { kind, .. } if kind == expected));
    }
}

#[tokio::test]
async fn retry_after_is_kept_in_seconds_and_within_an_hour() {
    for (status, said, expected) in [
        (429, "2", Some(2_000)),
        (503, " 30 ", Some(30_000)),
        (503, "999999999999", Some(3_600_000)),
        (429, "Wed, 21 Oct 2026 07:28:00 GMT", None),
        (429, "-1", None),
    ] {
        let result = produced(Api::V2, 3, [asking_to_wait(status, said)]).await;
        assert_eq!(result.wait_ms, expected, "{said}");
        assert!(result.outcomes.iter().all(|outcome| waits(outcome, Passing::Busy)));
    }
}

#[tokio::test]
async fn statuses_of_those_in_between_are_told_apart() {
    let one =
        async |status| outcomes(Api::V2, 1, answer(status, "<html>no</html>")).await.remove(0);
    for status in [408, 521, 523, 525, 526, 530] {
        assert!(waits(&one(status).await, Passing::Busy), "{status}");
    }
    for status in [500, 502, 504, 520, 522, 524] {
        assert!(unknown(&one(status).await, Doubt::Failed), "{status}");
    }
    for status in [301, 302, 307, 308] {
        let outcome = one(status).await;
        assert!(matches!(outcome, Outcome::TopicRefused { kind: Ban::Redirected, .. }), "{status}");
    }
    for status in [400, 402, 405, 406, 415, 421] {
        let outcome = one(status).await;
        assert!(matches!(outcome, Outcome::TopicRefused { kind: Ban::Protocol, .. }), "{status}");
    }
    assert!(unknown(&one(100).await, Doubt::Garbage));
    assert!(unknown(&one(202).await, Doubt::Garbage));
}

#[tokio::test]
async fn a_request_that_is_too_large_goes_on_record_by_record() {
    let answers = [answer(413, ""), at(1), answer(413, "")];
    let outcomes = produced(Api::V2, 3, answers).await.outcomes;
    assert_eq!(outcomes[0], delivered(0, 1));
    assert!(
        matches!(outcomes[1], Outcome::Refused { kind: Refusal::TooLarge, .. }),
        "{outcomes:?}"
    );
    assert!(waits(&outcomes[2], Passing::NotSent), "{outcomes:?}");
}

#[tokio::test]
async fn a_request_that_is_unprocessable_goes_on_record_by_record() {
    let no = r#"{"error_code":42206,"message":"Payload error."}"#;
    let outcomes = produced(Api::V2, 2, [answer(422, no), at(1), answer(422, no)]).await.outcomes;
    assert_eq!(outcomes[0], delivered(0, 1));
    let refused =
        matches!(&outcomes[1], Outcome::Refused { kind: Refusal::Schema, code: Some(42_206), .. });
    assert!(refused, "{outcomes:?}");
}

#[tokio::test]
async fn a_422_that_is_cut_off_may_be_about_records_that_were_taken() {
    let body = r#"{"key_schema_id":null,"offsets":[{"offset":3,"par"#;
    let outcomes = outcomes(Api::V2, 2, answer(422, body)).await;
    assert!(outcomes.iter().all(|outcome| unknown(outcome, Doubt::Truncated)), "{outcomes:?}");
}

#[tokio::test]
async fn who_took_nothing_is_believed_though_the_words_are_cut_off() {
    for (status, passing) in [(408, Passing::Busy), (429, Passing::Busy)] {
        let outcomes = outcomes(Api::V2, 2, answer(status, r#"{"message":"la"#)).await;
        assert!(outcomes.iter().all(|outcome| waits(outcome, passing)), "{outcomes:?}");
    }
    let outcomes = produced(Api::V2, 2, [answer(413, r#"{"mess"#), at(1), at(2)]).await.outcomes;
    assert_eq!(outcomes, [delivered(0, 1), delivered(0, 2)]);
}

#[tokio::test]
async fn a_400_about_size_is_about_a_record() {
    let large = r#"{"error_code":400,"message":"Error processing message: Produce request size is larger than allowed threshold"}"#;
    let outcomes = produced(Api::V2, 2, [answer(400, large), answer(400, large)]).await.outcomes;
    let refused =
        matches!(outcomes[0], Outcome::Refused { kind: Refusal::TooLarge, code: Some(400), .. });
    assert!(refused && waits(&outcomes[1], Passing::NotSent), "{outcomes:?}");
}

#[tokio::test]
async fn a_500_about_size_leaves_in_doubt_and_the_next_call_finds_the_record() {
    let large = r#"{"error_code":50002,"message":"The message is 9 bytes when serialized which is larger than 8, which is the value of the max.request.size configuration."}"#;
    let (transport, world) = (Scripted::new([answer(500, large)]), Still::default());
    let producer = Producer::new(&transport, &world, settings(Api::V2), Proxy::default());
    let first = producer.produce("t", &records(2)).await.outcomes;
    assert!(first.iter().all(|outcome| unknown(outcome, Doubt::Failed)), "{first:?}");
    transport.say(answer(500, large));
    let second = producer.produce("t", &records(2)).await.outcomes;
    assert!(matches!(second[0], Outcome::Refused { kind: Refusal::TooLarge, .. }), "{second:?}");
}

#[tokio::test]
async fn an_answer_by_partition_is_in_doubt_and_records_then_go_alone() {
    for first in [
        r#"{"offsets":[{"partition":0,"offset":5}]}"#,
        r#"{"offsets":[{"partition":1,"offset":5},{"partition":0,"error_code":6,"offset":-1},{"partition":2,"offset":1}]}"#,
    ] {
        let (transport, world) = (Scripted::new([answer(200, first)]), Still::default());
        let proxy = Proxy::default();
        let producer = Producer::new(&transport, &world, settings(Api::V2), proxy.clone());
        let doubt = producer.produce("t", &records(3)).await.outcomes;
        assert!(
            doubt.iter().all(|outcome| matches!(outcome, Outcome::Unknown { .. })),
            "{doubt:?}"
        );
        assert!(proxy.sends_alone());
        let other = Producer::new(&transport, &world, settings(Api::V2), proxy);
        (6..9).for_each(|offset| transport.say(at(offset)));
        let sure = other.produce("t", &records(3)).await.outcomes;
        assert_eq!(sure, [delivered(0, 6), delivered(0, 7), delivered(0, 8)]);
    }
}

#[tokio::test]
async fn no_entries_or_too_many_are_in_doubt_but_teach_nothing() {
    for body in [
        r#"{"offsets":[]}"#,
        r#"{"offsets":[{"partition":0,"offset":1},{"partition":0,"offset":2},{"partition":0,"offset":3}]}"#,
    ] {
        let (transport, world) = (Scripted::new([answer(200, body)]), Still::default());
        let producer = Producer::new(&transport, &world, settings(Api::V2), Proxy::default());
        let outcomes = producer.produce("t", &records(2)).await.outcomes;
        assert!(outcomes.iter().all(|outcome| unknown(outcome, Doubt::Count)), "{outcomes:?}");
        assert!(!producer.proxy().sends_alone());
    }
}

#[tokio::test]
async fn behind_a_record_that_is_not_delivered_nothing_is_sent_alone() {
    let (transport, world) = (Scripted::new([answer(413, ""), at(1)]), Still::default());
    transport.say(Err(TransportError::TimedOut));
    let producer = Producer::new(&transport, &world, settings(Api::V2), Proxy::default());
    let outcomes = producer.produce("t", &records(4)).await.outcomes;
    assert_eq!(outcomes[0], delivered(0, 1));
    assert!(unknown(&outcomes[1], Doubt::TimedOut), "{outcomes:?}");
    assert!(outcomes[2..].iter().all(|rest| waits(rest, Passing::NotSent)), "{outcomes:?}");
    assert_eq!(transport.requests(), 3);
}

#[tokio::test]
async fn no_request_begins_after_the_time_is_over() {
    let world = Still::default();
    let answers = [answer(413, ""), at(1), at(2)];
    let transport = Scripted::new(answers).taking(&world, 400);
    let settings = Settings { timeout_ms: 1_000, ..settings(Api::V2) };
    let producer = Producer::new(&transport, &world, settings, Proxy::default());
    let outcomes = producer.produce("t", &records(4)).await.outcomes;
    assert_eq!(outcomes[..2], [delivered(0, 1), delivered(0, 2)]);
    assert!(outcomes[2..].iter().all(|rest| waits(rest, Passing::NotSent)), "{outcomes:?}");
}

#[tokio::test]
async fn doubt_is_never_repeated_here() {
    for error in [TransportError::TimedOut, TransportError::Broken("reset".to_owned())] {
        let (transport, world) = (Scripted::new([Err(error)]), Still::default());
        let producer = Producer::new(&transport, &world, settings(Api::V2), Proxy::default());
        producer.produce("t", &records(2)).await;
        assert_eq!(transport.requests(), 1);
    }
}

fn touchy() -> Proxy {
    Proxy::new(Breaker::new(BreakerSettings { failures: 2, ..BreakerSettings::default() }))
}

#[tokio::test]
async fn the_breaker_is_shared_and_says_when_to_come_back() {
    let (transport, world) = (Scripted::new([]), Still::default());
    let proxy = touchy();
    for _ in 0..2 {
        transport.say(answer(500, ""));
        let producer = Producer::new(&transport, &world, settings(Api::V2), proxy.clone());
        producer.produce("t", &records(1)).await;
    }
    let producer = Producer::new(&transport, &world, settings(Api::V2), proxy.clone());
    let result = producer.produce("t", &records(2)).await;
    assert!(result.outcomes.iter().all(|outcome| waits(outcome, Passing::Open)), "{result:?}");
    assert_eq!(transport.requests(), 2);
    world.now.set(world.now.get() + result.wait_ms.unwrap());
    transport.say(at(1));
    assert_eq!(producer.produce("t", &records(1)).await.outcomes, [delivered(0, 1)]);
    assert_eq!(proxy.breaker().state(), State::Closed);
    assert_eq!(proxy.breaker().take_reports().len(), 3, "opened, half open, closed");
}

#[tokio::test]
async fn the_breaker_opens_for_the_proxy_but_not_for_a_topic_or_a_record() {
    let entry = |code: i64| answer(200, &format!(r#"{{"offsets":[{{"error_code":{code}}}]}}"#));
    let opening = [
        answer(500, ""),
        answer(503, ""),
        answer(429, ""),
        answer(401, ""),
        answer(302, ""),
        answer(200, "<html>"),
        answer(200, ""),
        entry(50_003),
        Err(TransportError::TimedOut),
        Err(TransportError::Connect("refused".to_owned())),
    ];
    for said in opening {
        let proxy = twice(&said).await;
        assert!(matches!(proxy.breaker().state(), State::Open { .. }), "{said:?}");
    }
    let harmless = [
        entry(404),
        entry(403),
        entry(413),
        entry(500),
        answer(404, ""),
        answer(403, ""),
        answer(413, ""),
    ];
    for said in harmless {
        assert_eq!(twice(&said).await.breaker().state(), State::Closed, "{said:?}");
    }
}

#[tokio::test]
async fn a_refused_record_shows_the_breaker_a_proxy_that_serves() {
    let large = r#"{"offsets":[{"error_code":413}]}"#;
    let answers = [answer(500, ""), answer(200, large), answer(500, "")];
    let (transport, world) = (Scripted::new(answers), Still::default());
    let producer = Producer::new(&transport, &world, settings(Api::V2), touchy());
    for _ in 0..3 {
        producer.produce("t", &records(1)).await;
    }
    assert_eq!(producer.proxy().breaker().state(), State::Closed);
}

#[tokio::test]
async fn the_breaker_leaves_a_proxy_alone_as_long_as_it_asks() {
    let proxy = twice(&asking_to_wait(503, "30")).await;
    assert_eq!(proxy.breaker().state(), State::Open { until: 30_000 });
}

/// The proxy after two calls that were answered so.
async fn twice(said: &Said) -> Proxy {
    let (transport, world) = (Scripted::new([said.clone(), said.clone()]), Still::default());
    let producer = Producer::new(&transport, &world, settings(Api::V2), touchy());
    for _ in 0..2 {
        producer.produce("t", &records(1)).await;
    }
    producer.proxy().clone()
}

#[tokio::test]
async fn a_probe_takes_no_longer_than_the_breaker_waits_for_it() {
    let (transport, world) = (Scripted::new([answer(500, "")]), Still::default());
    let breaker = BreakerSettings { failures: 1, probe_ms: 700, ..BreakerSettings::default() };
    let proxy = Proxy::new(Breaker::new(breaker));
    let producer = Producer::new(&transport, &world, settings(Api::V2), proxy);
    producer.produce("t", &records(1)).await;
    world.now.set(60_000);
    transport.say(at(1));
    producer.produce("t", &records(1)).await;
    let asked = transport.asked.borrow();
    assert_eq!((asked[0].deadline_ms, asked[1].deadline_ms), (5_000, 700));
}
