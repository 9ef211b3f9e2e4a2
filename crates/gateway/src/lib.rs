//! Upstash REST in front of any Redis, for development and for people who host it themselves.
