//! What is said of each operation.

use crate::routes::Operation;
use presence::errors::ErrorCode::{
    self, CleanupRunning, Forbidden, InvalidBody, InvalidParameter, InvalidSessionId,
    InvalidStatus, InvalidUserId, MalformedJson, MessageTooLong, NotFound, NotYet,
    OriginNotAllowed, PayloadTooLarge, SessionNotFound, SubprotocolRequired, TooManyIds,
    Unauthorized, UnsupportedFilter, UnsupportedMediaType, UpgradeRequired,
};

/// What an operation answers when all is well.
pub(super) enum Success {
    /// JSON of this schema.
    Json(&'static str),
    /// Text of this media type.
    Text(&'static str),
    /// 204.
    Empty,
    /// 101.
    Upgrade,
    /// It is not built yet.
    None,
}

/// The description of one operation.
pub(super) struct About {
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) query: &'static [&'static str],
    pub(super) body: Option<&'static str>,
    pub(super) success: Success,
    /// Beside those that come with the access: what this request itself can be refused for.
    pub(super) refusals: &'static [ErrorCode],
}

const PAGE: &[&str] = &["limit", "cursor"];
/// A page of which each entry comes with a presence is shorter.
const PAGE_WITH_PRESENCE: &[&str] = &["limitWithPresence", "cursor"];
const SUBSCRIBE_REFUSALS: &[ErrorCode] = &[
    MalformedJson,
    InvalidUserId,
    Forbidden,
    PayloadTooLarge,
    UnsupportedMediaType,
    InvalidBody,
    TooManyIds,
    UnsupportedFilter,
];

const STATUS_REFUSALS: &[ErrorCode] = &[
    MalformedJson,
    InvalidUserId,
    InvalidSessionId,
    Forbidden,
    SessionNotFound,
    PayloadTooLarge,
    UnsupportedMediaType,
    InvalidBody,
    InvalidStatus,
    MessageTooLong,
];

/// The description of `operation`.
pub(super) fn about(operation: Operation) -> About {
    match operation {
        Operation::ListSubscriptions
        | Operation::ListSubscribers
        | Operation::SubscribedTo
        | Operation::Subscribe
        | Operation::Unsubscribe => subscriptions(operation),
        Operation::ListSessions | Operation::GetSession | Operation::RevokeSession => {
            sessions(operation)
        }
        Operation::GetPresence | Operation::QueryPresence | Operation::SetStatus => {
            presence(operation)
        }
        Operation::Connect => connect(),
        Operation::OpenApi | Operation::AsyncApi | Operation::Docs | Operation::Asset => {
            description(operation)
        }
        Operation::Demo
        | Operation::DevToken
        | Operation::DevHubStats
        | Operation::DevRedis
        | Operation::DevConformance => development(operation),
        _ => operations(operation),
    }
}

/// With nothing in the query and no body.
fn plain(
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    success: Success,
    refusals: &'static [ErrorCode],
) -> About {
    About { tag, summary, description, query: &[], body: None, success, refusals }
}

fn subscriptions(operation: Operation) -> About {
    let plain = |summary, description, success, refusals| {
        plain("Subscriptions", summary, description, success, refusals)
    };
    match operation {
        Operation::ListSubscriptions => About {
            query: PAGE_WITH_PRESENCE,
            ..plain(
                "Whom a user watches",
                "Each with the presence of who is watched, where it could be had. At most 100 a page.",
                Success::Json("Subscriptions"),
                &[InvalidUserId, InvalidParameter, Forbidden],
            )
        },
        Operation::ListSubscribers => About {
            query: PAGE,
            ..plain(
                "Who watches a user",
                "`watchingNow` says whether a change would be told at once. At most 1,000 a page.",
                Success::Json("Subscribers"),
                &[InvalidUserId, InvalidParameter, Forbidden],
            )
        },
        Operation::SubscribedTo => plain(
            "Whether one user watches another",
            "Asks the subscriber's side.",
            Success::Json("SubscribedTo"),
            &[InvalidUserId, Forbidden],
        ),
        Operation::Subscribe => change(
            "Watch one user or many",
            "Answers as soon as the subscriber's side is durable, with the presence of each target that \
             answered in time. Doing it again refreshes the subscription. One bad id in a list fails alone.",
        ),
        _ => change(
            "Stop watching one user or many",
            "A subscription that is not there is no error.",
        ),
    }
}

