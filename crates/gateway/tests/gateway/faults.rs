//! Redis goes, hangs, and comes back.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::limits::ENDLESS;
use crate::support::client::{Answer, Client};
use crate::support::gateway::Gateway;
use crate::support::server::Server;
use crate::support::{SOON, until};

crate::tests![
    a_redis_that_is_not_there_yet_is_found_when_it_is,
    a_redis_that_is_killed_is_503_and_comes_back_by_itself,
    a_restart_between_two_requests_is_not_noticed,
    what_was_sent_when_redis_died_may_have_been_carried_out,
    a_redis_that_hangs_is_answered_for_in_time,
    what_hangs_is_said_to_be_perhaps_carried_out,
    a_change_of_state_is_logged_once,
    a_replica_reads_and_does_not_write,
];

/// Redis is given up quickly.
fn impatient(server: &Server) -> Gateway {
    let times =
        ["--connect-timeout-ms", "500", "--response-timeout-ms", "500", "--probe-ms", "100"];
    Gateway::with(&[&["--redis", &server.url()], &times[..]].concat())
}

fn error(answer: &Answer) -> &str {
    answer.1["error"].as_str().unwrap_or_else(|| panic!("{answer:?}"))
}

/// Waits until a command succeeds.
async fn serves_again(client: &Client) {
    until("service", || async { (client.run("PING").await.0 == 200).then_some(()) }).await;
}

async fn a_redis_that_is_not_there_yet_is_found_when_it_is() {
    let mut server = Server::stopped(&[]);
    let gateway = impatient(&server);
    let client = gateway.client();
    let refused = client.run("PING").await;
    assert_eq!(refused.0, 503);
    assert!(error(&refused).contains("nothing was done"), "{refused:?}");
    let (status, health) = client.health().await;
    assert_eq!((status, &health["status"]), (503, &json!("down")));
    assert!(health["reason"].as_str().unwrap().contains("refused"), "{health}");
    server.run().await;
    serves_again(&client).await;
    assert_eq!(client.health().await.0, 200);
}

async fn a_redis_that_is_killed_is_503_and_comes_back_by_itself() {
    let mut server = Server::start().await;
    let gateway = impatient(&server);
    let client = gateway.client();
    client.ok("SET a 1").await;
    server.kill();
    // Who sends in the very moment cannot be told that it was in vain.
    gateway.logged("redis-down", 1).await;
    for _ in 0..20 {
        let begun = Instant::now();
        let refused = client.run("SET a 2").await;
        assert_eq!(refused.0, 503, "{refused:?}");
        assert!(begun.elapsed() < SOON);
        assert_eq!(client.pipeline(&["GET a"]).await.0, 503);
        assert_eq!(client.transaction(&["GET a"]).await.0, 503);
    }
    server.run().await;
    serves_again(&client).await;
    assert_eq!(client.ok("GET a").await, Value::Null);
}

async fn a_restart_between_two_requests_is_not_noticed() {
    let mut server = Server::start().await;
    // Nothing but the request itself may find out.
    let gateway = Gateway::with(&["--redis", &server.url(), "--probe-ms", "600000"]);
    let client = gateway.client();
    for _ in 0..5 {
        assert_eq!(client.ok("PING").await, json!("PONG"));
        let port = server.port;
        server.kill();
        server.run().await;
        assert_eq!(server.port, port, "somebody took the port");
    }
    assert_eq!(client.ok("PING").await, json!("PONG"));
}

async fn what_was_sent_when_redis_died_may_have_been_carried_out() {
    let mut server = Server::start_for_scripts().await;
    let flags =
        ["--redis", &server.url(), "--response-timeout-ms", "60000", "--probe-ms", "600000"];
    let gateway = Gateway::with(&flags);
    let client = gateway.client();
    client.ok("PING").await;
    let waiting = tokio::spawn(async move { client.post("/", ENDLESS).await });
    server.is_busy().await;
    server.kill();
    let answer = timeout(SOON, waiting).await.unwrap().unwrap();
    assert_eq!(answer.0, 502);
    assert!(error(&answer).contains("may have carried out"), "{answer:?}");
}

async fn a_redis_that_hangs_is_answered_for_in_time() {
    let server = Server::start().await;
    let gateway = impatient(&server);
    let client = gateway.client();
    client.ok("SET a 1").await;
    server.freeze();
    let begun = Instant::now();
    let asked = (0..50).map(|_| client.run("GET a"));
    let answers = futures_util::future::join_all(asked).await;
    assert!(answers.iter().all(|answer| matches!(answer.0, 503 | 504)), "{answers:?}");
    // One answer is waited for, or one connection: not one after another.
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let refused = client.run("GET a").await;
    assert_eq!(refused.0, 503, "{refused:?}");
    assert_eq!(client.health().await.0, 503);
    server.thaw();
    serves_again(&client).await;
    assert_eq!(client.ok("GET a").await, json!("1"));
}

async fn what_hangs_is_said_to_be_perhaps_carried_out() {
    let server = Server::start().await;
    let url = server.url();
    let flags = ["--redis", &url, "--response-timeout-ms", "300", "--probe-ms", "600000"];
    let gateway = Gateway::with(&flags);
    let client = gateway.client();
    client.ok("PING").await;
    server.freeze();
    let late = client.run("INCR a").await;
    assert_eq!(late.0, 504);
    assert!(error(&late).contains("may have carried out"), "{late:?}");
    assert!(error(&late).contains("300 ms"), "{late:?}");
    server.thaw();
    serves_again(&client).await;
    // And so it was.
    assert_eq!(client.ok("GET a").await, json!("1"));
}

async fn a_change_of_state_is_logged_once() {
    let mut server = Server::start().await;
    let gateway = impatient(&server);
    let client = gateway.client();
    gateway.logged("redis-up", 1).await;
    server.kill();
    gateway.logged("redis-down", 1).await;
    for _ in 0..50 {
        assert_eq!(client.run("PING").await.0, 503);
    }
    server.run().await;
    gateway.logged("redis-up", 2).await;
    for _ in 0..50 {
        assert_eq!(client.run("PING").await.0, 200);
    }
    assert_eq!(gateway.events(), ["started", "redis-up", "redis-down", "redis-up"]);
}

async fn a_replica_reads_and_does_not_write() {
    let master = Server::start().await;
    master.say(&["SET", "a", "1"]);
    let port = master.port.to_string();
    let replica = Server::with(&["--replicaof", "127.0.0.1", &port]).await;
    let gateway = Gateway::before(&replica);
    let client = gateway.client();
    let there =
        || async { (client.run("GET a").await == (200, json!({"result": "1"}))).then_some(()) };
    until("the copy", there).await;
    assert!(client.error("SET a 2").await.starts_with("READONLY "));
    assert_eq!(client.health().await.0, 200);
}
