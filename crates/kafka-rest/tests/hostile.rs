//! The producer over real HTTP to proxies that misbehave.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use std::future::Future;

use common::http::{Reaction, Server, answer, nobody};
use common::world::Real;
use common::{delivered, records};
use kafka_rest::{
    Api, Ban, Breaker, BreakerSettings, Doubt, Outcome, Passing, Produced, Producer, Proxy,
    Reqwest, Settings,
};
use tokio::task::LocalSet;

const OK: &[u8] = br#"{"offsets":[{"partition":2,"offset":4}]}"#;
const REPORT: &[u8] = br#"{"error_code":200,"partition_id":2,"offset":4}"#;
const LIST: &[u8] = br#"{"data":[{"cluster_id":"c1"}]}"#;

async fn locally<F: Future>(test: F) -> F::Output {
    LocalSet::new().run_until(test).await
}

/// A producer whose requests may take this long.
fn producer(url: &str, api: Api, timeout_ms: u64) -> Producer<Reqwest, Real> {
    let authorization = Some("Basic c2VjcmV0".to_owned());
    let settings = Settings { timeout_ms, authorization, ..Settings::new(url, api) };
    let breaker = Breaker::new(BreakerSettings { failures: 9, ..BreakerSettings::default() });
    Producer::new(Reqwest::new().unwrap(), Real::new(), settings, Proxy::new(breaker))
}

/// What a record comes to at a proxy that does these things, in time that is plenty.
async fn at(api: Api, reactions: Vec<Reaction>) -> Outcome {
    let (server, expected) = (Server::scripted(reactions.clone()).await, reactions.len());
    let mut result = producer(&server.url, api, 20_000).produce("t", &records(1)).await;
    assert_eq!(server.requests(), expected);
    result.outcomes.remove(0)
}

async fn v2(reaction: Reaction) -> Outcome {
    at(Api::V2, vec![reaction]).await
}

fn unknown(outcome: &Outcome, expected: Doubt) -> bool {
    matches!(outcome, Outcome::Unknown { kind, .. } if *kind == expected)
}

#[tokio::test]
async fn a_good_proxy_is_understood_and_its_connection_kept() {
    locally(async {
        let good =
            || Reaction::Write(answer(200, "content-type: application/vnd.kafka.v2+json\r\n", OK));
        let server = Server::scripted([good(), good()]).await;
        let producer = producer(&server.url, Api::V2, 20_000);
        for _ in 0..2 {
            let result = producer.produce("t", &records(1)).await;
            assert_eq!(result.outcomes, [delivered(2, 4)]);
        }
        let arrived = server.arrived.borrow();
        let first = &arrived[0];
        assert_eq!(first.head.lines().next(), Some("POST /topics/t HTTP/1.1"));
        assert_eq!(first.header("authorization"), Some("Basic c2VjcmV0"));
        assert_eq!(first.header("content-type"), Some("application/vnd.kafka.binary.v2+json"));
        assert_eq!(first.header("accept"), Some("application/vnd.kafka.v2+json"));
        assert_eq!(first.body, br#"{"records":[{"key":"YWxpY2U=","value":"ZXZlbnQgMA=="}]}"#);
    })
    .await;
}

#[tokio::test]
async fn v3_finds_its_cluster_and_sends() {
    locally(async {
        let write = |body| Reaction::Write(answer(200, "", body));
        let server = Server::scripted([write(LIST), write(REPORT), write(REPORT)]).await;
        let producer = producer(&server.url, Api::V3, 20_000);
        for _ in 0..2 {
            let result = producer.produce("t", &records(1)).await;
            assert_eq!(result.outcomes, [delivered(2, 4)]);
        }
        let arrived = server.arrived.borrow();
        let lines: Vec<_> = arrived.iter().filter_map(|one| one.head.lines().next()).collect();
        let post = "POST /v3/clusters/c1/topics/t/records HTTP/1.1";
        assert_eq!(lines, ["GET /v3/clusters HTTP/1.1", post, post]);
        assert!(arrived.iter().all(|one| one.header("authorization") == Some("Basic c2VjcmV0")));
    })
    .await;
}

#[tokio::test]
async fn reports_in_chunks_are_read_to_the_end() {
    locally(async {
        let size = format!("{:x}", REPORT.len());
        let report = String::from_utf8(REPORT.to_vec()).unwrap();
        let chunked = format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{size}\r\n{report}\r\n0\r\n\r\n"
        );
        let list = Reaction::Write(answer(200, "", LIST));
        let whole = at(Api::V3, vec![list.clone(), Reaction::Write(chunked.clone().into())]).await;
        assert_eq!(whole, delivered(2, 4));
        let cut = chunked.trim_end_matches("0\r\n\r\n").to_owned();
        let cut = at(Api::V3, vec![list, Reaction::CloseAfter(cut.into())]).await;
        assert!(unknown(&cut, Doubt::Broken), "{cut:?}");
    })
    .await;
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    locally(async {
        let url = nobody().await;
        let result = producer(&url, Api::V2, 20_000).produce("t", &records(1)).await;
        let waits =
            matches!(result.outcomes[0], Outcome::Retriable { kind: Passing::NoConnection, .. });
        assert!(waits, "{result:?}");
        let result = producer(&url, Api::V3, 20_000).produce("t", &records(1)).await;
        assert!(matches!(result.outcomes[0], Outcome::Retriable { .. }), "{result:?}");
    })
    .await;
}

