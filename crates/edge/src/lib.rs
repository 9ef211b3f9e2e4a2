//! Everything that the Worker at the edge decides without its platform, so that it is tested natively.
//!
//! Start reading at [`routes`]: one table of every route, from which the router, the `Allow` header and
//! the OpenAPI document are made. Then [`config::Settings`] (the settings, parsed once), [`token`]
//! (JWTs; only the signature check itself is the platform's), [`bodies`] (what a request asks, or the
//! precise reason why it asks nothing), [`problem`] (RFC 9457), [`upgrade`] (the rules of `GET /ws`) and
//! [`again`] (calls that were sent twice).
//!
//! Nothing here does input or output, reads a clock or draws random bits: all come as arguments.

pub mod address;
pub mod again;
#[cfg(not(target_family = "wasm"))]
pub mod asyncapi;
pub mod bodies;
pub mod config;
pub mod cors;
pub mod dead_letters;
pub mod online;
#[cfg(not(target_family = "wasm"))]
pub mod openapi;
pub mod pages;
pub mod paging;
pub mod problem;
pub mod query;
pub mod request_id;
pub mod routes;
pub mod token;
pub mod upgrade;
pub mod walk;
