//! The object's one alarm.

use std::cell::Cell;

use js_sys::Date;
use presence::time::Millis;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use worker::State;
use worker::wasm_bindgen::{JsCast as _, JsValue};

use super::{log, thrown};

/// 2100-01-01T00:00:00.000Z. The platform refuses dates after 2189, and a token may name one. An alarm
/// that fires too early is harmless: the domain arms the next one.
const LATEST: Millis = Millis(4_102_444_800_000);

/// The alarm of an object that has nothing else to wake for: it stands for the earliest of what is due.
#[derive(Default)]
pub(crate) struct Earliest(Cell<Option<i64>>);

impl Earliest {
    /// It fired, and stands no more.
    pub(crate) fn fired(&self) {
        self.0.set(None);
    }

    /// Arms it for what is due next, where it stands too late for that, as far as memory knows.
    pub(crate) fn arm(&self, state: &State, next: Option<i64>) {
        if let Some(at) = next.filter(|at| self.0.get().is_none_or(|stands| *at < stands)) {
            self.0.set(Some(at));
            set(state, Millis(at));
        }
    }
}

/// Arms it, replacing the one that stands. The write belongs to the same transaction as the rows
/// that were written since the last `await`: it is made here and now, and only its end is awaited
/// elsewhere.
pub(crate) fn set(state: &State, at: Millis) {
    let date = Date::new(&JsValue::from_f64(at.min(LATEST).0 as f64));
    let armed = state
        .as_raw()
        .storage()
        .and_then(|storage| storage.set_alarm(date, JsValue::UNDEFINED.unchecked_into()));
    match armed {
        Ok(promise) => spawn_local(async move {
            if let Err(error) = JsFuture::from(promise).await {
                log::fault("alarm.failed", &thrown(&error));
            }
        }),
        Err(error) => log::fault("alarm.failed", &thrown(&error)),
    }
}

/// When it stands.
pub(crate) async fn get(state: &State) -> Option<Millis> {
    let options = JsValue::UNDEFINED.unchecked_into();
    let asked = state.as_raw().storage().and_then(|storage| storage.get_alarm(options));
    let answer = match asked {
        Ok(promise) => JsFuture::from(promise).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(at) => at.as_f64().map(|at| Millis(at as i64)),
        Err(error) => {
            // Taken for none, the domain arms it again, which is harmless.
            log::fault("alarm.unread", &thrown(&error));
            None
        }
    }
}
