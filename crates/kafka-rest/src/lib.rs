//! Producer for Kafka's REST proxies, v2 and v3.
