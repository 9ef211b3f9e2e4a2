//! A Cluster of three masters.

use redis::Value;

use super::server::Server;
use super::{free_port, until};

const NODES: usize = 3;
const SLOTS: usize = 16_384;

pub struct Cluster {
    pub nodes: Vec<Server>,
}

impl Cluster {
    pub async fn start() -> Self {
        let mut nodes = Vec::new();
        for _ in 0..NODES {
            nodes.push(node().await);
        }
        let cluster = Self { nodes };
        for (index, node) in cluster.nodes.iter().enumerate() {
            let (first, next) = (index * SLOTS / NODES, (index + 1) * SLOTS / NODES);
            node.say(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &(next - 1).to_string()]);
        }
        let (first, others) = cluster.nodes.split_first().unwrap();
        for other in others {
            let (port, bus) = (other.port.to_string(), other.bus().to_string());
            first.say(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        cluster.whole().await;
        cluster
    }

    /// Gives a node a replica.
    pub async fn replica_of(&self, node: usize) -> Server {
        let replica = self::node().await;
        let (port, bus) = (self.nodes[0].port.to_string(), self.nodes[0].bus().to_string());
        replica.say(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        let id = self.id(node);
        // Until it has met the master it cannot follow it.
        let follows = || async { replica.try_say(&["CLUSTER", "REPLICATE", &id]).ok() };
        until("a replica", follows).await;
        let known = || async {
            let said = self.nodes[0].say(&["CLUSTER", "REPLICAS", &id]);
            matches!(said, Value::Array(replicas) if !replicas.is_empty()).then_some(())
        };
        until("the replica to be known", known).await;
        replica
    }

    /// Waits until all nodes agree that all slots are served.
    pub async fn whole(&self) {
        let [state, met, told] = [
            "cluster_state:ok".to_owned(),
            format!("cluster_known_nodes:{NODES}"),
            format!("cluster_slots_assigned:{SLOTS}"),
        ];
        let good = |node: &Server| {
            let said = node.try_say(&["CLUSTER", "INFO"]).map(|said| text(&said));
            said.is_ok_and(|said| [&state, &met, &told].iter().all(|line| said.contains(*line)))
        };
        until("a whole Cluster", || async { self.nodes.iter().all(good).then_some(()) }).await;
    }

    /// The first node's address: the others are found by it.
    pub fn url(&self) -> String {
        self.nodes[0].url()
    }

    /// Which node owns a key, and the key's slot.
    pub fn owner(&self, key: &str) -> (usize, usize) {
        let Value::Int(slot) = self.nodes[0].say(&["CLUSTER", "KEYSLOT", key]) else { panic!() };
        let slot = usize::try_from(slot).unwrap();
        let owns = |index: &usize| slot < (index + 1) * SLOTS / NODES;
        ((0..NODES).find(owns).unwrap(), slot)
    }

    pub fn id(&self, node: usize) -> String {
        text(&self.nodes[node].say(&["CLUSTER", "MYID"]))
    }
}

async fn node() -> Server {
    // The port of the bus is mostly 10,000 above the other, which a free one need not leave room for.
    let bus = free_port().to_string();
    let flags =
        ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "2000"];
    Server::with(&[&flags[..], &["--cluster-require-full-coverage", "no"]].concat()).await
}

impl Server {
    fn bus(&self) -> u16 {
        let said = self.say(&["CONFIG", "GET", "cluster-port"]);
        let Value::Array(pair) = said else { panic!("{said:?}") };
        text(&pair[1]).parse().unwrap()
    }
}

fn text(said: &Value) -> String {
    match said {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::VerbatimString { text, .. } => text.clone(),
        other => panic!("{other:?}"),
    }
}
