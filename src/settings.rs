//! The settings of this deployment, read once: they cannot change under a running instance.

use std::cell::OnceCell;
use std::rc::Rc;

use edge::config::{Problem, Settings};
use js_sys::Reflect;
use serde_json::json;
use worker::Env;
use worker::wasm_bindgen::JsValue;

use crate::platform::{self, Level};

thread_local! {
    static SETTINGS: OnceCell<Rc<Result<Settings, Vec<Problem>>>> = const { OnceCell::new() };
}

/// The settings, or all that is wrong with them.
pub(crate) fn of(env: &Env) -> Rc<Result<Settings, Vec<Problem>>> {
    SETTINGS.with(|settings| Rc::clone(settings.get_or_init(|| Rc::new(read(env)))))
}

fn read(env: &Env) -> Result<Settings, Vec<Problem>> {
    let settings = Settings::parse(&|name| variable(env, name));
    if let Err(problems) = &settings {
        platform::log(Level::Error, "settings.wrong", None, json!({ "problems": problems }));
    }
    settings
}

/// A variable or secret. In `[vars]` numbers and booleans may stand without quotes.
fn variable(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
    value
        .as_string()
        .or_else(|| value.as_f64().map(|number| number.to_string()))
        .or_else(|| value.as_bool().map(|boolean| boolean.to_string()))
}
