//! Asks the users' objects: typed calls, each with a time-out, several at once within bounds.

use futures_util::StreamExt as _;
use futures_util::stream;
use presence::calls::{HubAnswer, HubCall, HubRequest, HubResponse, Viewer};
use presence::config::{CALL_LIFETIME, CALLS_AT_ONCE};
use presence::errors::{ErrorCode, Refusal};
use presence::ids::UserId;
use presence::state::Presence;
use presence::time::Millis;
use serde_json::json;
use worker::wasm_bindgen::JsValue;
use worker::{Headers, Method, Request, RequestInit, Response, Stub};

use crate::context::Cx;
use crate::platform::{self, Level, now};

/// The binding of the users' objects.
const USER_HUB: &str = "USER_HUB";
/// The binding of the directory's shards.
const DIRECTORY: &str = "DIRECTORY";
/// How long an addition to an answer is waited for: without it the answer is still whole.
pub(crate) const SOON: i64 = 2_000;
/// How long the longest list may take to be asked through; who was not reached by then is said.
pub(crate) const PATIENCE: i64 = 25_000;

/// Asks `user`'s object and waits as long as a call may travel.
pub(crate) async fn call(
    cx: &Cx,
    user: &UserId,
    request: HubRequest,
) -> Result<HubResponse, Refusal> {
    call_until(cx, user, request, now() + CALL_LIFETIME).await
}

/// How `user` looks to `viewer`, if it is known by `until`.
pub(crate) async fn presence(
    cx: &Cx,
    user: &UserId,
    viewer: Viewer,
    until: Millis,
) -> Result<Presence, Refusal> {
    match call_until(cx, user, HubRequest::Presence { viewer }, until).await? {
        HubResponse::Presence(presence) => Ok(presence),
        _ => Err(unexpected()),
    }
}

/// Asks for each of `items` at once, within bounds, and gives the answers in the order of the items.
pub(crate) async fn for_each<I, T, W: Future<Output = T>>(
    items: impl IntoIterator<Item = I>,
    ask: impl Fn(I) -> W,
) -> Vec<T> {
    stream::iter(items).map(ask).buffered(CALLS_AT_ONCE).collect().await
}

/// An object answered something else than it was asked.
pub(crate) fn unexpected() -> Refusal {
    Refusal::new(ErrorCode::Unavailable, "an object answered something unexpected")
}

async fn call_until(
    cx: &Cx,
    user: &UserId,
    request: HubRequest,
    until: Millis,
) -> Result<HubResponse, Refusal> {
    let ms = until.since(now()).min(CALL_LIFETIME);
    if ms <= 0 {
        return Err(Refusal::new(ErrorCode::Unavailable, "there was no time left to ask"));
    }
    let call = HubCall {
        user: user.clone(),
        not_after: now() + ms,
        request_id: Some(cx.request_id.clone()),
        request,
    };
    let body = serde_json::to_string(&call).map_err(|_| unexpected())?;
    match platform::within(ms, twice(cx, user, &call.request, &body)).await {
        Some(Ok(answer)) => answer,
        Some(Err(error)) => Err(failed(cx, &error.to_string())),
        None => Err(failed(cx, "no answer in time")),
    }
}

/// Every call may be repeated. An object that is just being replaced by a new version fails at once,
/// and the next try finds the new one.
async fn twice(
    cx: &Cx,
    user: &UserId,
    request: &HubRequest,
    body: &str,
) -> worker::Result<HubAnswer> {
    match post(cx, user, body).await {
        Ok(text) => Ok(read(&text)),
        Err(_) => Ok(edge::again::answer(request, read(&post(cx, user, body).await?))),
    }
}

async fn post(cx: &Cx, user: &UserId, body: &str) -> worker::Result<String> {
    let init = RequestInit {
        method: Method::Post,
        headers: Headers::from_iter([("content-type", "application/json")]),
        body: Some(JsValue::from_str(body)),
        ..RequestInit::default()
    };
    let request = Request::new_with_init("https://hub/call", &init)?;
    let mut response = stub(cx, user.as_str())?.fetch_with_request(request).await?;
    if response.status_code() != 200 {
        return Err(format!("status {}", response.status_code()).into());
    }
    response.text().await
}

fn read(text: &str) -> HubAnswer {
    serde_json::from_str::<HubAnswer>(text).map_err(|_| unexpected())?
}

fn failed(cx: &Cx, why: &str) -> Refusal {
    platform::log(Level::Error, "hub.unavailable", Some(&cx.request_id), json!({ "why": why }));
    Refusal::new(ErrorCode::Unavailable, "the user's object did not answer")
}

/// The object of that name.
fn stub(cx: &Cx, name: &str) -> worker::Result<Stub> {
    cx.env.durable_object(USER_HUB)?.get_by_name(name)
}

/// Sends a request made here, with nothing from outside in it, to an object's internal route.
pub(crate) async fn forward(cx: &Cx, name: &str, request: Request) -> Result<Response, Refusal> {
    let work = async { stub(cx, name)?.fetch_with_request(request).await };
    match platform::within(CALL_LIFETIME, work).await {
        Some(Ok(response)) => Ok(response),
        Some(Err(error)) => Err(failed(cx, &error.to_string())),
        None => Err(failed(cx, "no answer in time")),
    }
}

/// A real write and read in a shard of the directory: no user's row is made by it.
pub(crate) async fn probe(cx: &Cx) -> Result<(), Refusal> {
    let work = async {
        let shard = cx.env.durable_object(DIRECTORY)?.get_by_name("shard-0")?;
        shard.fetch_with_request(Request::new("https://directory/probe", Method::Post)?).await
    };
    match platform::within(CALL_LIFETIME, work).await {
        Some(Ok(response)) if response.status_code() == 200 => Ok(()),
        Some(Ok(response)) => Err(failed(cx, &format!("status {}", response.status_code()))),
        Some(Err(error)) => Err(failed(cx, &error.to_string())),
        None => Err(failed(cx, "no answer in time")),
    }
}
