//! The settings of this deployment, read once: they cannot change under a running instance.

use std::cell::OnceCell;
use std::rc::Rc;

use durable_objects::variable;
use edge::config::{Problem, Settings};
use serde_json::json;
use worker::Env;

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
