//! Internal calls as JSON: from another hub, perhaps of another version, and from the Worker.

use presence::calls::{HubAnswer, HubCall};
use presence::errors::ErrorCode;

use crate::pieces::survives_json;
use crate::shell::Shell;

/// A call or an answer is refused as a whole or is one that is written and read as the same; and a hub
/// takes any call without a word of its storage.
pub fn internal_calls(data: &[u8]) {
    if let Ok(answer) = serde_json::from_slice::<HubAnswer>(data) {
        survives_json(&answer);
    }
    let Ok(call) = serde_json::from_slice::<HubCall>(data) else { return };
    survives_json(&call);
    let mut shell = Shell::new(call.user.clone());
    shell.connect_plainly();
    let late = call.not_after < shell.now;
    let result = shell.call(call.request, call.not_after);
    assert_eq!(result.is_err_and(|refusal| refusal.code == ErrorCode::TooLate), late);
    shell.check();
    shell.comes_to_rest();
}
