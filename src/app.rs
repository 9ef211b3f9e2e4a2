//! The way of a request: named, let through the settings, routed, answered, finished and logged.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts as _, RawPathParams, Request};
use axum::http::{Uri, request::Parts};
use axum::response::{IntoResponse, Response as RoutedResponse};
use axum::routing::{MethodFilter, MethodRouter};
use edge::problem::Problem;
use edge::routes::{Method, Route};
use edge::{cors, request_id, routes as table};
use presence::errors::ErrorCode;
use serde_json::json;
use tower_service::Service as _;
use worker::send::{SendFuture, SendWrapper};
use worker::{Env, Response, web_sys};

use crate::context::{Call, Cx};
use crate::platform::{self, Incoming, Level};
use crate::reply::{Answer, Reply, unavailable};
use crate::{auth, routes, settings};

/// Answers one request.
pub(crate) async fn serve(request: web_sys::Request, env: Env) -> worker::Result<Response> {
    let incoming = Incoming::new(request);
    let given = incoming.header("x-request-id");
    let request_id =
        request_id::accepted(given.as_deref()).map_or_else(platform::new_id, str::to_owned);
    let all_settings = settings::of(&env);
    let cx = Rc::new(Cx { env, incoming, request_id, all_settings });
    let reply = match route(&cx).await {
        Ok(reply) => reply,
        Err(problem) => refuse(&cx, &problem),
    };
    finish(&cx, reply)
}

/// The answer to a refusal, and its log line. What a caller merely mistyped is not worth one.
fn refuse(cx: &Cx, problem: &Problem) -> Reply {
    let status = problem.status();
    if status >= 401 {
        let level = if status >= 500 { Level::Error } else { Level::Info };
        let more = json!({
            "method": cx.incoming.method,
            "path": cx.incoming.path,
            "status": status,
            "code": problem.refusal.code,
        });
        platform::log(level, "request.refused", Some(&cx.request_id), more);
    }
    Reply::problem(problem, &cx.incoming.path)
}

/// What every answer carries.
fn finish(cx: &Cx, mut reply: Reply) -> worker::Result<Response> {
    reply.headers.push(("x-request-id", cx.request_id.clone()));
    if let Ok(settings) = cx.settings() {
        let origin = cx.incoming.header("origin");
        reply.headers.extend(cors::headers(
            &settings.origins,
            origin.as_deref(),
            &cx.incoming.origin,
        ));
    }
    reply.into_response(cx.incoming.method == "HEAD")
}

/// What a handler sees of its request, and where it leaves its answer: both are the platform's and so
/// cannot travel as the router's own types.
#[derive(Clone)]
struct Carried(SendWrapper<Rc<Cx>>, Arc<SendWrapper<RefCell<Option<Answer>>>>);

thread_local! {
    static ROUTER: Router = router();
}

/// Finds the handler by the router and runs it.
async fn route(cx: &Rc<Cx>) -> Answer {
    if let Some(answer) = routes::embedded::answer(cx).await {
        return answer;
    }
    let mut request = Request::new(axum::body::Body::empty());
    let unreadable = |_| Problem::new(ErrorCode::InvalidParameter, "this address cannot be read");
    *request.uri_mut() = cx.incoming.path.parse::<Uri>().map_err(unreadable)?;
    // A method that cannot even be written is one that no path has.
    *request.method_mut() = cx.incoming.method.parse().unwrap_or(axum::http::Method::TRACE);
    let slot = Arc::new(SendWrapper::new(RefCell::new(None)));
    let carried = Carried(SendWrapper::new(Rc::clone(cx)), Arc::clone(&slot));
    request.extensions_mut().insert(carried);
    let mut router = ROUTER.with(Clone::clone);
    // The router's own answer is empty: what was answered lies in the slot.
    let _ = router.call(request).await;
    let answer = slot.borrow_mut().take();
    answer.unwrap_or_else(|| Err(unavailable("no handler answered")))
}

/// Every path of the table with its methods.
fn router() -> Router {
    let with_path = |router: Router, path: &'static str| router.route(path, methods(path));
    let nowhere = |request: Request| leave(request, |_, _| async { Err(Problem::not_found()) });
    table::paths().into_iter().fold(Router::new(), with_path).fallback(nowhere)
}

fn methods(path: &'static str) -> MethodRouter {
    let with_route = |methods: MethodRouter, route: &'static Route| {
        let handler = move |request: Request| {
            leave(request, move |cx, parts| async move { run(&cx, route, parts).await })
        };
        methods.on(filter(route.method), handler)
    };
    let otherwise =
        move |request: Request| leave(request, move |cx, _| async move { other_method(&cx, path) });
    table::of_path(path).fold(MethodRouter::new(), with_route).fallback(otherwise)
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// Runs `work` and leaves its answer in the slot. Everything here runs on one thread, always.
fn leave<F, W>(request: Request, work: F) -> SendFuture<impl Future<Output = RoutedResponse>>
where
    F: FnOnce(Rc<Cx>, Parts) -> W,
    W: Future<Output = Answer>,
{
    SendFuture::new(async move {
        let (parts, _) = request.into_parts();
        if let Some(Carried(cx, slot)) = parts.extensions.get::<Carried>().cloned() {
            let answer = work(cx.0, parts).await;
            slot.replace(Some(answer));
        }
        ().into_response()
    })
}

/// One route of the table: is it there, are the settings right, who calls; then its handler.
async fn run(cx: &Rc<Cx>, route: &Route, mut parts: Parts) -> Answer {
    if !route.operation.needs_no_settings() {
        let settings = cx.settings()?;
        if route.access.is_for_development() && !settings.is_development() {
            return Err(Problem::not_found());
        }
    }
    let claims = auth::admit(cx, route.access).await?;
    let params = RawPathParams::from_request_parts(&mut parts, &()).await.map_err(|_| {
        Problem::new(ErrorCode::InvalidUserId, "the path holds bytes that are no text")
    })?;
    let params = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    routes::handle(cx, route.operation, &Call { params, claims }).await
}

/// A method that the path does not have. `OPTIONS` every path has: a preflight, or a plain question.
fn other_method(cx: &Cx, path: &'static str) -> Answer {
    let settings = cx.settings()?;
    let hidden = |route: &Route| route.access.is_for_development() && !settings.is_development();
    if table::of_path(path).all(hidden) {
        return Err(Problem::not_found());
    }
    let allow = table::allow(path);
    if cx.incoming.method != "OPTIONS" {
        return Err(Problem::method_not_allowed(&allow));
    }
    let mut reply = Reply::empty();
    let origin = cx.incoming.header("origin");
    if origin.is_some_and(|origin| settings.origins.allows(&origin, &cx.incoming.origin)) {
        reply.headers.extend(cors::preflight(&allow));
    }
    reply.headers.push(("allow", allow));
    Ok(reply)
}
