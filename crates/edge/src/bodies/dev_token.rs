//! The body of `POST /dev/token`, and the token that it asks for.

use presence::ids::UserId;
use presence::time::Millis;
use serde_json::{Value, json};

use super::fields::{Fields, user_id};
use crate::problem::Problem;

/// For whom a development token shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevToken {
    /// `userId`.
    pub user: UserId,
    /// `scope`.
    pub scope: Option<String>,
}

/// A working day, so that a demo left open goes on.
const LIFETIME: i64 = 12 * 3600;

impl DevToken {
    /// Reads `{userId, scope?}`.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let mut fields = Fields::parse(body)?;
        let user = fields.required_text("userId");
        let scope = fields.text("scope");
        fields.finish()?;
        Ok(Self { user: user_id(&user.unwrap_or_default())?, scope })
    }

    /// The claims of a token made now, for this deployment's issuer and audience, and when it ends.
    pub fn claims(
        &self,
        now: Millis,
        issuer: Option<&str>,
        audience: Option<&str>,
    ) -> (Value, Millis) {
        let made = now.0 / 1000;
        let expires = made + LIFETIME;
        let mut claims = json!({ "sub": self.user, "iat": made, "exp": expires });
        let optional = [("scope", self.scope.as_deref()), ("iss", issuer), ("aud", audience)];
        if let Some(object) = claims.as_object_mut() {
            for (name, value) in optional {
                if let Some(value) = value {
                    object.insert(name.to_owned(), json!(value));
                }
            }
        }
        (claims, Millis(expires * 1000))
    }
}
