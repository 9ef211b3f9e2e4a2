//! Names that become part of a path: what is not one of Kafka's never gets there.

/// The longest that Kafka takes.
const MAX: usize = 249;

/// Whether Kafka has topics of such a name. All of its characters are good in a path.
pub(crate) fn is_topic(name: &str) -> bool {
    is_path_segment(name) && name.len() <= MAX
}

/// Whether a cluster's id, which a server named, is safe in a path.
pub(crate) fn is_cluster(id: &str) -> bool {
    is_path_segment(id) && id.len() <= MAX
}

fn is_path_segment(name: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !matches!(name, "" | "." | "..") && name.bytes().all(good)
}

#[cfg(test)]
mod tests {
    use super::{is_cluster, is_topic};

    #[test]
    fn only_what_kafka_takes_is_a_topic() {
        for name in ["t", "presence-events", "a.b_c-D9.dlq", "...", &"x".repeat(249)] {
            assert!(is_topic(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "a b", "a%2e", "caf\u{e9}", "a?b", &"x".repeat(250)] {
            assert!(!is_topic(name), "{name}");
        }
    }

    #[test]
    fn a_cluster_cannot_lead_elsewhere() {
        assert!(is_cluster("MkU3OEVBNTcwNTJENDM2Qg") && is_cluster("lkc-00000"));
        assert!(!is_cluster("../../admin") && !is_cluster("..") && !is_cluster("a?b"));
    }
}
