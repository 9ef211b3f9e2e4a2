//! v3: reports of records, batches, and the cluster's id.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use common::scripted::{Said, Scripted, answer, asking_to_wait};
use common::world::Still;
use common::{delivered, outcomes, produced, records, settings};
use kafka_rest::{
    Api, Ban, Doubt, HttpResponse, Outcome, Passing, Produced, Producer, Proxy, Refusal, Settings,
    TransportError,
};

/// As Confluent documents it.
const GOOD: &str = r#"{"error_code":200,"cluster_id":"cluster-1","topic_name":"topic-1","partition_id":1,"offset":0,"timestamp":"2021-02-05T19:14:42Z","key":{"type":"BINARY","size":7},"value":{"type":"JSON","size":15}}"#;
const LIST: &str = r#"{"kind":"KafkaClusterList","metadata":{"self":"https://proxy.example/v3/clusters","next":null},"data":[{"kind":"KafkaCluster","metadata":{"self":"https://proxy.example/v3/clusters/cluster-1","resource_name":"crn:///kafka=cluster-1"},"cluster_id":"cluster-1","controller":{"related":"https://proxy.example/v3/clusters/cluster-1/brokers/1"}}]}"#;

fn unknown(outcome: &Outcome, expected: Doubt) -> bool {
    matches!(outcome, Outcome::Unknown { kind, .. } if *kind == expected)
}

fn waits(outcome: &Outcome, expected: Passing) -> bool {
    matches!(outcome, Outcome::Retriable { kind, .. } if *kind == expected)
}

fn banned(outcome: &Outcome, expected: Ban) -> bool {
    matches!(outcome, Outcome::TopicRefused { kind, .. } if *kind == expected)
}

#[tokio::test]
async fn every_report_is_read_though_the_status_is_200() {
    let missing =
        r#"{"error_code":40403,"message":"This server does not host this topic-partition."}"#;
    let limited = r#"{"error_code":429,"message":"Request rate limit exceeded: The rate limit of requests per second has been exceeded."}"#;
    let forbidden = r#"{"error_code":40301,"message":"Request is not authorized"}"#;
    let body = format!("{GOOD}\r\n{missing}\r\n{limited}\r\n{forbidden}\r\n");
    let outcomes = outcomes(Api::V3, 4, answer(200, &body)).await;
    assert_eq!(outcomes[0], delivered(1, 0));
    assert!(waits(&outcomes[1], Passing::NotFound), "{outcomes:?}");
    assert!(waits(&outcomes[2], Passing::Busy), "{outcomes:?}");
    assert!(banned(&outcomes[3], Ban::Forbidden), "{outcomes:?}");
}

#[tokio::test]
async fn a_record_that_ends_the_stream_leaves_those_behind_it_in_doubt() {
    let large = r#"{"error_code":400,"message":"Error processing message: Produce request size is larger than allowed threshold"}"#;
    let outcomes = outcomes(Api::V3, 4, answer(200, &format!("{GOOD}{large}"))).await;
    assert_eq!(outcomes[0], delivered(1, 0));
    let refused =
        matches!(outcomes[1], Outcome::Refused { kind: Refusal::TooLarge, code: Some(400), .. });
    assert!(refused, "{outcomes:?}");
    assert!(outcomes[2..].iter().all(|rest| unknown(rest, Doubt::Count)), "{outcomes:?}");
}

#[tokio::test]
async fn more_reports_than_records_are_about_something_else() {
    let outcomes = outcomes(Api::V3, 1, answer(200, &format!("{GOOD}{GOOD}"))).await;
    assert!(unknown(&outcomes[0], Doubt::Count), "{outcomes:?}");
}

