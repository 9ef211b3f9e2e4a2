//! What a handler knows of its request.

use std::rc::Rc;

use edge::config::{Problem as SettingProblem, Settings};
use edge::problem::Problem;
use edge::token::{Claims, TokenError};
use presence::errors::ErrorCode;
use presence::ids::{SessionId, UserId};
use worker::Env;

use crate::platform::Incoming;

/// A request, from when it was named until it is answered.
pub(crate) struct Cx {
    pub(crate) env: Env,
    pub(crate) incoming: Incoming,
    pub(crate) request_id: String,
    pub(crate) all_settings: Rc<Result<Settings, Vec<SettingProblem>>>,
}

impl Cx {
    /// The settings; 503 `misconfigured` where they are wrong. Says how many, but not which: that is
    /// for the operator, at `/health/ready`.
    pub(crate) fn settings(&self) -> Result<&Settings, Problem> {
        self.all_settings.as_ref().as_ref().map_err(|problems| {
            let detail = match problems.len() {
                1 => "a setting is wrong: see /health/ready".to_owned(),
                count => format!("{count} settings are wrong: see /health/ready"),
            };
            Problem::new(ErrorCode::Misconfigured, detail)
        })
    }
}

/// The parameters of the path and the caller.
pub(crate) struct Call {
    pub(crate) params: Vec<(String, String)>,
    pub(crate) claims: Option<Claims>,
}

impl Call {
    /// The caller's token.
    pub(crate) fn claims(&self) -> Result<&Claims, Problem> {
        self.claims.as_ref().ok_or_else(|| TokenError::Missing.into())
    }

    /// A user id in the path.
    pub(crate) fn user(&self, name: &str) -> Result<UserId, Problem> {
        UserId::parse(self.param(name))
            .map_err(|invalid| Problem::new(ErrorCode::InvalidUserId, format!("{name}: {invalid}")))
    }

    /// A user id in the path for whom the caller may act.
    pub(crate) fn own_user(&self, name: &str) -> Result<UserId, Problem> {
        let user = self.user(name)?;
        self.check_own(&user)?;
        Ok(user)
    }

    /// A session id in the path that is of a user for whom the caller may act, and that user.
    pub(crate) fn own_session(&self, name: &str) -> Result<(UserId, SessionId), Problem> {
        let invalid =
            || Problem::new(ErrorCode::InvalidSessionId, "the path does not hold a session id");
        let session = SessionId::parse(self.param(name)).ok_or_else(invalid)?;
        let user = session.user().ok_or_else(invalid)?;
        self.check_own(&user)?;
        Ok((user, session))
    }

    /// Whether the caller may act for `user`.
    pub(crate) fn check_own(&self, user: &UserId) -> Result<(), Problem> {
        if self.claims()?.may_act_for(user) {
            return Ok(());
        }
        Err(Problem::new(ErrorCode::Forbidden, "this belongs to somebody else"))
    }

    fn param(&self, name: &str) -> &str {
        self.params.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }
}