/// Subscribe and unsubscribe.
fn change(summary: &'static str, description: &'static str) -> About {
    let success = Success::Json("SubscribeResult");
    About {
        body: Some("SubscribeRequest"),
        ..plain("Subscriptions", summary, description, success, SUBSCRIBE_REFUSALS)
    }
}

fn sessions(operation: Operation) -> About {
    let of_one: &'static [ErrorCode] = &[InvalidSessionId, Forbidden, SessionNotFound];
    match operation {
        Operation::ListSessions => plain(
            "Sessions",
            "A user's sessions",
            "Oldest first, those in their grace after a lost connection included (`connected` is then false).",
            Success::Json("Sessions"),
            &[InvalidUserId, Forbidden],
        ),
        Operation::GetSession => plain(
            "Sessions",
            "One session",
            "A session id names its user.",
            Success::Json("Session"),
            of_one,
        ),
        _ => plain(
            "Sessions",
            "Sign a device out",
            "Ends the session at once; its socket is closed with 4003 and cannot resume.",
            Success::Empty,
            of_one,
        ),
    }
}

fn presence(operation: Operation) -> About {
    match operation {
        Operation::GetPresence => plain(
            "Presence",
            "How a user appears",
            "As the caller may see them. A user who was never seen is `OFFLINE` at version 0. An id of dots alone \
             never arrives, since addresses are normalised: 404.",
            Success::Json("Presence"),
            &[InvalidUserId, NotFound],
        ),
        Operation::QueryPresence => About {
            body: Some("QueryRequest"),
            ..plain(
                "Presence",
                "How many users appear",
                "At most 1,000, each once, in the order asked. Who could not be read stands in `failed`. `admin` and \
                 `service` are answered from the projection in Redis, where it is there: `source` says so, and \
                 the entries then hold only `userId`, `online` and `lastActiveAt`. With `consistency: \"strong\"` \
                 the users' own objects are asked, as they always are for everybody else.",
                Success::Json("QueryResult"),
                &[MalformedJson, PayloadTooLarge, UnsupportedMediaType, InvalidBody, TooManyIds],
            )
        },
        _ => About {
            body: Some("SetStatusRequest"),
            ..plain(
                "Presence",
                "Set a status",
                "The user's, on all devices and across sessions until set again, or one session's. `INVISIBLE` \
                 is seen as `OFFLINE` by others. Answers as the user's own devices see it.",
                Success::Json("Presence"),
                STATUS_REFUSALS,
            )
        },
    }
}

fn connect() -> About {
    About {
        query: &["access_token", "resume", "deviceType", "deviceName", "appVersion"],
        ..plain(
            "WebSocket",
            "Open a WebSocket",
            "Offer `v12.stomp`, `v11.stomp`, `v10.stomp` or `rollcall.v1.json` as subprotocols; with none offered \
             the first frame decides. The token goes into `Authorization`, into `access_token`, or beside the \
             protocol as the subprotocol `bearer.<jwt>`. A bad token is told on the socket, by close code 3000, \
             since a browser cannot read a refused upgrade.",
            Success::Upgrade,
            &[SubprotocolRequired, OriginNotAllowed, UpgradeRequired],
        )
    }
}

