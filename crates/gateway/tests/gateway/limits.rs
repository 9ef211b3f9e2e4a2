//! How much is too much.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::support::gateway::{Gateway, TOKEN};
use crate::support::server::Server;
use crate::support::until;

crate::tests![
    a_body_that_is_too_large_is_refused_with_its_size,
    too_many_commands_are_refused,
    too_many_requests_at_once_are_sent_away,
    a_stranger_s_body_is_not_read,
    who_says_nothing_is_let_go,
];

/// Runs until somebody kills it.
pub const ENDLESS: &str = r#"["EVAL","while true do end","0"]"#;

async fn a_body_that_is_too_large_is_refused_with_its_size() {
    let server = Server::start().await;
    let gateway = Gateway::with(&["--redis", &server.url(), "--max-body", "1000"]);
    let client = gateway.client();
    let fits = json!(["SET", "a", "x".repeat(1000 - 14)]).to_string();
    assert_eq!((fits.len(), client.post("/", fits).await.0), (1000, 200));
    let over = json!(["SET", "b", "x".repeat(1001 - 14)]).to_string();
    let text = "ERR max request size exceeded. Limit: 1000 bytes, Actual: 1001 bytes.";
    assert_eq!(client.post("/", over).await, (413, json!({"error": text})));
    assert_eq!(client.ok("EXISTS a b").await, json!(1));
}

async fn too_many_commands_are_refused() {
    let server = Server::start().await;
    let gateway = Gateway::with(&["--redis", &server.url(), "--max-commands", "3"]);
    let client = gateway.client();
    assert_eq!(client.pipeline(&["INCR a"; 3]).await.0, 200);
    assert_eq!(client.pipeline(&["INCR a"; 4]).await.0, 413);
    assert_eq!(client.transaction(&["INCR a"; 4]).await.0, 413);
    assert_eq!(client.ok("GET a").await, json!("3"));
}

async fn too_many_requests_at_once_are_sent_away() {
    let server = Server::start_for_scripts().await;
    let flags =
        ["--redis", &server.url(), "--max-concurrency", "1", "--response-timeout-ms", "60000"];
    let gateway = Gateway::with(&flags);
    let client = gateway.client();
    client.ok("PING").await;
    let busy = client.clone();
    let endless = tokio::spawn(async move { busy.post("/", ENDLESS).await });
    server.is_busy().await;
    let answer = client.request(reqwest::Method::GET, "/ping").send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "1");
    let said: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert!(said["error"].as_str().unwrap().starts_with("BUSY "), "{said}");
    until("Redis to listen", || async { server.try_say(&["SCRIPT", "KILL"]).ok() }).await;
    assert_eq!(endless.await.unwrap().0, 400);
    assert_eq!(client.ok("PING").await, json!("PONG"));
}

/// Writes a request by hand, and reads what comes until the connection ends.
async fn by_hand(gateway: &Gateway, request: String) -> String {
    let address = gateway.url.trim_start_matches("http://").to_owned();
    let talk = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).unwrap();
        String::from_utf8(said).unwrap()
    });
    talk.await.unwrap()
}

async fn a_stranger_s_body_is_not_read() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    // The body never comes: who waited for it would answer nothing.
    let head =
        "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer wrong\r\nContent-Length: 9\r\n\r\n";
    let said = by_hand(&gateway, head.to_owned()).await;
    assert!(said.starts_with("HTTP/1.1 401 "), "{said}");
}

async fn who_says_nothing_is_let_go() {
    let server = Server::start().await;
    let gateway = Gateway::with(&["--redis", &server.url(), "--read-timeout-ms", "300"]);
    assert_eq!(by_hand(&gateway, "GET / HT".to_owned()).await, "");
    let head = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 9\r\n\r\n[\"PI"
    );
    let said = by_hand(&gateway, head).await;
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
}
