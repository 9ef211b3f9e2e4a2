//! SIGTERM and SIGINT.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::limits::ENDLESS;
use crate::support::gateway::Gateway;
use crate::support::server::Server;
use crate::support::{SOON, until};

crate::tests![
    what_is_under_way_is_finished_and_nothing_new_is_taken,
    what_does_not_end_is_not_waited_for_for_ever,
    an_idle_one_ends_at_once,
];

async fn what_is_under_way_is_finished_and_nothing_new_is_taken() {
    let server = Server::start_for_scripts().await;
    let flags =
        ["--redis", &server.url(), "--response-timeout-ms", "60000", "--stop-timeout-ms", "60000"];
    let mut gateway = Gateway::with(&flags);
    let client = gateway.client();
    client.ok("PING").await;
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.post("/", ENDLESS).await }
    });
    server.is_busy().await;
    gateway.signal("TERM");
    gateway.logged("stopping", 1).await;
    let refused = || async { client.bare(reqwest::Method::GET, "/health").send().await.err() };
    until("new connections to be refused", refused).await;
    server.say(&["SCRIPT", "KILL"]);
    let (status, said) = timeout(SOON, waiting).await.unwrap().unwrap();
    assert!(status == 400 && said["error"].as_str().unwrap().contains("killed"), "{said}");
    assert!(timeout(SOON, gateway.ended()).await.unwrap().success());
    gateway.logged("stopped", 1).await;
    assert_eq!(gateway.log().last().unwrap()["all_answered"], json!(true));
}

async fn what_does_not_end_is_not_waited_for_for_ever() {
    let server = Server::start_for_scripts().await;
    let flags =
        ["--redis", &server.url(), "--response-timeout-ms", "60000", "--stop-timeout-ms", "300"];
    let mut gateway = Gateway::with(&flags);
    let client = gateway.client();
    client.ok("PING").await;
    let waiting = tokio::spawn(async move {
        client.request(reqwest::Method::POST, "/").body(ENDLESS).send().await
    });
    server.is_busy().await;
    gateway.signal("INT");
    assert!(timeout(SOON, gateway.ended()).await.unwrap().success());
    gateway.logged("stopped", 1).await;
    assert_eq!(gateway.log().last().unwrap()["all_answered"], json!(false));
    assert!(waiting.await.unwrap().is_err());
}

async fn an_idle_one_ends_at_once() {
    let server = Server::start().await;
    let mut gateway = Gateway::before(&server);
    // A connection that is kept, with nothing on it.
    gateway.client().ok("PING").await;
    gateway.signal("TERM");
    assert!(timeout(Duration::from_secs(8), gateway.ended()).await.unwrap().success());
}
