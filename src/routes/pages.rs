//! Static files. The platform would serve all of them to everybody; which ones it may is decided here.

use edge::pages;
use edge::problem::Problem;
use worker::{Headers, Method, Request, RequestInit};

use crate::context::Cx;
use crate::platform::fetch_file;
use crate::reply::{Answer, Reply, unavailable};

/// The binding of the static files.
const ASSETS: &str = "ASSETS";
/// Lets the platform answer that a browser's copy is still good.
const CONDITION: &str = "if-none-match";

/// `GET /openapi.json`
pub(super) async fn openapi(cx: &Cx) -> Answer {
    file(cx, "/openapi.json").await
}

/// `GET /asyncapi.json`
pub(super) async fn asyncapi(cx: &Cx) -> Answer {
    file(cx, "/asyncapi.json").await
}

/// `GET /docs`
pub(super) async fn docs(cx: &Cx) -> Answer {
    file(cx, "/docs").await
}

/// `GET /`, the demo: routed in development only.
pub(super) async fn demo(cx: &Cx) -> Answer {
    file(cx, "/").await
}

/// `GET /assets/{*path}`: what the documentation page needs, and in development everything.
pub(super) async fn asset(cx: &Cx) -> Answer {
    let path = cx.incoming.path.as_str();
    let inside = path.strip_prefix("/assets/").unwrap_or_default();
    if pages::is_open_asset(inside) || cx.settings()?.is_development() {
        return file(cx, path).await;
    }
    Err(Problem::not_found())
}

async fn file(cx: &Cx, path: &str) -> Answer {
    let unreadable = |_| unavailable("the file cannot be read");
    let headers = Headers::new();
    if let Some(condition) = cx.incoming.header(CONDITION) {
        headers.set(CONDITION, &condition).map_err(unreadable)?;
    }
    let init = RequestInit { method: Method::Get, headers, ..RequestInit::default() };
    let url = format!("https://assets{path}");
    let request = Request::new_with_init(&url, &init).map_err(unreadable)?;
    let response = fetch_file(&cx.env, ASSETS, &request).await.map_err(unreadable)?;
    if !matches!(response.status_code(), 200 | 304) {
        return Err(Problem::not_found());
    }
    let headers = pages::headers(cx.settings()?.is_development());
    let headers = headers.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    Ok(Reply::passed(response, headers))
}
