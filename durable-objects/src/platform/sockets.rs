//! Hibernatable sockets: accepted with an attachment, answered by the platform on beats, closed
//! with codes and reasons that it takes.

use presence::close::CloseCode;
use presence::time::Millis;
use protocol::attachment::Attachment;
use worker::wasm_bindgen::prelude::*;
use worker::{State, WebSocket, WebSocketRequestResponsePair};

use super::{log, thrown};

/// The heartbeat in every protocol, and its answer.
const BEAT: &str = "\n";
/// The bytes of a close reason.
const MAX_REASON: usize = 123;

#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
extern "C" {
    type SocketState;

    #[wasm_bindgen(method, catch, js_name = getWebSocketAutoResponseTimestamp)]
    fn answered(this: &SocketState, socket: &web_sys::WebSocket) -> Result<JsValue, JsValue>;

    type HibernatingSocket;

    #[wasm_bindgen(method, catch, js_name = serializeAttachment)]
    fn attach(this: &HibernatingSocket, value: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = deserializeAttachment)]
    fn attached(this: &HibernatingSocket) -> Result<JsValue, JsValue>;
}

/// Has the platform answer beats without waking the object.
pub(crate) fn answer_beats(state: &State) {
    let set = WebSocketRequestResponsePair::new(BEAT, BEAT)
        .and_then(|pair| state.as_raw().set_websocket_auto_response(&pair));
    if let Err(error) = set {
        log::fault("beats.unanswered", &thrown(&error));
    }
}

/// Accepts a socket so that the object can hibernate under it.
pub(crate) fn accept(state: &State, socket: &WebSocket) -> Result<(), String> {
    state.as_raw().accept_websocket(socket.as_ref()).map_err(|error| thrown(&error))
}

/// All open sockets.
pub(crate) fn all(state: &State) -> Vec<WebSocket> {
    match state.as_raw().get_websockets() {
        Ok(sockets) => sockets.into_iter().map(WebSocket::from).collect(),
        Err(error) => {
            log::fault("sockets.unread", &thrown(&error));
            Vec::new()
        }
    }
}

/// When the platform last answered a beat of this socket.
pub(crate) fn answered_at(state: &State, socket: &WebSocket) -> Option<Millis> {
    let raw: &JsValue = state.as_raw().as_ref();
    let at = raw.unchecked_ref::<SocketState>().answered(socket.as_ref()).ok()?;
    at.dyn_into::<js_sys::Date>().ok().map(|date| Millis(date.get_time() as i64))
}

/// Keeps this beyond hibernation.
pub(crate) fn save(socket: &WebSocket, attachment: &Attachment) {
    let bytes = js_sys::Uint8Array::from(attachment.encode().as_slice());
    if let Err(error) = hibernating(socket).attach(&bytes) {
        log::fault("attachment.failed", &thrown(&error));
    }
}

/// What was kept.
pub(crate) fn load(socket: &WebSocket) -> Option<Attachment> {
    let value = hibernating(socket).attached().ok()?;
    let bytes = value.dyn_into::<js_sys::Uint8Array>().ok()?;
    Attachment::decode(&bytes.to_vec())
}

/// Writes a text frame. A socket that has gone is found out by its close event.
pub(crate) fn send(socket: &WebSocket, text: &str) {
    let _ = socket.send_with_str(text);
}

/// Closes with one of the registry's codes.
pub(crate) fn close(socket: &WebSocket, code: CloseCode) {
    let _ = socket.close(Some(code.code()), Some(code.reason()));
}

/// Answers a close of the client, which otherwise waits. A close without a code arrives as 1005,
/// which is never sent; nor are the others that only report something.
pub(crate) fn close_in_return(socket: &WebSocket, code: usize, reason: &str) {
    let code = match u16::try_from(code) {
        Ok(code @ (1000..=1003 | 1007..=1014 | 3000..=4999)) => code,
        _ => CloseCode::Bye.code(),
    };
    let reason = reason.get(..reason.floor_char_boundary(MAX_REASON)).unwrap_or_default();
    let _ = socket.close(Some(code), Some(reason));
}

fn hibernating(socket: &WebSocket) -> &HibernatingSocket {
    let socket: &web_sys::WebSocket = socket.as_ref();
    socket.unchecked_ref()
}
