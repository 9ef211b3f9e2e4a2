//! What the client tries again, when it gives up, and what it tells the breaker.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use common::scripted::{Said, Scripted, answer, asking_to_wait, ok};
use common::world::Still;
use redis_rest::{
    Backoff, Breaker, BreakerSettings, Change, Client, Command, Doubt, Error, How, Repeat, Reply,
    Settings, State, TransportError,
};

const ONCE: How = How { deadline_ms: 10_000, repeat: Repeat::Never };

fn settings() -> Settings {
    Settings {
        attempt_ms: 1_000,
        backoff: Backoff { base_ms: 100, cap_ms: 1_000 },
        ..Settings::new("https://redis.example", "secret")
    }
}

fn client<'a>(transport: &'a Scripted, world: &'a Still) -> Client<&'a Scripted, &'a Still> {
    Client::new(transport, world, settings(), Breaker::default())
}

fn ping() -> Command {
    Command::new("PING")
}

fn busy() -> Said {
    answer(503, "busy")
}

fn late() -> Said {
    Err(TransportError::TimedOut)
}

#[tokio::test]
async fn what_was_not_taken_is_tried_again_with_full_jitter() {
    let answers =
        [busy(), Err(TransportError::Connect("refused".to_owned())), busy(), busy(), busy(), ok()];
    let (transport, world) = (Scripted::new(answers), Still::with_chance(0.5));
    let client = Client::new(&transport, &world, settings(), unbroken());
    assert_eq!(client.single(&ping(), How::untaken(10_000)).await, Ok(Ok(Reply::ok())));
    assert_eq!(*world.slept.borrow(), [50, 100, 200, 400, 500]);
}

/// A breaker that these few failures do not open.
fn unbroken() -> Breaker {
    Breaker::new(BreakerSettings { failures: 1_000, window_calls: 1_000, ..Default::default() })
}

