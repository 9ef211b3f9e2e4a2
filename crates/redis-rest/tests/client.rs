//! The client over a transport that answers as it was told to, in a time that passes in sleep only.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use common::scripted::{Said, Scripted, answer, asking_to_wait, ok};
use common::world::Still;
use redis_rest::commands::{get, set};
use redis_rest::{
    Backoff, Breaker, Client, Command, Doubt, Error, How, HttpResponse, MAX_REQUEST, Outcome,
    RedisError, Refusal, Reply, Settings, Untaken,
};

const ONCE: How = How { deadline_ms: 10_000, repeat: redis_rest::Repeat::Never };

fn settings() -> Settings {
    Settings {
        attempt_ms: 1_000,
        backoff: Backoff { base_ms: 100, cap_ms: 1_000 },
        ..Settings::new("https://redis.example/base/", "secret")
    }
}

fn client<'a>(transport: &'a Scripted, world: &'a Still) -> Client<&'a Scripted, &'a Still> {
    Client::new(transport, world, settings(), Breaker::default())
}

fn ping() -> Command {
    Command::new("PING")
}

/// What one `PING` comes to when this is the answer.
async fn single(said: Said) -> Result<Outcome, Error> {
    let (transport, world) = (Scripted::new([said]), Still::default());
    client(&transport, &world).single(&ping(), ONCE).await
}

/// What a transaction of two commands comes to when this is the answer.
async fn transaction(said: Said) -> Result<Vec<Outcome>, Error> {
    let (transport, world) = (Scripted::new([said]), Still::default());
    client(&transport, &world).transaction(&[ping(), ping()], ONCE).await
}

fn garbage<V>(result: &Result<V, Error>) -> bool {
    matches!(result, Err(Error::Ambiguous(Doubt::Garbage(_))))
}

