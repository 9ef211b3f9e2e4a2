//! A Cluster of three masters.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::cluster::Cluster;
use crate::support::gateway::Gateway;
use crate::support::until;

crate::tests![
    a_pipeline_over_many_slots_answers_in_order,
    commands_about_several_keys_or_all_of_them_work,
    a_transaction_is_split_by_slot_or_refused,
    a_key_is_followed_to_where_it_moved,
    one_node_that_is_gone_is_503_for_its_keys_only,
    a_replica_that_takes_over_is_found,
];

fn before(cluster: &Cluster, flags: &[&str]) -> Gateway {
    let url = cluster.url();
    let all = ["--cluster", "--redis", &url, "--connect-timeout-ms", "1000", "--probe-ms", "100"];
    Gateway::with(&[&all[..], flags].concat())
}

/// A key of each node.
fn keys(cluster: &Cluster) -> [String; 3] {
    let key = |node: usize| {
        (0..1_000).map(|n| format!("k{n}")).find(|key| cluster.owner(key).0 == node).unwrap()
    };
    [key(0), key(1), key(2)]
}

async fn a_pipeline_over_many_slots_answers_in_order() {
    let cluster = Cluster::start().await;
    let gateway = before(&cluster, &[]);
    let client = gateway.client();
    let mut commands = Vec::new();
    for n in 0..1_000 {
        commands.extend([format!("SET k{n} {n}"), format!("INCR k{n}"), format!("GET k{n}")]);
    }
    let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
    let (status, said) = client.pipeline(&commands).await;
    let expected = |n: i64| {
        [json!({"result": "OK"}), json!({"result": n + 1}), json!({"result": (n + 1).to_string()})]
    };
    assert!(status == 200 && said == json!((0..1_000).flat_map(expected).collect::<Vec<_>>()));
    for node in &cluster.nodes {
        let redis::Value::Int(size) = node.say(&["DBSIZE"]) else { panic!() };
        assert!((200..600).contains(&size), "{size}");
    }
    assert_eq!(client.health().await, (200, json!({"status": "up"})));
}

async fn commands_about_several_keys_or_all_of_them_work() {
    let cluster = Cluster::start().await;
    let gateway = before(&cluster, &[]);
    let client = gateway.client();
    let [a, b, c] = keys(&cluster);
    assert_eq!(client.ok(&format!("MSET {a} 1 {b} 2 {c} 3")).await, json!("OK"));
    let values = json!(["1", null, "3", "2"]);
    assert_eq!(client.ok(&format!("MGET {a} nothing {c} {b}")).await, values);
    assert_eq!(client.ok(&format!("EXISTS {a} {b} nothing")).await, json!(2));
    assert_eq!(client.ok("DBSIZE").await, json!(3));
    assert_eq!(scanned(&client).await, BTreeSet::from([a.clone(), b.clone(), c.clone()]));
    assert!(client.error(&format!("RENAME {a} {b}")).await.starts_with("CROSSSLOT "));
    let script = json!(["EVAL", "return redis.call('GET', KEYS[1])", "1", c]).to_string();
    assert_eq!(client.post("/", script).await, (200, json!({"result": "3"})));
    assert_eq!(client.ok("PING").await, json!("PONG"));
    assert!(client.error("NOSUCH a").await.starts_with("ERR unknown command"));
    // What asks all nodes waits for what stands before it.
    let said = client.pipeline(&[&format!("DEL {a} {b}"), "DBSIZE", "FLUSHDB", "DBSIZE"]).await;
    let all = json!([{"result": 2}, {"result": 1}, {"result": "OK"}, {"result": 0}]);
    assert_eq!(said, (200, all));
    assert_eq!(client.ok("RANDOMKEY").await, Value::Null);
}

/// All keys, by one SCAN after another.
async fn scanned(client: &Client) -> BTreeSet<String> {
    let (mut cursor, mut found) = ("0".to_owned(), BTreeSet::new());
    loop {
        let page = client.ok(&format!("SCAN {cursor} COUNT 1")).await;
        let keys = page[1].as_array().unwrap().iter();
        found.extend(keys.map(|key| key.as_str().unwrap().to_owned()));
        page[0].as_str().unwrap().clone_into(&mut cursor);
        if cursor == "0" {
            return found;
        }
    }
}