#[tokio::test]
async fn reports_cut_off_or_strange_leave_all_in_doubt() {
    let cut = format!("{GOOD}{}", &GOOD[..GOOD.len() - 1]);
    for (body, doubt) in [
        (cut.as_str(), Doubt::Truncated),
        ("<html>", Doubt::Garbage),
        (r#"{"partition_id":1,"offset":0}"#, Doubt::Garbage),
        (r#"[{"error_code":200,"partition_id":1,"offset":0}]"#, Doubt::Garbage),
        (r#"{"error_code":200}"#, Doubt::NoOffset),
        (r#"{"error_code":200,"partition_id":0,"offset":-1}"#, Doubt::NoOffset),
        ("", Doubt::Count),
    ] {
        let outcomes = outcomes(Api::V3, 2, answer(200, body)).await;
        assert!(outcomes.iter().all(|outcome| unknown(outcome, doubt)), "{body}: {outcomes:?}");
    }
}

/// What is skipped was once not looked at: a report with a broken byte in it counted.
#[tokio::test]
async fn bytes_that_are_no_text_leave_in_doubt_where_they_are_skipped_too() {
    let skipped =
        [GOOD.as_bytes(), b"{\"error_code\":200,\"partition_id\":0,\"offset\":1,\"x\":\"\xff\"}"]
            .concat();
    let cut = [GOOD.as_bytes(), b"{\"x\":\"\xc3"].concat();
    for (body, doubt) in [(skipped, Doubt::Garbage), (cut, Doubt::Truncated)] {
        let said = Ok(HttpResponse { status: 200, body, ..HttpResponse::default() });
        let outcomes = outcomes(Api::V3, 2, said).await;
        assert!(outcomes.iter().all(|outcome| unknown(outcome, doubt)), "{outcomes:?}");
    }
}

#[tokio::test]
async fn refusals_of_the_request_are_told_apart() {
    let one = async |status, body: &str| outcomes(Api::V3, 1, answer(status, body)).await.remove(0);
    let login = one(401, r#"{"error_code":40101,"message":"Authentication failed"}"#).await;
    assert!(banned(&login, Ban::Unauthenticated), "{login:?}");
    let large = r#"{"error_code":413,"message":"The request included a message larger than the maximum message size the server can accept."}"#;
    let large = one(413, large).await;
    assert!(matches!(large, Outcome::Refused { kind: Refusal::TooLarge, code: Some(413), .. }));
    let media = one(415, r#"{"error_code":415,"message":"HTTP 415 Unsupported Media Type"}"#).await;
    assert!(banned(&media, Ban::Protocol), "{media:?}");
    let failed = one(500, r#"{"error_code":500,"message":"Internal Server Error"}"#).await;
    assert!(unknown(&failed, Doubt::Failed), "{failed:?}");
    let many = produced(Api::V3, 1, [asking_to_wait(429, "7")]).await;
    assert!(waits(&many.outcomes[0], Passing::Busy) && many.wait_ms == Some(7_000), "{many:?}");
}

#[tokio::test]
async fn a_batch_is_read_by_its_ids() {
    let body = r#"{"successes":[{"id":"2","cluster_id":"c1","topic_name":"t","partition_id":1,"offset":8,"timestamp":"2021-02-05T19:14:43Z"},{"id":"0","partition_id":1,"offset":7}],"failures":[{"id":"1","error_code":42207,"message":"Error serializing message. no"}]}"#;
    let outcomes = outcomes(Api::V3Batch, 4, answer(207, body)).await;
    assert_eq!(outcomes[0], delivered(1, 7));
    assert!(matches!(
        outcomes[1],
        Outcome::Refused { kind: Refusal::Schema, code: Some(42_207), .. }
    ));
    assert_eq!(outcomes[2], delivered(1, 8));
    assert!(unknown(&outcomes[3], Doubt::Count), "{outcomes:?}");
}

#[tokio::test]
async fn a_batch_with_ids_that_were_not_sent_or_come_twice_leaves_all_in_doubt() {
    let good = r#"{"id":"0","partition_id":1,"offset":7}"#;
    for (successes, failures) in [
        (format!("{good},{good}"), String::new()),
        (good.to_owned(), r#"{"id":"0","error_code":500}"#.to_owned()),
        (format!(r#"{good},{{"id":"2","partition_id":1,"offset":7}}"#), String::new()),
        (format!(r#"{good},{{"id":"x","partition_id":1,"offset":7}}"#), String::new()),
    ] {
        let body = format!(r#"{{"successes":[{successes}],"failures":[{failures}]}}"#);
        let outcomes = outcomes(Api::V3Batch, 2, answer(207, &body)).await;
        let garbage = |outcome: &Outcome| unknown(outcome, Doubt::Garbage);
        assert!(outcomes.iter().all(garbage), "{body}: {outcomes:?}");
    }
}

/// A producer that has to find out its cluster, and what it says of a record.
async fn searching(transport: &Scripted<'_>, proxy: &Proxy) -> Produced {
    let world = Still::default();
    let settings = Settings { cluster: None, ..settings(Api::V3) };
    let producer = Producer::new(transport, &world, settings, proxy.clone());
    producer.produce("t", &records(1)).await
}

#[tokio::test]
async fn the_cluster_is_asked_for_once_by_all_that_share_a_proxy() {
    let proxy = Proxy::default();
    let transport = Scripted::new([answer(200, LIST), answer(200, GOOD), answer(200, GOOD)]);
    for _ in 0..2 {
        assert_eq!(searching(&transport, &proxy).await.outcomes, [delivered(1, 0)]);
    }
    let asked = transport.asked.borrow();
    let asked: Vec<_> = asked.iter().map(|asked| (asked.method, asked.url.as_str())).collect();
    let records = ("POST", "https://proxy.example/v3/clusters/cluster-1/topics/t/records");
    assert_eq!(asked, [("GET", "https://proxy.example/v3/clusters"), records, records]);
}

#[tokio::test]
async fn the_question_carries_the_authorisation_and_takes_of_the_same_time() {
    let world = Still::default();
    let transport = Scripted::new([answer(200, LIST), answer(200, GOOD)]).taking(&world, 1_000);
    let authorization = Some("Basic abc".to_owned());
    let settings = Settings { cluster: None, authorization, ..settings(Api::V3) };
    let producer = Producer::new(&transport, &world, settings, Proxy::default());
    producer.produce("t", &records(1)).await;
    let asked = transport.asked.borrow();
    assert_eq!(asked[0].header("authorization"), Some("Basic abc"));
    assert_eq!(asked[0].header("accept"), Some("application/json"));
    assert_eq!((asked[0].deadline_ms, asked[1].deadline_ms), (5_000, 4_000));
}

#[tokio::test]
async fn without_a_cluster_nothing_is_sent() {
    let cases: [(Said, Passing); 6] = [
        (Err(TransportError::TimedOut), Passing::NoCluster),
        (Err(TransportError::Broken("reset".to_owned())), Passing::NoCluster),
        (Err(TransportError::Connect("refused".to_owned())), Passing::NoConnection),
        (answer(500, "no"), Passing::NoCluster),
        (answer(200, "<html>"), Passing::NoCluster),
        (answer(404, r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#), Passing::NotFound),
    ];
    for (said, passing) in cases {
        let transport = Scripted::new([said]);
        let result = searching(&transport, &Proxy::default()).await;
        assert!(waits(&result.outcomes[0], passing), "{result:?}");
    }
    let transport = Scripted::new([asking_to_wait(503, "3")]);
    assert_eq!(searching(&transport, &Proxy::default()).await.wait_ms, Some(3_000));
    let transport = Scripted::new([answer(401, "")]);
    let result = searching(&transport, &Proxy::default()).await;
    assert!(banned(&result.outcomes[0], Ban::Unauthenticated), "{result:?}");
}

#[tokio::test]
async fn a_cluster_that_is_none_or_one_of_several_or_leads_elsewhere_is_not_taken() {
    for list in [
        r#"{"data":[]}"#,
        r#"{"data":[{"cluster_id":"a"},{"cluster_id":"b"}]}"#,
        r#"{"data":[{"cluster_id":"../../admin"}]}"#,
        r#"{"data":[{"cluster_id":""}]}"#,
    ] {
        let transport = Scripted::new([answer(200, list)]);
        let result = searching(&transport, &Proxy::default()).await;
        assert!(banned(&result.outcomes[0], Ban::Protocol), "{list}: {result:?}");
    }
    let settings = Settings { cluster: Some("../x".to_owned()), ..settings(Api::V3) };
    let (transport, world) = (Scripted::new([]), Still::default());
    let producer = Producer::new(&transport, &world, settings, Proxy::default());
    let result = producer.produce("t", &records(1)).await;
    assert!(banned(&result.outcomes[0], Ban::Invalid), "{result:?}");
}

#[tokio::test]
async fn a_cluster_that_is_not_known_any_more_is_asked_for_again() {
    let proxy = Proxy::default();
    let gone = r#"{"error_code":404,"message":"Cluster cluster-1 cannot be found."}"#;
    let moved = LIST.replace("cluster-1", "cluster-2");
    let transport = Scripted::new([
        answer(200, LIST),
        answer(404, gone),
        answer(200, &moved),
        answer(200, GOOD),
    ]);
    assert!(waits(&searching(&transport, &proxy).await.outcomes[0], Passing::NotFound));
    assert_eq!(searching(&transport, &proxy).await.outcomes, [delivered(1, 0)]);
    assert!(transport.asked.borrow()[3].url.contains("/clusters/cluster-2/"));
}
