//! The client over real HTTP to servers that misbehave.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use std::future::Future;

use common::http::{Reaction, Server, answer, nobody};
use common::world::Real;
use redis_rest::{
    Breaker, Client, Command, Doubt, Error, How, Refusal, Repeat, Reply, Reqwest, Settings, Untaken,
};
use tokio::task::LocalSet;

const ONCE: How = How { deadline_ms: 20_000, repeat: Repeat::Never };
const OK: &[u8] = br#"{"result":"OK"}"#;

async fn locally<F: Future>(test: F) -> F::Output {
    LocalSet::new().run_until(test).await
}

/// A client whose attempts may take this long.
fn client(url: &str, attempt_ms: u64) -> Client<Reqwest, Real> {
    let settings = Settings { attempt_ms, ..Settings::new(url, "secret") };
    Client::new(Reqwest::new().unwrap(), Real::new(), settings, Breaker::default())
}

/// What a `PING` comes to on a server that does this, in time that is plenty.
async fn single(reaction: Reaction) -> Result<redis_rest::Outcome, Error> {
    let server = Server::scripted([reaction]).await;
    let result = client(&server.url, 20_000).single(&Command::new("PING"), ONCE).await;
    assert_eq!(server.requests(), 1);
    result
}

/// What it comes to on a server that does this and then nothing, in very little time.
async fn impatiently(bytes: &[u8]) -> Result<redis_rest::Outcome, Error> {
    let server = Server::scripted([Reaction::StallAfter(bytes.to_vec())]).await;
    client(&server.url, 100).single(&Command::new("PING"), ONCE).await
}

fn is_broken(result: &Result<redis_rest::Outcome, Error>) -> bool {
    matches!(result, Err(Error::Ambiguous(Doubt::Broken(_))))
}

