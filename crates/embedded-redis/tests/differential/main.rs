//! Beside a real Redis.

fn main() {}
