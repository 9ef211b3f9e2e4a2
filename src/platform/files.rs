//! The binding of the static files. Called here directly, so that a file goes from the platform to the
//! caller without passing through this module's memory.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use worker::wasm_bindgen_futures::JsFuture;
use worker::{Env, Request, Response, web_sys};

#[wasm_bindgen]
extern "C" {
    type Files;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Files, request: &web_sys::Request) -> Result<Promise, JsValue>;
}

/// What the binding `name` answers to `request`.
pub(crate) async fn fetch_file(
    env: &Env,
    name: &str,
    request: &Request,
) -> worker::Result<Response> {
    let files: Files = env.assets(name)?.into_rpc();
    let response = JsFuture::from(files.fetch(request.inner())?).await?;
    Ok(response.dyn_into::<web_sys::Response>()?.into())
}