#[tokio::test]
async fn a_good_server_is_understood_and_its_connection_kept() {
    locally(async {
        let good = || Reaction::Write(answer(200, "upstash-sync-token: t1\r\n", OK));
        let server = Server::scripted([good(), good()]).await;
        let client = client(&server.url, 20_000);
        for _ in 0..2 {
            let outcome = client.single(&Command::new("PING"), ONCE).await;
            assert_eq!(outcome, Ok(Ok(Reply::ok())));
        }
        let arrived = server.arrived.borrow();
        assert_eq!(arrived[0].head.lines().next(), Some("POST / HTTP/1.1"));
        assert_eq!(arrived[0].header("authorization"), Some("Bearer secret"));
        assert_eq!(arrived[0].header("upstash-encoding"), Some("base64"));
        assert_eq!(arrived[0].header("upstash-sync-token"), None);
        assert_eq!(arrived[1].header("upstash-sync-token"), Some("t1"));
        assert_eq!(arrived[1].body, br#"["PING"]"#);
    })
    .await;
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_done() {
    locally(async {
        let url = nobody().await;
        let result = client(&url, 20_000).single(&Command::new("PING"), ONCE).await;
        let Err(Error::Retriable { cause: Untaken::Connect(_), .. }) = result else {
            panic!("{result:?}")
        };
    })
    .await;
}

#[tokio::test]
async fn a_reset_after_the_request_leaves_in_doubt() {
    locally(async {
        let reset = single(Reaction::ResetAfter(Vec::new())).await;
        assert!(is_broken(&reset), "{reset:?}");
        let closed = single(Reaction::CloseAfter(Vec::new())).await;
        assert!(is_broken(&closed), "{closed:?}");
    })
    .await;
}

#[tokio::test]
async fn an_answer_cut_off_anywhere_leaves_in_doubt() {
    locally(async {
        let whole = answer(200, "", OK);
        for end in [1, 9, 20, whole.len() - OK.len() - 2, whole.len() - OK.len(), whole.len() - 1] {
            let cut = single(Reaction::CloseAfter(whole[..end].to_vec())).await;
            assert!(is_broken(&cut), "closed after {end} bytes: {cut:?}");
            let cut = single(Reaction::ResetAfter(whole[..end].to_vec())).await;
            assert!(is_broken(&cut), "reset after {end} bytes: {cut:?}");
        }
        // Without a length the end of the connection is the end of the answer.
        let unframed = b"HTTP/1.1 200 OK\r\n\r\n{\"result\":\"T0".to_vec();
        let cut = single(Reaction::CloseAfter(unframed)).await;
        assert_eq!(cut, Err(Error::Ambiguous(Doubt::Truncated)));
    })
    .await;
}

#[tokio::test]
async fn garbage_leaves_in_doubt() {
    locally(async {
        let page = single(Reaction::Write(answer(200, "", b"<html>welcome</html>"))).await;
        assert!(matches!(page, Err(Error::Ambiguous(Doubt::Garbage(_)))), "{page:?}");
        let binary = single(Reaction::Write(answer(200, "", &[0xff, 0, 1]))).await;
        assert!(matches!(binary, Err(Error::Ambiguous(Doubt::Garbage(_)))), "{binary:?}");
        let empty = single(Reaction::Write(answer(200, "", b""))).await;
        assert_eq!(empty, Err(Error::Ambiguous(Doubt::Truncated)));
        let not_http = single(Reaction::CloseAfter(b"220 mail.example ESMTP\r\n".to_vec())).await;
        assert!(is_broken(&not_http), "{not_http:?}");
    })
    .await;
}

#[tokio::test]
async fn the_wrong_number_of_results_leaves_in_doubt() {
    locally(async {
        let body = br#"[{"result":"OK"}]"#;
        let server = Server::scripted([Reaction::Write(answer(200, "", body))]).await;
        let commands = [Command::new("PING"), Command::new("PING")];
        let result = client(&server.url, 20_000).pipeline(&commands, ONCE).await;
        let expected = Error::Ambiguous(Doubt::Count { expected: 2, got: 1 });
        assert_eq!(result, Err(expected));
    })
    .await;
}

#[tokio::test]
async fn too_many_requests_keep_their_retry_after() {
    locally(async {
        let many = single(Reaction::Write(answer(429, "retry-after: 2\r\n", b""))).await;
        let expected = Error::Retriable { cause: Untaken::TooMany, retry_after_ms: Some(2_000) };
        assert_eq!(many, Err(expected));
    })
    .await;
}

#[tokio::test]
async fn a_5xx_is_retriable_only_where_it_says_that_nothing_was_done() {
    locally(async {
        let unavailable = single(Reaction::Write(answer(503, "", b"later"))).await;
        assert!(matches!(unavailable, Err(Error::Retriable { .. })), "{unavailable:?}");
        let broken = single(Reaction::Write(answer(502, "", b"<html>"))).await;
        assert!(matches!(broken, Err(Error::Ambiguous(Doubt::Failed { .. }))), "{broken:?}");
    })
    .await;
}

#[tokio::test]
async fn slow_heads_and_slow_bodies_time_out() {
    locally(async {
        let whole = answer(200, "", OK);
        for end in [0, 12, whole.len() - OK.len(), whole.len() - 1] {
            let late = impatiently(&whole[..end]).await;
            assert_eq!(late, Err(Error::Ambiguous(Doubt::TimedOut)), "after {end} bytes");
        }
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    locally(async {
        for status in [301, 302, 303, 307, 308] {
            let elsewhere = Server::scripted([]).await;
            let headers = format!("location: {}\r\n", elsewhere.url);
            let redirected = single(Reaction::Write(answer(status, &headers, b""))).await;
            let refused = matches!(redirected, Err(Error::Refused(Refusal::Redirected(_))));
            assert!(refused, "{redirected:?}");
            assert_eq!(elsewhere.requests(), 0);
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_too_large_to_hold_is_not_read() {
    locally(async {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 1_u64 << 40);
        let large = single(Reaction::StallAfter(head.into_bytes())).await;
        assert_eq!(large, Err(Error::Ambiguous(Doubt::TooLarge(1 << 40))));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_a_header_or_an_address_is_refused_without_telling_the_token() {
    locally(async {
        let bad = Settings::new("http://127.0.0.1:1", "sec\nret");
        for settings in [bad, Settings::new("no address", "secret")] {
            let transport = Reqwest::new().unwrap();
            let client = Client::new(transport, Real::new(), settings, Breaker::default());
            let result = client.single(&Command::new("PING"), ONCE).await;
            let Err(Error::Refused(Refusal::Invalid(text))) = result else { panic!("{result:?}") };
            assert!(!text.contains("sec"), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn after_all_of_it_the_same_client_still_works() {
    locally(async {
        let whole = answer(200, "", OK);
        let server = Server::scripted([
            Reaction::ResetAfter(whole[..20].to_vec()),
            Reaction::CloseAfter(Vec::new()),
            Reaction::Write(answer(200, "", b"garbage")),
            Reaction::Write(answer(502, "", b"")),
            Reaction::Write(whole),
        ])
        .await;
        let harmless = How::harmless(20_000);
        let settings = Settings::new(&server.url, "secret");
        let breaker =
            Breaker::new(redis_rest::BreakerSettings { failures: 9, ..Default::default() });
        let client = Client::new(Reqwest::new().unwrap(), Real::new(), settings, breaker);
        assert_eq!(client.single(&Command::new("PING"), harmless).await, Ok(Ok(Reply::ok())));
        assert_eq!(server.requests(), 5);
    })
    .await;
}
