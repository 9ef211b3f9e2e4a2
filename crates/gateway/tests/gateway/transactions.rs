//! `/multi-exec`.

use serde_json::json;

use crate::support::gateway::Gateway;
use crate::support::server::Server;

crate::tests![
    a_transaction_answers_each_command_by_itself,
    a_wrong_command_discards_all_of_it,
    nobody_comes_between_its_commands,
    a_command_that_is_refused_keeps_all_of_it_from_running,
    a_replica_says_why_it_discards,
];

async fn a_transaction_answers_each_command_by_itself() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    let wrong_type = "WRONGTYPE Operation against a key holding the wrong kind of value";
    let said = json!([{"result": "OK"}, {"error": wrong_type}, {"result": 2}, {"result": null}]);
    let commands = ["SET a 1", "SADD a x", "INCR a", "GET nothing"];
    assert_eq!(client.transaction(&commands).await, (200, said));
    assert_eq!(client.post("/multi-exec", "[]").await, (200, json!([])));
}

async fn a_wrong_command_discards_all_of_it() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    let abort = "EXECABORT Transaction discarded because of previous errors.";
    let refused = (400, json!({"error": abort}));
    assert_eq!(client.transaction(&["SET a 1", "GET"]).await, refused);
    assert_eq!(client.transaction(&["NOSUCH", "SET a 1"]).await, refused);
    assert_eq!(client.ok("EXISTS a").await, json!(0));
    // The connection is none the worse.
    assert_eq!(client.transaction(&["SET a 1"]).await, (200, json!([{"result": "OK"}])));
}

async fn nobody_comes_between_its_commands() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    let rounds = (0..50).map(|_| {
        let client = client.clone();
        async move { client.transaction(&["INCR n", "INCR n", "INCR n"]).await }
    });
    for (status, said) in futures_util::future::join_all(rounds).await {
        let first = said[0]["result"].as_i64().unwrap();
        let next = json!([{"result": first}, {"result": first + 1}, {"result": first + 2}]);
        assert_eq!((status, said), (200, next));
    }
    assert_eq!(client.ok("GET n").await, json!("150"));
}

async fn a_command_that_is_refused_keeps_all_of_it_from_running() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    for bad in ["EXEC", "DISCARD", "MULTI", "WATCH a", "SELECT 1", "BLPOP a 0", "SUBSCRIBE a"] {
        let (status, said) = client.transaction(&["SET a 1", bad]).await;
        let error = said["error"].as_str().unwrap();
        assert!(
            status == 400 && error.starts_with("ERR Command is not available"),
            "{bad}: {said}"
        );
    }
    assert_eq!(client.ok("EXISTS a").await, json!(0));
}

async fn a_replica_says_why_it_discards() {
    let master = Server::start().await;
    let port = master.port.to_string();
    let replica = Server::with(&["--replicaof", "127.0.0.1", &port]).await;
    let gateway = Gateway::before(&replica);
    let (status, said) = gateway.client().transaction(&["SET a 1"]).await;
    let why = "EXECABORT Transaction discarded because of: READONLY ";
    assert!(status == 400 && said["error"].as_str().unwrap().starts_with(why), "{said}");
}
