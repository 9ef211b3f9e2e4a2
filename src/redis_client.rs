//! Redis, for answers that may come from the projection.

use std::rc::Rc;

use durable_objects::redis::Redis;

use crate::context::Cx;

/// How long it is waited for before the objects are asked instead, in milliseconds.
pub(crate) const PATIENCE: u64 = 2_000;

/// The one that the settings name, if there is one.
pub(crate) fn redis(cx: &Cx) -> Option<Rc<Redis>> {
    Some(Redis::new(&cx.env, cx.settings().ok()?.redis.as_ref()?))
}
