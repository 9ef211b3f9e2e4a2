//! The internal requests: from the Worker and from other hubs.

use std::rc::Rc;

use edge::upgrade::ConnectInfo;
use presence::calls::{HubAnswer, HubCall};
use presence::hub::Hub;
use presence::state::Protocol;
use protocol::attachment::{Attachment, Pending, Speaks};
use protocol::stomp::Connection;
use stomp::Version;
use worker::{Method, Request, Response, Result, WebSocketPair};

use super::shell::Shell;
use crate::platform::sql::SqlStore;
use crate::platform::{clock, entropy, http, log, sockets};

/// Answers a request. Only `/connect` and `/call` exist outside development.
pub(super) async fn answer(shell: &Rc<Shell>, mut request: Request) -> Result<Response> {
    shell.ready().await;
    let target = http::Target::of(&request);
    match (request.method(), target.path()) {
        (Method::Get, "/connect") => connect(shell, &request),
        (Method::Post, "/call") => match http::body::<HubCall>(&mut request).await {
            Some(body) => http::json(&call(shell, body)),
            None => http::refuse(400, "this is no call"),
        },
        (Method::Get, "/stats") if shell.settings.development => {
            http::json(&shell.stats.report(shell.woken_at))
        }
        (Method::Post, "/conformance") if shell.settings.development => conformance(shell),
        _ => http::refuse(404, "a hub has no such request"),
    }
}

fn call(shell: &Rc<Shell>, call: HubCall) -> HubAnswer {
    shell.stats.calls.count();
    shell.serve(&call.user, call.request_id);
    shell.bury_lost();
    let step = shell.turn(|hub, turn| hub.call(turn, call.request, call.not_after));
    shell.carry_out(step.effects);
    step.result
}

/// Accepts the socket; a JSON session begins at once, any other with its first frame.
fn connect(shell: &Rc<Shell>, request: &Request) -> Result<Response> {
    let header = request.headers().get(ConnectInfo::HEADER)?.unwrap_or_default();
    let Some(info) = ConnectInfo::from_header(&header) else {
        return http::refuse(400, "nobody said who connects");
    };
    shell.serve(&info.user, Some(info.request_id.clone()));
    shell.bury_lost();
    let pair = WebSocketPair::new()?;
    if let Err(error) = sockets::accept(&shell.state, &pair.server) {
        log::fault("accept.failed", &error);
        return http::refuse(503, "the socket was not accepted");
    }
    let response = Response::from_websocket(pair.client)?;
    let agreed = info.protocol;
    let (attachment, stomp) = attachment(info);
    let key = attachment.key;
    shell.sockets.borrow_mut().add(pair.server, attachment, stomp);
    if agreed == Some(Protocol::Json) {
        shell.begin(key, Protocol::Json, None);
        shell.sockets.borrow().save(key);
    } else {
        // An empty turn: the domain sees a socket that has to say its first frame in time.
        shell.run(Hub::timer);
    }
    if let Some(protocol) = agreed {
        response.headers().set("Sec-WebSocket-Protocol", protocol.as_str())?;
    }
    Ok(response)
}

fn attachment(info: ConnectInfo) -> (Attachment, Option<Connection>) {
    let now = clock::now();
    let version = match info.protocol {
        Some(Protocol::Stomp10) => Some(Version::V10),
        Some(Protocol::Stomp11) => Some(Version::V11),
        Some(Protocol::Stomp12) => Some(Version::V12),
        Some(Protocol::Json) | None => None,
    };
    let pending = Pending {
        resume: info.resume,
        device: info.device,
        user_agent: info.user_agent,
        country: info.country,
        colo: info.colo,
    };
    let attachment = Attachment {
        key: entropy::socket_key(),
        user: info.user,
        bound: None,
        opened_at: now,
        last_frame_at: now,
        token_expires_at: Some(info.token_expires_at),
        speaks: info.protocol.map(|_| version.map_or(Speaks::Json, |_| Speaks::Stomp)),
        pending: Some(pending.bounded()),
        stomp: None,
        closing: false,
        half: Vec::new(),
    };
    (attachment, version.map(|version| Connection::new(Some(version), now)))
}

fn conformance(shell: &Rc<Shell>) -> Result<Response> {
    let store = SqlStore::new(&shell.state, Rc::default());
    match presence::conformance::run(&store) {
        Ok(()) => http::json(&serde_json::json!({ "conforms": true })),
        Err(check) => http::json(&serde_json::json!({ "conforms": false, "failed": check })),
    }
}
