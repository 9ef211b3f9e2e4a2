//! What histories may hold: they are played at the edge too.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use simulator::history::{Size, batch};

/// In the simulator the shell closes some sockets because their clients broke a rule; in a history nobody does.
#[test]
fn no_session_of_a_history_ends_because_its_client_broke_a_rule() {
    let size = Size { histories: 5, least: 100, most: 150, kills: 0 };
    let text = serde_json::to_string(&batch(7, size).unwrap()).unwrap();
    assert!(text.contains("\"closed\""));
    for reason in ["protocol_error", "rate_limited"] {
        assert!(!text.contains(reason), "{reason}");
    }
}
