//! What a token says of its user, once its signature holds.

use presence::ids::UserId;
use presence::time::Millis;
use serde::Deserialize;

use super::TokenError;

/// How far the issuer's clock and ours may differ, in milliseconds.
pub const LEEWAY: i64 = 30_000;

/// What claims are held to.
#[derive(Clone, Copy, Debug)]
pub struct Checks<'a> {
    /// The wall clock.
    pub now: Millis,
    /// `AUTH_ISSUER`.
    pub issuer: Option<&'a str>,
    /// `AUTH_AUDIENCE`.
    pub audience: Option<&'a str>,
}

/// What a token lets its bearer do beyond being its user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// `admin`.
    pub admin: bool,
    /// `service`.
    pub service: bool,
}

/// A checked token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `sub`.
    pub user: UserId,
    /// `scope`.
    pub scopes: Scopes,
    /// When it is no longer taken: `exp` and the leeway.
    pub expires_at: Millis,
}

#[derive(Deserialize)]
struct Raw {
    sub: Option<String>,
    exp: Option<f64>,
    nbf: Option<f64>,
    iss: Option<String>,
    aud: Option<Audience>,
    scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn holds(&self, wanted: &str) -> bool {
        match self {
            Self::One(one) => one == wanted,
            Self::Many(many) => many.iter().any(|one| one == wanted),
        }
    }
}

impl Claims {
    pub(super) fn parse(json: &[u8], checks: &Checks<'_>) -> Result<Self, TokenError> {
        let raw: Raw = serde_json::from_slice(json).map_err(|_| TokenError::BadClaims)?;
        let sub = raw.sub.as_deref().ok_or(TokenError::BadSubject)?;
        let user = UserId::parse(sub).map_err(|_| TokenError::BadSubject)?;
        let expires_at = check_times(&raw, checks.now)?;
        check_party(&raw, checks)?;
        Ok(Self { user, scopes: scopes(raw.scope.as_deref()), expires_at })
    }

    /// Whether the bearer may read and write what belongs to `user`.
    pub fn may_act_for(&self, user: &UserId) -> bool {
        self.user == *user || self.is_trusted()
    }

    /// Whether the bearer is an administrator or a back end.
    pub fn is_trusted(&self) -> bool {
        self.scopes.admin || self.scopes.service
    }
}

/// The first moment at which the token is no longer taken.
fn check_times(raw: &Raw, now: Millis) -> Result<Millis, TokenError> {
    let expires_at = millis(raw.exp.ok_or(TokenError::BadClaims)?) + LEEWAY;
    if now >= expires_at {
        return Err(TokenError::Expired);
    }
    match raw.nbf {
        Some(nbf) if now + LEEWAY < millis(nbf) => Err(TokenError::NotYetValid),
        _ => Ok(expires_at),
    }
}

fn check_party(raw: &Raw, checks: &Checks<'_>) -> Result<(), TokenError> {
    if checks.issuer.is_some_and(|wanted| raw.iss.as_deref() != Some(wanted)) {
        return Err(TokenError::WrongIssuer);
    }
    let holds = |wanted| raw.aud.as_ref().is_some_and(|audience| audience.holds(wanted));
    if checks.audience.is_some_and(|wanted| !holds(wanted)) {
        return Err(TokenError::WrongAudience);
    }
    Ok(())
}

fn scopes(scope: Option<&str>) -> Scopes {
    let has = |wanted| scope.is_some_and(|text| text.split(' ').any(|word| word == wanted));
    Scopes { admin: has("admin"), service: has("service") }
}

/// Seconds, perhaps with a fraction (RFC 7519, 2). The cast saturates, and `Millis` stays within the times
/// that can be written.
fn millis(seconds: f64) -> Millis {
    Millis(0).plus((seconds * 1000.0) as i64)
}
