//! Whether a server is up, told once a change.

use std::sync::Mutex;

use serde_json::json;

use crate::log;

/// What was last seen of a server.
pub(super) struct Watch {
    name: String,
    up: Mutex<Option<bool>>,
}

impl Watch {
    pub(super) fn new(name: String) -> Self {
        Self { name, up: Mutex::new(None) }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn up(&self) {
        if self.changes(true) {
            log::info("redis-up", json!({ "redis": self.name }));
        }
    }

    pub(super) fn down(&self, reason: &str) {
        if self.changes(false) {
            log::warn("redis-down", json!({ "redis": self.name, "reason": reason }));
        }
    }

    fn changes(&self, up: bool) -> bool {
        // Nothing is left half done in there.
        let mut seen = self.up.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.replace(up) != Some(up)
    }
}

#[cfg(test)]
mod tests {
    use super::Watch;

    #[test]
    fn only_changes_are_news() {
        let watch = Watch::new("redis://a".to_owned());
        let told: Vec<bool> = [true, true, false, false, true].map(|up| watch.changes(up)).into();
        assert_eq!(told, [true, false, true, false, true]);
    }
}