#[tokio::test]
async fn requests_carry_token_encoding_and_agent_to_the_address_of_their_shape() {
    let results = || answer(200, r#"[{"result":"OK"}]"#);
    let (transport, world) = (Scripted::new([ok(), results(), results()]), Still::default());
    let client = client(&transport, &world);
    let command = Command::new("SET").arg("k").arg("\u{e9}");
    client.single(&command, ONCE).await.unwrap().unwrap();
    client.pipeline(std::slice::from_ref(&command), ONCE).await.unwrap();
    client.transaction(std::slice::from_ref(&command), ONCE).await.unwrap();

    let asked = transport.asked.borrow();
    let sent = asked
        .iter()
        .map(|(request, _)| (request.url.as_str(), std::str::from_utf8(&request.body).unwrap()));
    let expected = [
        ("https://redis.example/base/", "[\"SET\",\"k\",\"\u{e9}\"]"),
        ("https://redis.example/base/pipeline", "[[\"SET\",\"k\",\"\u{e9}\"]]"),
        ("https://redis.example/base/multi-exec", "[[\"SET\",\"k\",\"\u{e9}\"]]"),
    ];
    assert_eq!(sent.collect::<Vec<_>>(), expected);
    for request in 0..3 {
        let header = |name| transport.header(request, name);
        assert_eq!(header("authorization").as_deref(), Some("Bearer secret"));
        assert_eq!(header("upstash-encoding").as_deref(), Some("base64"));
        assert_eq!(header("content-type").as_deref(), Some("application/json"));
        assert!(header("user-agent").unwrap().starts_with("rollcall-redis-rest/"));
    }
}

#[tokio::test]
async fn the_sync_token_of_an_answer_goes_with_the_next_request() {
    let with = |token: &str| {
        let body = br#"{"result":"OK"}"#.to_vec();
        let sync_token = Some(token.to_owned());
        Ok(HttpResponse { status: 200, sync_token, body, retry_after: None })
    };
    let transport = Scripted::new([with("first"), ok(), with("second"), ok()]);
    let world = Still::default();
    let client = client(&transport, &world);
    for _ in 0..4 {
        client.single(&ping(), ONCE).await.unwrap().unwrap();
    }
    let token = |request| transport.header(request, "upstash-sync-token");
    assert_eq!(token(0), None);
    assert_eq!(token(1).as_deref(), Some("first"));
    // An answer without one leaves the last one standing.
    assert_eq!(token(2).as_deref(), Some("first"));
    assert_eq!(token(3).as_deref(), Some("second"));
}

#[tokio::test]
async fn replies_are_read_from_base64() {
    let cases = [
        ("null", Reply::Null),
        ("-3", Reply::Integer(-3)),
        ("1.5", Reply::Double(1.5)),
        ("\"OK\"", Reply::ok()),
        ("\"T0s=\"", Reply::Bulk(b"OK".to_vec())),
        ("\"/w==\"", Reply::Bulk(vec![0xff])),
        ("\"\"", Reply::Bulk(Vec::new())),
        ("[\"YQ==\",[null,7],\"OK\"]", {
            let inner = Reply::Array(vec![Reply::Null, Reply::Integer(7)]);
            Reply::Array(vec![Reply::Bulk(b"a".to_vec()), inner, Reply::ok()])
        }),
    ];
    for (text, reply) in cases {
        let said = answer(200, &format!("{{\"result\":{text},\"more\":{{}}}}"));
        assert_eq!(single(said).await, Ok(Ok(reply)), "{text}");
    }
}

#[tokio::test]
async fn an_error_of_a_command_is_its_outcome_whatever_the_status() {
    let text = "WRONGTYPE Operation";
    let body = format!("{{\"error\":\"{text}\"}}");
    for status in [200, 400] {
        let outcome = single(answer(status, &body)).await.unwrap();
        assert_eq!(outcome, Err(RedisError(text.to_owned())), "{status}");
    }
    let both = transaction(answer(200, &format!("[{{\"result\":1}},{body}]"))).await.unwrap();
    assert_eq!(both, [Ok(Reply::Integer(1)), Err(RedisError(text.to_owned()))]);
}

#[tokio::test]
async fn what_is_no_answer_of_the_protocol_leaves_in_doubt() {
    for body in ["<html>", "[]", "{}", "1", r#"{"result":"not base64!"}"#, r#"{"result":{}}"#] {
        assert!(garbage(&single(answer(200, body)).await), "{body}");
    }
    assert!(garbage(&single(answer(200, r#"{"result":18446744073709551615}"#)).await));
    let deep = format!("{{\"result\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    assert!(garbage(&single(answer(200, &deep)).await));
    for body in ["", r#"{"result":"#, r#"{"result":"T0"#] {
        let truncated = Err(Error::Ambiguous(Doubt::Truncated));
        assert_eq!(single(answer(200, body)).await, truncated, "{body}");
    }
    for (body, got) in
        [("[]", 0), (r#"[{"result":1}]"#, 1), ("[{\"result\":1},{\"result\":1},{\"result\":1}]", 3)]
    {
        let wrong = Err(Error::Ambiguous(Doubt::Count { expected: 2, got }));
        assert_eq!(transaction(answer(200, body)).await, wrong);
    }
}

#[tokio::test]
async fn statuses_say_whether_anything_was_done() {
    for status in [408, 503, 521, 523, 525, 526, 530] {
        let Err(Error::Retriable { cause: Untaken::Unavailable { .. }, .. }) =
            single(answer(status, "busy")).await
        else {
            panic!("{status} was not retriable")
        };
    }
    let many = single(asking_to_wait(429, "7")).await;
    let expected = Error::Retriable { cause: Untaken::TooMany, retry_after_ms: Some(7_000) };
    assert_eq!(many, Err(expected));
    for status in [500, 502, 504, 520, 522, 524, 599] {
        let text = "oops".to_owned();
        let expected = Err(Error::Ambiguous(Doubt::Failed { status, text }));
        assert_eq!(single(answer(status, "oops")).await, expected);
    }
    for (status, refusal) in [
        (401, Refusal::Auth("no".to_owned())),
        (403, Refusal::Auth("no".to_owned())),
        (402, Refusal::Quota("no".to_owned())),
        (413, Refusal::TooLarge("no".to_owned())),
        (400, Refusal::Protocol { status: 400, text: "no".to_owned() }),
        (404, Refusal::Protocol { status: 404, text: "no".to_owned() }),
        (405, Refusal::Protocol { status: 405, text: "no".to_owned() }),
        (307, Refusal::Redirected("no".to_owned())),
    ] {
        assert_eq!(single(answer(status, "no")).await, Err(Error::Refused(refusal)));
    }
}

#[tokio::test]
async fn an_error_that_speaks_of_the_caller_is_a_refusal() {
    let said =
        |status, text: &str| answer(status, &serde_json::json!({ "error": text }).to_string());
    let quota = "ERR max daily request limit exceeded. Limit: 10000, Usage: 10000.";
    let size = "ERR max request size exceeded. Limit: 10485760 bytes, Actual: 10485761 bytes.";
    for (text, refusal) in [
        ("WRONGPASS invalid password", Refusal::Auth("WRONGPASS invalid password".to_owned())),
        (
            "NOAUTH Authentication required.",
            Refusal::Auth("NOAUTH Authentication required.".to_owned()),
        ),
        (quota, Refusal::Quota(quota.to_owned())),
        (size, Refusal::TooLarge(size.to_owned())),
    ] {
        for status in [200, 400] {
            let refused = Err(Error::Refused(refusal.clone()));
            assert_eq!(single(said(status, text)).await, refused, "{status}");
        }
        assert_eq!(transaction(said(400, text)).await, Err(Error::Refused(refusal)));
    }
}

#[tokio::test]
async fn a_transaction_refused_as_a_whole_says_whether_it_is_worth_waiting() {
    let said = |text: &str| answer(400, &serde_json::json!({ "error": text }).to_string());
    let abort = "EXECABORT Transaction discarded because of previous errors.";
    let discarded = Refusal::Discarded(RedisError(abort.to_owned()));
    assert_eq!(transaction(said(abort)).await, Err(Error::Refused(discarded)));
    let loading = "LOADING Redis is loading the dataset in memory";
    let cause = Untaken::Redis(RedisError(loading.to_owned()));
    let waiting = Error::Retriable { cause, retry_after_ms: None };
    assert_eq!(transaction(said(loading)).await, Err(waiting));
}

#[tokio::test]
async fn the_servers_words_are_kept_short_and_printable() {
    let body = format!("\u{1b}[31m\n{}", "x".repeat(100_000));
    let Err(Error::Ambiguous(Doubt::Failed { text, .. })) = single(answer(500, &body)).await else {
        panic!("a 500 is ambiguous")
    };
    assert!(text.len() <= 200 && !text.contains(char::is_control), "{text:?}");
}

#[tokio::test]
async fn what_cannot_be_written_is_not_sent() {
    let (transport, world) = (Scripted::default(), Still::default());
    let client = client(&transport, &world);
    let binary = client.single(&ping().arg([0xff]), ONCE).await;
    assert_eq!(binary, Err(Error::Refused(Refusal::NotText)));
    let large = client.single(&ping().arg("x".repeat(MAX_REQUEST)), ONCE).await;
    assert!(matches!(large, Err(Error::Refused(Refusal::TooLarge(_)))));
    assert_eq!(client.pipeline(&[], ONCE).await, Ok(Vec::new()));
    assert_eq!(client.transaction(&[], ONCE).await, Ok(Vec::new()));
    assert_eq!(transport.requests(), 0);
}

#[tokio::test]
async fn typed_commands_give_values_and_errors() {
    let wrong_type = r#"{"error":"WRONGTYPE Operation"}"#;
    let answers = [
        ok(),
        answer(200, r#"{"result":"dg=="}"#),
        answer(400, wrong_type),
        ok(),
        answer(200, r#"{"result":1}"#),
    ];
    let (transport, world) = (Scripted::new(answers), Still::default());
    let client = client(&transport, &world);
    assert_eq!(client.ask(&set("k", "v"), ONCE).await, Ok(true));
    assert_eq!(client.ask(&get("k"), ONCE).await, Ok(Some(b"v".to_vec())));
    let error = RedisError("WRONGTYPE Operation".to_owned());
    assert_eq!(client.ask(&get("k"), ONCE).await, Err(Error::Command(error)));
    assert_eq!(client.ask(&get("k"), ONCE).await, Ok(Some(b"OK".to_vec())));
    assert!(garbage(&client.ask(&get("k"), ONCE).await));
}

#[test]
fn tokens_do_not_show_where_settings_are_logged() {
    let shown = format!("{:?}", settings());
    assert!(!shown.contains("secret") && shown.contains("redis.example"), "{shown}");
}

#[test]
fn errors_say_what_happened() {
    let cases = [
        (
            Error::Retriable { cause: Untaken::TooMany, retry_after_ms: Some(7) },
            "not taken: too many requests; again after 7 ms",
        ),
        (Error::Ambiguous(Doubt::TimedOut), "perhaps done: no answer in time"),
        (Error::Open { until: 5 }, "not sent: the breaker is open until 5"),
        (Error::Refused(Refusal::NotText), "refused: an argument is not UTF-8"),
    ];
    for (error, text) in cases {
        assert_eq!(error.to_string(), text);
    }
    assert!(!Error::Ambiguous(Doubt::TimedOut).nothing_was_done());
    assert!(Error::Open { until: 5 }.nothing_was_done());
}
