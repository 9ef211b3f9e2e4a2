#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use super::*;

/// Storage refused it in the middle of a turn, which was undone as if storage were down.
#[test]
fn a_generation_that_cannot_be_stored_is_no_generation() {
    let watch = |generation: &str| {
        let text = format!(r#"{{"kind":"watch","subscriber":"bo","generation":{generation}}}"#);
        serde_json::from_str::<HubRequest>(&text)
    };
    assert!(watch("9007199254740991").is_ok());
    for number in ["9007199254740993", "-9007199254740993", "9223372036854775807", "1.5"] {
        assert!(watch(number).is_err(), "{number}");
    }
}