#[tokio::test]
async fn an_answer_cut_off_anywhere_delivers_nothing() {
    locally(async {
        let whole = answer(200, "", OK);
        for end in 0..whole.len() {
            let cut = v2(Reaction::CloseAfter(whole[..end].to_vec())).await;
            assert!(matches!(cut, Outcome::Unknown { .. }), "closed after {end} bytes: {cut:?}");
        }
        let reset = v2(Reaction::ResetAfter(whole[..whole.len() - 1].to_vec())).await;
        assert!(unknown(&reset, Doubt::Broken), "{reset:?}");
        // Without a length the end of the connection is the end of the answer.
        let unframed = [b"HTTP/1.1 200 OK\r\n\r\n", &OK[..OK.len() - 2]].concat();
        let cut = v2(Reaction::CloseAfter(unframed)).await;
        assert!(unknown(&cut, Doubt::Truncated), "{cut:?}");
    })
    .await;
}

#[tokio::test]
async fn slow_heads_and_slow_bodies_time_out() {
    locally(async {
        let whole = answer(200, "", OK);
        for end in [0, 12, whole.len() - OK.len(), whole.len() - 1] {
            let server = Server::scripted([Reaction::StallAfter(whole[..end].to_vec())]).await;
            let result = producer(&server.url, Api::V2, 100).produce("t", &records(2)).await;
            let late = |outcome: &Outcome| unknown(outcome, Doubt::TimedOut);
            assert!(result.outcomes.iter().all(late), "after {end} bytes: {result:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cluster_that_is_slow_to_be_told_costs_no_doubt() {
    locally(async {
        let server = Server::scripted([Reaction::StallAfter(Vec::new())]).await;
        let result = producer(&server.url, Api::V3, 100).produce("t", &records(1)).await;
        let waits =
            matches!(result.outcomes[0], Outcome::Retriable { kind: Passing::NoCluster, .. });
        assert!(waits, "{result:?}");
    })
    .await;
}

#[tokio::test]
async fn garbage_leaves_in_doubt() {
    locally(async {
        for body in [b"<html>welcome</html>".as_slice(), &[0xff, 0, 1], b"null", b"[]", b"{}"] {
            let outcome = v2(Reaction::Write(answer(200, "", body))).await;
            assert!(unknown(&outcome, Doubt::Garbage), "{body:?}: {outcome:?}");
        }
        let empty = v2(Reaction::Write(answer(200, "", b""))).await;
        assert!(unknown(&empty, Doubt::Truncated), "{empty:?}");
        let not_http = v2(Reaction::CloseAfter(b"220 mail.example ESMTP\r\n".to_vec())).await;
        assert!(unknown(&not_http, Doubt::Broken), "{not_http:?}");
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_password() {
    locally(async {
        for (status, api) in
            [301, 302, 303, 307, 308].iter().flat_map(|s| [(s, Api::V2), (s, Api::V3)])
        {
            let elsewhere = Server::scripted([]).await;
            let headers = format!("location: {}\r\n", elsewhere.url);
            let redirect = Reaction::Write(answer(*status, &headers, b""));
            let outcome = at(api, vec![redirect]).await;
            let refused = matches!(outcome, Outcome::TopicRefused { kind: Ban::Redirected, .. });
            assert!(refused, "{status}: {outcome:?}");
            assert_eq!(elsewhere.requests(), 0);
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_too_large_to_hold_is_not_read() {
    locally(async {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 1_u64 << 40);
        let large = v2(Reaction::StallAfter(head.clone().into_bytes())).await;
        assert!(unknown(&large, Doubt::TooLarge), "{large:?}");
        let large = at(Api::V3, vec![Reaction::StallAfter(head.into_bytes())]).await;
        assert!(matches!(large, Outcome::Retriable { kind: Passing::NoCluster, .. }), "{large:?}");
        assert!(large.reason().contains("too large"), "{large:?}");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_without_telling_the_password() {
    locally(async {
        for (url, api) in ["http://127.0.0.1:1", "no address"]
            .iter()
            .flat_map(|url| [(*url, Api::V2), (*url, Api::V3)])
        {
            let authorization = Some("Basic sec\nret".to_owned());
            let settings = Settings { authorization, ..Settings::new(url, api) };
            let transport = Reqwest::new().unwrap();
            let producer = Producer::new(transport, Real::new(), settings, Proxy::default());
            let Produced { outcomes, .. } = producer.produce("t", &records(1)).await;
            let refused = matches!(&outcomes[0], Outcome::TopicRefused { kind: Ban::Invalid, .. });
            assert!(refused && !outcomes[0].reason().contains("sec"), "{outcomes:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_may_hold_a_secret_and_is_never_told() {
    locally(async {
        let url = format!("{}/secret", nobody().await);
        for api in [Api::V2, Api::V3] {
            let result = producer(&url, api, 20_000).produce("t", &records(1)).await;
            let reason = result.outcomes[0].reason();
            assert!(!reason.is_empty() && !reason.contains("secret"), "{reason}");
        }
    })
    .await;
}

#[tokio::test]
async fn after_all_of_it_the_same_producer_still_works() {
    locally(async {
        let whole = answer(200, "", OK);
        let server = Server::scripted([
            Reaction::ResetAfter(whole[..20].to_vec()),
            Reaction::CloseAfter(Vec::new()),
            Reaction::Write(answer(200, "", b"garbage")),
            Reaction::Write(answer(502, "", b"")),
            Reaction::Write(answer(429, "retry-after: 2\r\n", b"")),
            Reaction::Write(whole),
        ])
        .await;
        let producer = producer(&server.url, Api::V2, 20_000);
        for _ in 0..4 {
            let result = producer.produce("t", &records(1)).await;
            assert!(matches!(result.outcomes[0], Outcome::Unknown { .. }), "{result:?}");
        }
        assert_eq!(producer.produce("t", &records(1)).await.wait_ms, Some(2_000));
        assert_eq!(producer.produce("t", &records(1)).await.outcomes, [delivered(2, 4)]);
        assert_eq!(server.requests(), 6);
    })
    .await;
}
