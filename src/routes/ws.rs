//! `GET /ws`: lets a connection in and hands it to its user's object.

use edge::config::Settings;
use edge::problem::Problem;
use edge::token::{Claims, TokenError};
use edge::upgrade::{self, ClientHints, ConnectInfo, Handshake, Offer};
use presence::close::CloseCode;
use presence::errors::ErrorCode;
use presence::state::Protocol;
use worker::{Headers, Method, Request, RequestInit, Response, WebSocketPair};

use crate::auth;
use crate::context::Cx;
use crate::hub_client;
use crate::reply::{Answer, Reply, unavailable};

/// The whole way of a connection.
pub(super) async fn connect(cx: &Cx) -> Answer {
    let settings = cx.settings()?;
    if !upgrade::is_upgrade(&cx.incoming.method, cx.incoming.header("upgrade").as_deref()) {
        let detail = "GET /ws opens a WebSocket: send Upgrade: websocket";
        return Err(Problem::new(ErrorCode::UpgradeRequired, detail));
    }
    check_origin(cx, settings)?;
    let handshake = handshake(cx)?;
    match identify(settings, handshake.token.as_deref()).await {
        Ok(claims) => enter(cx, &connect_info(cx, &claims, &handshake), handshake.protocol).await,
        // A browser cannot read why an upgrade was refused; a close code it can.
        Err(problem) if problem.refusal.code == ErrorCode::Unauthorized => {
            turn_away(handshake.protocol)
        }
        Err(problem) => Err(problem),
    }
}

/// Only browsers send `Origin`, and only of browsers it protects.
fn check_origin(cx: &Cx, settings: &Settings) -> Result<(), Problem> {
    match cx.incoming.header("origin") {
        Some(origin) if !settings.origins.allows(&origin, &cx.incoming.origin) => {
            let detail = "pages of this origin may not connect: see ALLOWED_ORIGINS";
            Err(Problem::new(ErrorCode::OriginNotAllowed, detail))
        }
        _ => Ok(()),
    }
}

fn handshake(cx: &Cx) -> Result<Handshake, Problem> {
    let authorization = cx.incoming.header("authorization");
    let subprotocols = cx.incoming.header("sec-websocket-protocol");
    let offer = Offer {
        authorization: authorization.as_deref(),
        access_token: cx.incoming.query.get("access_token"),
        subprotocols: subprotocols.as_deref(),
    };
    Ok(upgrade::choose(offer)?)
}

async fn identify(settings: &Settings, token: Option<&str>) -> Result<Claims, Problem> {
    auth::check(settings, token.ok_or(TokenError::Missing)?).await
}

fn connect_info(cx: &Cx, claims: &Claims, handshake: &Handshake) -> ConnectInfo {
    let header = |name| cx.incoming.header(name);
    let (agent, platform, mobile) =
        (header("user-agent"), header("sec-ch-ua-platform"), header("sec-ch-ua-mobile"));
    let hints = ClientHints {
        user_agent: agent.as_deref(),
        platform: platform.as_deref(),
        mobile: mobile.as_deref(),
    };
    ConnectInfo {
        user: claims.user.clone(),
        protocol: handshake.protocol,
        resume: upgrade::resume(&cx.incoming.query),
        device: hints.device(&cx.incoming.query),
        user_agent: hints.user_agent(),
        country: cx.incoming.edge_says("country"),
        colo: cx.incoming.edge_says("colo"),
        token_expires_at: claims.expires_at,
        request_id: cx.request_id.clone(),
    }
}

/// Asks the user's object to take the socket. The request is made here: nothing from outside is in it
/// but what [`ConnectInfo`] says.
async fn enter(cx: &Cx, info: &ConnectInfo, protocol: Option<Protocol>) -> Answer {
    let headers = Headers::from_iter([
        ("upgrade", "websocket"),
        (ConnectInfo::HEADER, info.to_header().as_str()),
    ]);
    let init = RequestInit { method: Method::Get, headers, ..RequestInit::default() };
    let request = Request::new_with_init("https://hub/connect", &init)
        .map_err(|_| unavailable("the object cannot be asked"))?;
    let response = hub_client::forward(cx, info.user.as_str(), request).await?;
    match response.websocket() {
        Some(socket) => switch(Response::from_websocket(socket), protocol),
        None => Err(unavailable("the user's object took no connection")),
    }
}

/// Accepts and closes with 3000, without touching an object.
#[allow(
    clippy::disallowed_methods,
    reason = "here is no object that it could keep from hibernating"
)]
fn turn_away(protocol: Option<Protocol>) -> Answer {
    let close = CloseCode::Unauthorized;
    let response = WebSocketPair::new().and_then(|pair| {
        pair.server.accept()?;
        pair.server.close(Some(close.code()), Some(close.reason()))?;
        Response::from_websocket(pair.client)
    });
    switch(response, protocol)
}

/// 101, naming the subprotocol agreed on: without it a browser ends the connection.
fn switch(response: worker::Result<Response>, protocol: Option<Protocol>) -> Answer {
    let response = response.map_err(|_| unavailable("the connection cannot be upgraded"))?;
    let agreed = protocol.map(|protocol| ("sec-websocket-protocol", protocol.as_str().to_owned()));
    Ok(Reply::passed(response, agreed.into_iter().collect()))
}
