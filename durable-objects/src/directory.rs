//! The directory: which users exist. 64 objects, `shard-0` to `shard-63`, for ever.
//!
//! - **Stores** `users` (id, since): one row in a user's life; and `probe`, one row that readiness
//!   writes and reads.
//! - **Invariant**: a user whose hub has ever written a row is entered here, or that hub still owes
//!   it and tries again. Nothing is ever removed.
//! - **Internal requests**: `POST /register {userId}`; `POST /probe`; `GET /list?after=&limit=` →
//!   `{userIds, next}`.
//! - **Hibernation and restarts** lose nothing: there is no state in memory.

#![allow(missing_docs, reason = "the attribute `durable_object` makes public items without any")]

use std::rc::Rc;

use edge::query::Query;
use presence::directory::Directory as Shard;
use presence::ids::UserId;
use presence::store::StoreError;
use serde::{Deserialize, Serialize};
use worker::{DurableObject, Env, Method, Request, Response, Result, State, durable_object};

use crate::platform::sql::SqlStore;
use crate::platform::{clock, http, log};

const MAX_PAGE: i64 = 1000;

/// One shard.
#[durable_object(fetch)]
pub struct Directory {
    shard: Shard<SqlStore>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registration {
    user_id: UserId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    user_ids: Vec<UserId>,
    next: Option<UserId>,
}

impl DurableObject for Directory {
    fn new(state: State, _: Env) -> Self {
        Self { shard: Shard::new(SqlStore::new(&state, Rc::default())) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let target = http::Target::of(&request);
        match (request.method(), target.path()) {
            (Method::Post, "/register") => match http::body::<Registration>(&mut request).await {
                Some(body) => done(self.shard.register(&body.user_id, clock::now())),
                None => http::refuse(400, "a registration names a user"),
            },
            (Method::Post, "/probe") => done(self.shard.probe(clock::now())),
            (Method::Get, "/list") => self.list(&Query::parse(target.query().unwrap_or_default())),
            _ => http::refuse(404, "the directory has no such request"),
        }
    }
}

impl Directory {
    fn list(&self, query: &Query) -> Result<Response> {
        let after = query.get("after").and_then(|text| UserId::parse(text).ok());
        let limit = query.get("limit").and_then(|text| text.parse().ok()).unwrap_or(MAX_PAGE);
        let limit = limit.clamp(1, MAX_PAGE);
        match self.shard.list(after.as_ref(), limit) {
            Ok(user_ids) => {
                let full = user_ids.len() as i64 == limit;
                let next = user_ids.last().filter(|_| full).cloned();
                http::json(&Page { user_ids, next })
            }
            Err(error) => unavailable(&error),
        }
    }
}

fn done(result: std::result::Result<(), StoreError>) -> Result<Response> {
    match result {
        Ok(()) => http::json(&serde_json::json!({})),
        Err(error) => unavailable(&error),
    }
}

fn unavailable(error: &StoreError) -> Result<Response> {
    log::fault("directory.unavailable", &error.0);
    http::refuse(503, "storage refused")
}
