//! Every call to the platform that can throw or panic, made safe: what JavaScript throws comes back
//! as an error, and what `worker` would unwrap is called here without unwrapping. A panic leaves the
//! caller hanging and takes an alarm away for good; none may happen here.

pub(crate) mod alarm;
pub(crate) mod bell;
pub(crate) mod calls;
pub(crate) mod clock;
pub(crate) mod embedded;
pub(crate) mod entropy;
pub(crate) mod environment;
pub(crate) mod fetch;
pub(crate) mod http;
pub(crate) mod log;
pub(crate) mod settings;
pub(crate) mod sockets;
pub(crate) mod sql;
pub(crate) mod timer;

use worker::wasm_bindgen::JsValue;

/// What JavaScript threw, as text.
fn thrown(value: &JsValue) -> String {
    let message = js_sys::Reflect::get(value, &JsValue::from_str("message")).ok();
    message
        .and_then(|message| message.as_string())
        .or_else(|| value.as_string())
        .unwrap_or_else(|| format!("{value:?}"))
}