fn operations(operation: Operation) -> About {
    match operation {
        Operation::HealthLive => plain(
            "Operation",
            "Whether the Worker runs",
            "Reads nothing.",
            Success::Json("Live"),
            &[],
        ),
        Operation::HealthReady => plain(
            "Operation",
            "Whether requests can be served",
            "The settings are right, and an object wrote and read. Wrong settings are named, with what they \
             should be.",
            Success::Json("Ready"),
            &[],
        ),
        Operation::HealthReport => plain(
            "Operation",
            "The last health report",
            "Made every hour, and by a cleanup that names `health`: how Redis is, how far it is behind, and what a \
             sample of users and edges against each other came to; beside it, how far each scheduled task is. It \
             names no user. Before the first report `status` is `unknown`.",
            Success::Json("Health"),
            &[],
        ),
        Operation::Metrics => {
            plain("Operation", "Metrics", "Not built yet.", Success::None, &[Unauthorized, NotYet])
        }
        Operation::Cleanup => cleanup(),
        Operation::ListOnline => About {
            query: &["limit", "onlineCursor", "source"],
            ..plain(
                "Operation",
                "Everybody who is online",
                "As others see them. From the projection in Redis, or, where there is none, it does not answer, or \
                 `source=hub` asks for it, from the users' own objects: `source` says which. A page may hold \
                 fewer than `limit`, or a few more; in no order, and one who comes or goes meanwhile may be \
                 missing or stand twice. Whose object does not answer stands in `failed`. `asOf` is when it was \
                 read: Redis itself may lag (`pulse` in `GET /health`). Needs the scope `admin`.",
                Success::Json("Online"),
                &[InvalidParameter],
            )
        },
        Operation::ListDeadLetters => About {
            query: &["ofUser", "from", "to", "cursor"],
            ..plain(
                "Operation",
                "Events that were refused for good",
                "Those of one user, with how their outbox stands; without `userId` everybody's, in pages of which \
                 one may be empty though more follow; `failed` counts whose object did not answer. In its topic a placeholder stands in the event's place. At most \
                 200 of a user are kept. Needs the scope `admin`.",
                Success::Json("DeadLetters"),
                &[InvalidParameter, InvalidUserId],
            )
        },
        _ => About {
            body: Some("ReplayRequest"),
            ..plain(
                "Operation",
                "Publish refused events once more",
                "Each gets a new `id` and `sequence` and names its old id in `replayof`; it leaves the list. Without \
                 `userId` everybody's, as many as one request comes to: go on with `nextCursor` until it is null. \
                 A dry run only counts. Of a user whose outbox is full none is published (`outbox_full`; among everybody \
                 it counts as `failed`), of others as many as find room: ask again once those have left. Needs the \
                 scope `admin`.",
                Success::Json("Replayed"),
                &[
                    MalformedJson,
                    InvalidUserId,
                    PayloadTooLarge,
                    UnsupportedMediaType,
                    InvalidBody,
                    TooManyIds,
                ],
            )
        },
    }
}

fn cleanup() -> About {
    About {
        body: Some("CleanupRequest"),
        ..plain(
            "Operation",
            "Run the cleanup tasks now",
            "Those that also run on schedule. Each does as much as one run may, and goes on where its last run \
             stopped; `complete` says whether it came to the end of its pass, and `cursor` where it goes on. A dry \
             run changes nothing and counts what would be. Only one runs at a time: 409. Needs the scope `admin`.",
            Success::Json("CleanupResult"),
            &[MalformedJson, CleanupRunning, PayloadTooLarge, UnsupportedMediaType, InvalidBody],
        )
    }
}

fn description(operation: Operation) -> About {
    match operation {
        Operation::OpenApi => plain(
            "Description",
            "This document",
            "OpenAPI 3.1.",
            Success::Text("application/json"),
            &[],
        ),
        Operation::Docs => plain(
            "Description",
            "This document as a page",
            "With forms to try each operation, and beside it the sockets and events of `/asyncapi.json`.",
            Success::Text("text/html"),
            &[],
        ),
        _ => plain(
            "Description",
            "Sockets and events",
            "AsyncAPI 3.0: what is said on the WebSocket, in both of its protocols, and the events in Kafka.",
            Success::Text("application/json"),
            &[],
        ),
    }
}

fn development(operation: Operation) -> About {
    match operation {
        Operation::DevToken => About {
            body: Some("DevTokenRequest"),
            ..plain(
                "Development",
                "A token for anyone",
                "Signed with this machine's own secret; lasts twelve hours.",
                Success::Json("DevToken"),
                &[
                    MalformedJson,
                    InvalidUserId,
                    NotFound,
                    PayloadTooLarge,
                    UnsupportedMediaType,
                    InvalidBody,
                ],
            )
        },
        Operation::DevHubStats => plain(
            "Development",
            "What a user's object counted since it woke",
            "Frames, alarms, calls: to see that beats cost nothing.",
            Success::Json("Counters"),
            &[InvalidUserId, Forbidden, NotFound],
        ),
        Operation::DevRedis => plain(
            "Development",
            "What Redis says of a user now",
            "The keys that speak of the user and their sessions, in the order of their names; those that are not \
             there are left out. Of `presence:online` only whether the user is in it. 404 where `REDIS_REFRESH` is \
             `off`, 503 while Redis does not answer.",
            Success::Json("Projection"),
            &[InvalidUserId, Forbidden, NotFound],
        ),
        _ => plain(
            "Development",
            "The demo page",
            "Several users side by side in one page.",
            Success::Text("text/html"),
            &[NotFound],
        ),
    }
}
