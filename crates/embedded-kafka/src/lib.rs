//! A small Kafka over SQL: the default where none is configured.
