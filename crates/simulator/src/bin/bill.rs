//! `bill`: what the scenarios cost.

fn main() {}
