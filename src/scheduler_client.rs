//! Asks the scheduler's object.

use durable_objects::Run;
use presence::errors::{ErrorCode, Refusal};
use serde_json::{Value, json};
use tasks::{LOCK, Order, Outcome};
use worker::wasm_bindgen::JsValue;
use worker::{Env, Headers, Method, Request, RequestInit};

use crate::platform::{self, Level};

const SCHEDULER: &str = "SCHEDULER";
const NAME: &str = "scheduler";

/// Runs a task; waits as long as a run may take.
pub(crate) async fn run(
    env: &Env,
    holder: &str,
    request_id: Option<&str>,
    order: Order,
) -> Result<Outcome, Refusal> {
    let (holder, request_id) = (holder.to_owned(), request_id.map(str::to_owned));
    let run = serde_json::to_string(&Run { holder, request_id, order }).map_err(|_| lost())?;
    let init = RequestInit {
        method: Method::Post,
        headers: Headers::from_iter([("content-type", "application/json")]),
        body: Some(JsValue::from_str(&run)),
        ..RequestInit::default()
    };
    let request = Request::new_with_init("https://scheduler/run", &init).map_err(|_| lost())?;
    ask(env, request).await
}

/// The last report, and how far each task is: a `tasks::Overview`, to be passed on as it is.
pub(crate) async fn overview(env: &Env) -> Result<Value, Refusal> {
    let request = Request::new("https://scheduler/overview", Method::Get).map_err(|_| lost())?;
    ask(env, request).await
}

async fn ask<T: serde::de::DeserializeOwned>(env: &Env, request: Request) -> Result<T, Refusal> {
    let work = async {
        let object = env.durable_object(SCHEDULER)?.get_by_name(NAME)?;
        let mut response = object.fetch_with_request(request).await?;
        if response.status_code() != 200 {
            return Err(format!("status {}", response.status_code()).into());
        }
        Ok(serde_json::from_str(&response.text().await?)?)
    };
    let why = match platform::within(LOCK, work).await {
        Some(Ok(answer)) => return Ok(answer),
        Some(Err(error)) => worker::Error::to_string(&error),
        None => "no answer in time".to_owned(),
    };
    platform::log(Level::Error, "scheduler.unavailable", None, json!({ "why": why }));
    Err(lost())
}

fn lost() -> Refusal {
    Refusal::new(ErrorCode::Unavailable, "the scheduler did not answer")
}
