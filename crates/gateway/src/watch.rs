//! Whether a server is up, told once a change.

use std::sync::Mutex;

use serde_json::json;

use crate::log;

/// What was last seen of a server.
pub(crate) struct Watch {
    /// What it is: the first word of its events.
    kind: &'static str,
    name: String,
    up: Mutex<Option<bool>>,
}

impl Watch {
    pub(crate) fn new(kind: &'static str, name: String) -> Self {
        Self { kind, name, up: Mutex::new(None) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn up(&self) {
        if self.changes(true) {
            log::info(&format!("{}-up", self.kind), json!({ self.kind: self.name }));
        }
    }

    pub(crate) fn down(&self, reason: &str) {
        if self.changes(false) {
            let more = json!({ self.kind: self.name, "reason": reason });
            log::warn(&format!("{}-down", self.kind), more);
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
        let watch = Watch::new("redis", "redis://a".to_owned());
        let told: Vec<bool> = [true, true, false, false, true].map(|up| watch.changes(up)).into();
        assert_eq!(told, [true, false, true, false, true]);
    }
}
