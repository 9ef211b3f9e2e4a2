//! Redis over TLS.

use serde_json::json;

use crate::support::free_port;
use crate::support::gateway::Gateway;
use crate::support::papers::Papers;
use crate::support::server::Server;

crate::tests![
    a_server_is_known_by_its_authority,
    a_server_of_another_authority_is_not_talked_to,
    a_server_may_want_to_know_the_gateway_too,
];

/// A server that speaks TLS on a port beside the other one.
async fn server(papers: &Papers, clients: &str) -> (Server, String) {
    let port = free_port();
    let server = Server::with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-ca-cert-file",
        &papers.file("ca.pem"),
        "--tls-cert-file",
        &papers.file("cert.pem"),
        "--tls-key-file",
        &papers.file("key.pem"),
        "--tls-auth-clients",
        clients,
    ])
    .await;
    (server, format!("rediss://127.0.0.1:{port}"))
}

async fn a_server_is_known_by_its_authority() {
    let papers = Papers::new();
    let (_server, url) = server(&papers, "no").await;
    let gateway = Gateway::with(&["--redis", &url, "--tls-ca", &papers.file("ca.pem")]);
    let client = gateway.client();
    assert_eq!(client.ok("SET a 1").await, json!("OK"));
    assert_eq!(client.ok("GET a").await, json!("1"));
    assert_eq!(client.health().await.0, 200);
}

async fn a_server_of_another_authority_is_not_talked_to() {
    let (papers, others) = (Papers::new(), Papers::new());
    let (_server, url) = server(&papers, "no").await;
    let gateway = Gateway::with(&["--redis", &url, "--tls-ca", &others.file("ca.pem")]);
    let (status, said) = gateway.client().run("PING").await;
    assert!(status == 503 && said["error"].as_str().unwrap().contains("certificate"), "{said}");
}

async fn a_server_may_want_to_know_the_gateway_too() {
    let papers = Papers::new();
    let (_server, url) = server(&papers, "yes").await;
    let (ca, cert, key) = (papers.file("ca.pem"), papers.file("cert.pem"), papers.file("key.pem"));
    let unknown = Gateway::with(&["--redis", &url, "--tls-ca", &ca]);
    assert_eq!(unknown.client().run("PING").await.0, 503);
    let flags = ["--redis", &url, "--tls-ca", &ca, "--tls-cert", &cert, "--tls-key", &key];
    assert_eq!(Gateway::with(&flags).client().ok("PING").await, json!("PONG"));
}
