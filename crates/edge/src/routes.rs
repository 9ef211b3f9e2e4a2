//! The one table of routes. The router is built from it, so are the `Allow` header and the answer to a
//! preflight, and the OpenAPI document is tested to hold each of them.

/// A method that some route has. `HEAD` comes with every `GET`, `OPTIONS` with every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`, and `HEAD`.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Who may call, as far as it can be said before the request is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// Anybody, in development; elsewhere there is no such path.
    Development,
    /// A token, in development; elsewhere there is no such path. The handler checks whose it is.
    DevelopmentToken,
    /// A token; the handler checks whose it is, where that matters.
    Token,
    /// A token with the scope `admin`.
    Admin,
    /// `METRICS_TOKEN` as a bearer, where it is set.
    Metrics,
    /// `GET /ws`: the token may come in other ways, and a bad one is told on the socket.
    Socket,
}

impl Access {
    /// Whether the path is hidden outside development.
    pub fn is_for_development(self) -> bool {
        matches!(self, Self::Development | Self::DevelopmentToken)
    }
}

macro_rules! routes {
    ($( $operation:ident = $method:ident $path:literal, $access:ident; )*) => {
        /// What a route does; one handler each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation { $(
            #[doc = concat!("`", stringify!($method), " ", $path, "`")]
            $operation,
        )* }

        /// Every route.
        pub const ROUTES: &[Route] = &[ $( Route {
            method: Method::$method,
            path: $path,
            operation: Operation::$operation,
            access: Access::$access,
        }, )* ];
    };
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with `{parameters}`.
    pub path: &'static str,
    /// What it does.
    pub operation: Operation,
    /// Who may call.
    pub access: Access,
}

routes! {
    ListSubscriptions = Get "/api/subscriptions/presence/{userId}", Token;
    ListSubscribers = Get "/api/subscriptions/presence/{userId}/subscribers", Token;
    SubscribedTo = Get "/api/subscriptions/presence/{subscriberId}/subscribed-to/{targetUserId}", Token;
    Subscribe = Post "/api/subscriptions/presence/subscribe", Token;
    Unsubscribe = Post "/api/subscriptions/presence/unsubscribe", Token;
    ListSessions = Get "/api/subscriptions/websocket/{userId}/sessions", Token;
    GetSession = Get "/api/subscriptions/websocket/session/{sessionId}", Token;
    RevokeSession = Delete "/api/subscriptions/websocket/session/{sessionId}", Token;
    Cleanup = Post "/api/subscriptions/cleanup", Admin;
    GetPresence = Get "/api/presence/{userId}", Token;
    QueryPresence = Post "/api/presence/query", Token;
    SetStatus = Put "/api/presence/{userId}/status", Token;
    ListOnline = Get "/api/online", Admin;
    ListDeadLetters = Get "/api/events/dead-letters", Admin;
    ReplayDeadLetters = Post "/api/events/dead-letters/replay", Admin;
    Connect = Get "/ws", Socket;
    HealthLive = Get "/health/live", Open;
    HealthReady = Get "/health/ready", Open;
    HealthReport = Get "/health", Open;
    Metrics = Get "/metrics", Metrics;
    OpenApi = Get "/openapi.json", Open;
    AsyncApi = Get "/asyncapi.json", Open;
    Docs = Get "/docs", Open;
    Asset = Get "/assets/{*path}", Open;
    Demo = Get "/", Development;
    DevToken = Post "/dev/token", Development;
    DevHubStats = Get "/dev/hub/{userId}/stats", DevelopmentToken;
    DevRedis = Get "/dev/redis/{userId}", DevelopmentToken;
    DevConformance = Post "/dev/conformance", Development;
    DevCron = Post "/dev/cron", Development;
}

impl Operation {
    /// Whether it answers when the settings are wrong: health says what is wrong, everything else is
    /// 503 `misconfigured`.
    pub fn needs_no_settings(self) -> bool {
        matches!(self, Self::HealthLive | Self::HealthReady)
    }
}

/// Each distinct path once, in the order of the table.
pub fn paths() -> Vec<&'static str> {
    let mut paths: Vec<&'static str> = Vec::new();
    for route in ROUTES {
        if !paths.contains(&route.path) {
            paths.push(route.path);
        }
    }
    paths
}

/// The routes of one path.
pub fn of_path(path: &str) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |route| route.path == path)
}

/// The value of `Allow` for one path.
pub fn allow(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for route in of_path(path) {
        names.push(route.method.as_str());
        if route.method == Method::Get {
            names.push("HEAD");
        }
    }
    names.push("OPTIONS");
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_method_stands_twice_at_one_path() {
        for route in ROUTES {
            let same = of_path(route.path).filter(|other| other.method == route.method).count();
            assert_eq!(same, 1, "{route:?}");
        }
    }

    #[test]
    fn allow_names_every_method_of_a_path() {
        assert_eq!(
            allow("/api/subscriptions/websocket/session/{sessionId}"),
            "GET, HEAD, DELETE, OPTIONS"
        );
        assert_eq!(allow("/api/presence/query"), "POST, OPTIONS");
    }

    #[test]
    fn everything_under_api_needs_a_token_and_everything_under_dev_needs_development() {
        for route in ROUTES {
            let under = |prefix| route.path.starts_with(prefix);
            assert_eq!(
                under("/api/"),
                matches!(route.access, Access::Token | Access::Admin),
                "{route:?}"
            );
            assert_eq!(
                under("/dev/") || route.path == "/",
                route.access.is_for_development(),
                "{route:?}"
            );
        }
    }
}
