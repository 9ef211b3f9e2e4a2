//! Who calls: takes a token through its three steps (see `edge::token`).

use edge::config::Settings;
use edge::problem::Problem;
use edge::routes::Access;
use edge::token::{Checks, Claims, TokenError, Unverified, bearer};
use presence::errors::ErrorCode;

use crate::context::Cx;
use crate::platform;

/// Lets the caller of a route in, as far as its table row says.
pub(crate) async fn admit(cx: &Cx, access: Access) -> Result<Option<Claims>, Problem> {
    match access {
        Access::Open | Access::Development | Access::Socket => Ok(None),
        Access::Token | Access::DevelopmentToken => identify(cx).await.map(Some),
        Access::Admin => {
            let claims = identify(cx).await?;
            if claims.scopes.admin {
                return Ok(Some(claims));
            }
            Err(Problem::new(ErrorCode::Forbidden, "this needs the scope admin"))
        }
        Access::Metrics => check_metrics(cx).map(|()| None),
    }
}

/// The claims of the token in the `Authorization` header.
async fn identify(cx: &Cx) -> Result<Claims, Problem> {
    let header = cx.incoming.header("authorization");
    let token = header.as_deref().and_then(bearer).ok_or(TokenError::Missing)?;
    check(cx.settings()?, token).await
}

/// The claims of a token, from wherever it came.
pub(crate) async fn check(settings: &Settings, token: &str) -> Result<Claims, Problem> {
    let unverified = Unverified::parse(token, settings.key.algorithm())?;
    let input = unverified.signing_input().as_bytes();
    let holds =
        platform::verify(&settings.key, unverified.signature(), input).await.map_err(|_| {
            Problem::new(ErrorCode::Misconfigured, "the key that checks tokens cannot be used")
        })?;
    let checks = Checks {
        now: platform::now(),
        issuer: settings.issuer.as_deref(),
        audience: settings.audience.as_deref(),
    };
    Ok(unverified.verified(holds)?.claims(&checks)?)
}

fn check_metrics(cx: &Cx) -> Result<(), Problem> {
    let Some(wanted) = cx.settings()?.metrics_token.as_deref() else { return Ok(()) };
    let header = cx.incoming.header("authorization");
    match header.as_deref().and_then(bearer) {
        Some(given) if same(given.as_bytes(), wanted.as_bytes()) => Ok(()),
        _ => Err(Problem::new(ErrorCode::Unauthorized, "send METRICS_TOKEN as a bearer")),
    }
}

/// Compares without telling by its time how much was right.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
