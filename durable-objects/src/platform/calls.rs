//! Calls to other objects: JSON over `fetch`, each with a time-out, since a pending call keeps this
//! object in memory.

use futures_util::future::{Either, select};
use js_sys::encode_uri_component;
use presence::calls::{HubAnswer, HubCall, HubResponse};
use presence::directory::shard_of;
use presence::effects::NoAnswer;
use presence::ids::UserId;
use presence::time::Millis;
use serde::{Deserialize, Serialize};
use worker::wasm_bindgen::JsValue;
use worker::{Env, Method, Request, RequestInit, Response, Result};

use super::timer;

const HUBS: &str = "USER_HUB";
const DIRECTORY: &str = "DIRECTORY";

/// The body of `POST /register`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Registration<'a> {
    user_id: &'a UserId,
}

/// The body of an answer to `GET /list`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    user_ids: Vec<UserId>,
}

/// Asks another user's hub.
pub(crate) async fn hub(env: &Env, call: &HubCall) -> Result<HubAnswer, NoAnswer> {
    let name = call.user.as_str();
    let asked = post(env, HUBS, name, "https://hub/call", call);
    let mut response = in_time(call.not_after, asked).await?;
    let answer = in_time(call.not_after, response.bytes()).await?;
    serde_json::from_slice(&answer).map_err(|_| NoAnswer)
}

/// Enters a user in the directory.
pub(crate) async fn register(
    env: &Env,
    user: &UserId,
    not_after: Millis,
) -> Result<HubAnswer, NoAnswer> {
    let shard = format!("shard-{}", shard_of(user));
    let body = Registration { user_id: user };
    in_time(not_after, post(env, DIRECTORY, &shard, "https://directory/register", &body)).await?;
    Ok(Ok(HubResponse::Done))
}

/// A page of a shard of the directory: fewer than `limit` users at its end.
pub async fn directory(
    env: &Env,
    shard: u32,
    after: Option<&UserId>,
    limit: usize,
    not_after: Millis,
) -> Result<Vec<UserId>, NoAnswer> {
    let mut response = in_time(not_after, list(env, shard, after, limit)).await?;
    let body = in_time(not_after, response.bytes()).await?;
    serde_json::from_slice::<Listed>(&body).map(|page| page.user_ids).map_err(|_| NoAnswer)
}

async fn list(env: &Env, shard: u32, after: Option<&UserId>, limit: usize) -> Result<Response> {
    // An id may hold a plus sign, which a form takes for a space.
    let after = after.map_or_else(String::new, |id| encode_uri_component(id.as_str()).into());
    let url = format!("https://directory/list?limit={limit}&after={after}");
    let request = Request::new(&url, Method::Get)?;
    let object = env.durable_object(DIRECTORY)?.get_by_name(&format!("shard-{shard}"))?;
    let response = object.fetch_with_request(request).await?;
    if response.status_code() == 200 { Ok(response) } else { Err("not answered".into()) }
}

async fn post(
    env: &Env,
    binding: &str,
    name: &str,
    url: &str,
    body: &impl Serialize,
) -> Result<Response> {
    let body = serde_json::to_string(body)?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(&body)));
    let request = Request::new_with_init(url, &init)?;
    let response =
        env.durable_object(binding)?.get_by_name(name)?.fetch_with_request(request).await?;
    if response.status_code() == 200 { Ok(response) } else { Err("not answered".into()) }
}

/// The result, if it comes before `not_after`.
pub(super) async fn in_time<T>(
    not_after: Millis,
    work: impl Future<Output = Result<T>>,
) -> Result<T, NoAnswer> {
    let work = std::pin::pin!(work);
    match select(work, timer::until(not_after)).await {
        Either::Left((result, _)) => result.map_err(|_| NoAnswer),
        Either::Right(_) => Err(NoAnswer),
    }
}
