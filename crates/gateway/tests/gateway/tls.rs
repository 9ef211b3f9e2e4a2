//! Redis over TLS.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use serde_json::json;

use crate::support::gateway::Gateway;
use crate::support::server::Server;
use crate::support::{Folder, free_port};

crate::tests![
    a_server_is_known_by_its_authority,
    a_server_of_another_authority_is_not_talked_to,
    a_server_may_want_to_know_the_gateway_too,
];

/// An authority, and a certificate for 127.0.0.1 that it signed, with its key, as files.
struct Papers {
    folder: Folder,
}

impl Papers {
    fn new() -> Self {
        let folder = Folder::new();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Who has the same name as its issuer is taken for one that signed itself.
        params.distinguished_name.push(DnType::CommonName, "an authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        std::fs::write(folder.file("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.file("cert.pem"), certificate.pem()).unwrap();
        std::fs::write(folder.file("key.pem"), key.serialize_pem()).unwrap();
        Self { folder }
    }

    fn file(&self, name: &str) -> String {
        self.folder.file(name)
    }
}

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