#[tokio::test]
async fn nothing_is_tried_again_that_the_caller_did_not_allow() {
    let broken = || Err(TransportError::Broken("reset".to_owned()));
    let refused = || answer(401, "");
    for (how, said) in [
        (ONCE, busy()),
        (ONCE, late()),
        (How::untaken(10_000), late()),
        (How::untaken(10_000), broken()),
        (How::untaken(10_000), answer(200, "garbage")),
        (How::untaken(10_000), answer(500, "")),
        (How::harmless(10_000), refused()),
        (How::harmless(10_000), answer(400, r#"{"error":"ERR syntax error"}"#)),
    ] {
        let (transport, world) = (Scripted::new([said.clone()]), Still::default());
        let _ = client(&transport, &world).single(&ping(), how).await;
        assert_eq!(transport.requests(), 1, "{how:?} {said:?}");
    }
}

#[tokio::test]
async fn what_may_have_been_done_is_tried_again_where_twice_is_as_good_as_once() {
    for doubtful in
        [late(), Err(TransportError::Broken(String::new())), answer(200, ""), answer(502, "")]
    {
        let (transport, world) = (Scripted::new([doubtful, ok()]), Still::default());
        let outcome = client(&transport, &world).single(&ping(), How::harmless(10_000)).await;
        assert_eq!(outcome, Ok(Ok(Reply::ok())));
    }
}

#[tokio::test]
async fn a_server_that_cannot_just_now_is_asked_again_and_its_last_word_stands() {
    let loading = || answer(400, r#"{"error":"LOADING Redis is loading the dataset in memory"}"#);
    let (transport, world) = (Scripted::new([loading(), ok()]), Still::default());
    let outcome = client(&transport, &world).single(&ping(), How::untaken(10_000)).await;
    assert_eq!(outcome, Ok(Ok(Reply::ok())));

    // Half of a pipeline was done: to send it again is the caller's decision.
    let half = || answer(200, r#"[{"result":"OK"},{"error":"READONLY You can't write"}]"#);
    let done = || answer(200, r#"[{"result":"OK"},{"result":"OK"}]"#);
    let pair = [ping(), ping()];
    let (transport, world) = (Scripted::new([half()]), Still::default());
    let outcomes = client(&transport, &world).pipeline(&pair, How::untaken(10_000)).await.unwrap();
    assert!(outcomes[0].is_ok() && outcomes[1].is_err());
    let (transport, world) = (Scripted::new([half(), done()]), Still::default());
    let outcomes = client(&transport, &world).pipeline(&pair, How::harmless(10_000)).await.unwrap();
    assert!(outcomes.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_server_is_left_alone_as_long_as_it_asks_or_the_call_gives_up() {
    let (transport, world) = (Scripted::new([asking_to_wait(429, "3"), ok()]), Still::default());
    let outcome = client(&transport, &world).single(&ping(), How::untaken(10_000)).await;
    assert_eq!(outcome, Ok(Ok(Reply::ok())));
    assert_eq!(*world.slept.borrow(), [3_000]);

    let (transport, world) = (Scripted::new([asking_to_wait(503, "30")]), Still::default());
    let outcome = client(&transport, &world).single(&ping(), How::untaken(10_000)).await;
    let Err(Error::Retriable { retry_after_ms: Some(30_000), .. }) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(world.slept.borrow().is_empty());

    // A date goes by somebody else's clock.
    let date = asking_to_wait(429, "Wed, 21 Oct 2026 07:28:00 GMT");
    let (transport, world) = (Scripted::new([date]), Still::default());
    let outcome = client(&transport, &world).single(&ping(), ONCE).await;
    assert!(matches!(outcome, Err(Error::Retriable { retry_after_ms: None, .. })));
}

#[tokio::test]
async fn all_attempts_end_by_the_deadline() {
    let (transport, world) = (Scripted::new((0..100).map(|_| busy())), Still::with_chance(0.999));
    let client = Client::new(&transport, &world, settings(), unbroken());
    let outcome = client.single(&ping(), How::untaken(2_500)).await;
    assert!(matches!(outcome, Err(Error::Retriable { .. })));
    assert!(world.now.get() < 2_500);
    let deadlines: Vec<u64> = transport.asked.borrow().iter().map(|(_, ms)| *ms).collect();
    // Time passes in sleep only: 99, 199, 399, 799 and 999 ms, which leaves too little for one more.
    assert_eq!(deadlines, [1_000, 1_000, 1_000, 1_000, 1_000]);
    let (transport, world) = (Scripted::new([ok()]), Still::default());
    let client = Client::new(&transport, &world, settings(), unbroken());
    client.single(&ping(), How::untaken(250)).await.unwrap().unwrap();
    assert_eq!(transport.asked.borrow()[0].1, 250);
}

fn brittle() -> Breaker {
    Breaker::new(BreakerSettings {
        failures: 2,
        open_ms: 1_000,
        open_floor_ms: 10,
        ..Default::default()
    })
}

#[tokio::test]
async fn failures_open_the_breaker_for_all_who_share_it() {
    let breaker = brittle();
    let (transport, world) = (Scripted::new([busy(), late(), ok()]), Still::with_chance(0.5));
    let one = Client::new(&transport, &world, settings(), breaker.clone());
    let other = Client::new(&transport, &world, settings(), breaker.clone());
    assert!(one.single(&ping(), ONCE).await.is_err());
    assert!(other.single(&ping(), ONCE).await.is_err());
    let open = Err(Error::Open { until: 500 });
    assert_eq!(one.single(&ping(), How::harmless(10_000)).await, open);
    assert_eq!(other.single(&ping(), ONCE).await, open);
    assert_eq!(transport.requests(), 2);

    world.now.set(500);
    assert_eq!(other.single(&ping(), ONCE).await, Ok(Ok(Reply::ok())));
    assert_eq!(one.breaker().state(), State::Closed);
    let changes: Vec<_> =
        other.breaker().take_reports().into_iter().map(|report| report.change).collect();
    assert_eq!(
        changes,
        [Change::Opened { until: 500, times: 1 }, Change::HalfOpened, Change::Closed]
    );
    assert_eq!(breaker.take_reports(), []);
}

#[tokio::test]
async fn a_report_says_why_the_breaker_opened() {
    let breaker = brittle();
    let (transport, world) =
        (Scripted::new([answer(401, "no"), answer(401, "no")]), Still::default());
    let client = Client::new(&transport, &world, settings(), breaker.clone());
    for _ in 0..2 {
        assert!(client.single(&ping(), ONCE).await.is_err());
    }
    let reports = breaker.take_reports();
    assert_eq!(reports[0].cause.as_deref(), Some("refused: no"));
}

#[tokio::test]
async fn a_call_that_opens_the_breaker_tells_what_happened_and_not_that_it_is_open() {
    let (transport, world) = (Scripted::new([late(), late()]), Still::default());
    let client = Client::new(&transport, &world, settings(), brittle());
    let outcome = client.single(&ping(), How::harmless(10_000)).await;
    assert_eq!(outcome, Err(Error::Ambiguous(Doubt::TimedOut)));
    assert_eq!(transport.requests(), 2);
}

#[tokio::test]
async fn the_callers_own_mistakes_do_not_open_the_breaker_and_the_servers_troubles_do() {
    let error =
        |status, text: &str| answer(status, &serde_json::json!({ "error": text }).to_string());
    let harmless = [
        error(400, "WRONGTYPE Operation"),
        error(400, "ERR syntax error"),
        error(413, "ERR max request size exceeded. Limit: 1 bytes, Actual: 2 bytes."),
        Err(TransportError::Invalid("a header".to_owned())),
        Err(TransportError::TooLarge(1 << 40)),
        answer(400, "not the protocol"),
    ];
    let harmful = [
        error(400, "READONLY You can't write"),
        error(200, "OOM command not allowed"),
        error(400, "LOADING Redis is loading"),
        error(400, "NOAUTH Authentication required."),
        error(400, "NOPERM this user has no permissions"),
        error(401, "WRONGPASS invalid or missing auth token"),
        error(400, "ERR max daily request limit exceeded. Limit: 1, Usage: 1."),
        answer(404, "nobody here"),
        answer(302, ""),
        answer(500, ""),
        answer(429, ""),
        answer(200, "garbage"),
        late(),
    ];
    let cases = harmless.map(|said| (said, State::Closed)).into_iter();
    let harmful = harmful.map(|said| (said, State::Open { until: 10 })).into_iter();
    for (said, state) in cases.chain(harmful) {
        let breaker =
            Breaker::new(BreakerSettings { failures: 1, open_floor_ms: 10, ..Default::default() });
        let (transport, world) = (Scripted::new([said.clone()]), Still::default());
        let client = Client::new(&transport, &world, settings(), breaker.clone());
        let _ = client.single(&ping(), ONCE).await;
        assert_eq!(breaker.state(), state, "{said:?}");
    }
}

#[tokio::test]
async fn a_probe_may_not_take_longer_than_until_it_counts_as_lost() {
    let settings_of_breaker = BreakerSettings { failures: 1, probe_ms: 300, ..Default::default() };
    let (transport, world) = (Scripted::new([busy(), ok(), ok()]), Still::default());
    let client = Client::new(&transport, &world, settings(), Breaker::new(settings_of_breaker));
    assert!(client.single(&ping(), ONCE).await.is_err());
    world.now.set(1_000);
    for _ in 0..2 {
        assert_eq!(client.single(&ping(), ONCE).await, Ok(Ok(Reply::ok())));
    }
    let deadlines: Vec<u64> = transport.asked.borrow().iter().map(|(_, ms)| *ms).collect();
    assert_eq!(deadlines, [1_000, 300, 1_000]);
}

#[tokio::test]
async fn a_call_that_is_given_up_frees_the_probe() {
    let breaker =
        Breaker::new(BreakerSettings { failures: 1, open_floor_ms: 10, ..Default::default() });
    let (transport, world) = (Scripted::new([busy(), ok()]), Still::default());
    let client = Client::new(&transport, &world, settings(), breaker.clone());
    assert!(client.single(&ping(), ONCE).await.is_err());
    world.now.set(10);
    drop(breaker.admit(10, 0.0).unwrap());
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(client.single(&ping(), ONCE).await, Ok(Ok(Reply::ok())));
}
