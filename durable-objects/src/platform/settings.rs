//! The settings, as `[vars]` and secrets hold them.

use edge::config::{KafkaSettings, RedisSettings, Settings};
use js_sys::Reflect;
use presence::config::HubConfig;
use presence::outbox::Publishing;
use worker::Env;
use worker::wasm_bindgen::JsValue;

use super::log;

/// What a hub needs of them.
pub(crate) struct HubSettings {
    pub(crate) hub: HubConfig,
    pub(crate) redis: Option<RedisSettings>,
    pub(crate) kafka: Option<KafkaSettings>,
    pub(crate) development: bool,
    /// Whether hubs set alarms.
    pub(crate) alarms: bool,
}

/// The Worker refuses requests while a setting is wrong, and says which. A hub that already has
/// sessions goes on with the defaults: departures must be noticed whatever the settings, and told
/// once these are right again.
pub(crate) fn of(env: &Env) -> HubSettings {
    if let Ok(settings) = Settings::parse(&|name| variable(env, name)) {
        let development = settings.is_development();
        let Settings { hub, redis, kafka, alarms, .. } = settings;
        return HubSettings { hub, redis, kafka, development, alarms };
    }
    log::fault("misconfigured", "a hub goes on with the default settings");
    let hub = HubConfig { publishing: Publishing::Hold, ..HubConfig::default() };
    HubSettings { hub, redis: None, kafka: None, development: false, alarms: true }
}

/// A variable or secret, as text. In `[vars]` numbers and booleans may stand without quotes.
pub fn variable(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
    value
        .as_string()
        .or_else(|| value.as_f64().map(|number| number.to_string()))
        .or_else(|| value.as_bool().map(|boolean| boolean.to_string()))
}