async fn a_transaction_is_split_by_slot_or_refused() {
    let cluster = Cluster::start().await;
    let [a, b, _] = keys(&cluster);
    let gateway = before(&cluster, &[]);
    let client = gateway.client();
    let (set, increase, get) = (format!("SET {a} 1"), format!("INCR {b}"), format!("GET {a}"));
    let said = json!([{"result": "OK"}, {"result": 1}, {"result": "1"}]);
    assert_eq!(client.transaction(&[&set, &increase, &get]).await, (200, said));
    let values = json!([{"result": ["1", "1"]}, {"result": "PONG"}]);
    assert_eq!(client.transaction(&[&format!("MGET {b} {a}"), "PING"]).await, (200, values));
    // A wrong command discards its slot's part, and is told to each of its commands.
    let (status, said) =
        client.transaction(&[&format!("SET {a} 5"), &format!("GET {a} x"), &increase]).await;
    assert_eq!((status, &said[2]), (200, &json!({"result": 2})));
    assert!(said[0]["error"].as_str().unwrap().starts_with("EXECABORT "), "{said}");
    assert_eq!(client.ok(&get).await, json!("1"));
    let (status, said) = client.transaction(&[&set, "DBSIZE"]).await;
    assert!(status == 400 && said["error"].as_str().unwrap().contains("all nodes"), "{said}");
    let strict =
        before(&cluster, &["--strict-transactions"]).client().transaction(&[&set, &increase]).await;
    assert!(
        strict.0 == 400 && strict.1["error"].as_str().unwrap().starts_with("CROSSSLOT "),
        "{strict:?}"
    );
    let strict = before(&cluster, &["--strict-transactions"]);
    assert_eq!(strict.client().transaction(&[&set, &get]).await.0, 200);
}

async fn a_key_is_followed_to_where_it_moved() {
    let cluster = Cluster::start().await;
    let gateway = before(&cluster, &[]);
    let client = gateway.client();
    client.ok("SET {tag}here 1").await;
    let (from, slot) = cluster.owner("{tag}here");
    let to = (from + 1) % 3;
    let (slot, from_id, to_id) = (slot.to_string(), cluster.id(from), cluster.id(to));
    let (source, target) = (&cluster.nodes[from], &cluster.nodes[to]);
    target.say(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
    source.say(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
    // Half way: what is here is here, what is not is asked for there.
    let commands = ["GET {tag}here", "SET {tag}there 2", "INCR {tag}there", "GET {tag}here"];
    let said = json!([{"result": "1"}, {"result": "OK"}, {"result": 3}, {"result": "1"}]);
    assert_eq!(client.pipeline(&commands).await, (200, said));
    let port = target.port.to_string();
    source.say(&["MIGRATE", "127.0.0.1", &port, "{tag}here", "0", "5000"]);
    for node in [target, source] {
        node.say(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
    }
    // The gateway's map is of yesterday.
    let said = json!([{"result": "1"}, {"result": "3"}]);
    assert_eq!(client.pipeline(&["GET {tag}here", "GET {tag}there"]).await, (200, said));
    let (status, said) = client.transaction(&["INCR {tag}here", "INCR {tag}there"]).await;
    assert_eq!((status, said), (200, json!([{"result": 2}, {"result": 4}])));
}

async fn one_node_that_is_gone_is_503_for_its_keys_only() {
    let mut cluster = Cluster::start().await;
    let [a, b, c] = keys(&cluster);
    let gateway = before(&cluster, &[]);
    let client = gateway.client();
    client.ok(&format!("MSET {a} 1 {b} 2 {c} 3")).await;
    // The one by which the others were found.
    cluster.nodes[0].kill();
    let gone =
        || async { Some(client.run(&format!("GET {a}")).await).filter(|said| said.0 == 503) };
    until("503", gone).await;
    assert_eq!(client.ok(&format!("GET {b}")).await, json!("2"));
    assert_eq!(client.ok(&format!("GET {c}")).await, json!("3"));
    let partly = client.pipeline(&[&format!("INCR {b}"), &format!("INCR {a}")]).await;
    assert!(
        partly.0 == 502 && partly.1["error"].as_str().unwrap().contains("others"),
        "{partly:?}"
    );
    assert_eq!(client.ok(&format!("GET {b}")).await, json!("3"));
    assert_eq!(client.health().await.0, 503);
    cluster.nodes[0].run().await;
    let back = || async { (client.run(&format!("SET {a} 1")).await.0 == 200).then_some(()) };
    until("the node", back).await;
    until("health", || async { (client.health().await.0 == 200).then_some(()) }).await;
}

async fn a_replica_that_takes_over_is_found() {
    let mut cluster = Cluster::start().await;
    let replica = cluster.replica_of(1).await;
    let gateway = before(&cluster, &[]);
    let client = gateway.client();
    let [_, key, _] = keys(&cluster);
    client.ok(&format!("SET {key} 1")).await;
    let copied = || async { (replica.say(&["DBSIZE"]) == redis::Value::Int(1)).then_some(()) };
    until("the copy", copied).await;
    cluster.nodes[1].kill();
    let increase = format!("INCR {key}");
    let taken = || async { Some(client.run(&increase).await).filter(|said| said.0 == 200) };
    let said = until("the replica to take over", taken).await;
    assert_eq!(said, (200, json!({"result": 2})));
    assert_eq!(client.transaction(&[&increase]).await, (200, json!([{"result": 3}])));
    until("health", || async { (client.health().await.0 == 200).then_some(()) }).await;
}
