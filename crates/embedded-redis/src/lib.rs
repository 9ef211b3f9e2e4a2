//! A small Redis over SQL: the default where no Redis is configured.
