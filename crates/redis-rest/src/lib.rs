//! Client and server side of Redis over REST, as Upstash speaks it.
